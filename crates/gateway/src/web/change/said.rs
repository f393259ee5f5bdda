//! What is run or sent: formats without values before and after put the command, the statement or the request itself
//! into the effect.

use holdpoint_core::Effect;
use serde_json::Value;

use crate::web::visible::{Shown, clip, shown_lines};
use crate::web::words::grouped;

/// The attributes that hold it, and how each is headed.
const SAID: [(&str, &str); 3] =
    [("command", "The command"), ("statement", "The statement"), ("request", "The request")];

/// One of them, as it is to be read.
#[derive(Debug)]
pub(crate) struct Said {
    /// The attribute.
    pub(crate) key: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) text: Shown,
}

/// Longer ones are cut; the reviewer is told by how much.
const LONGEST: usize = 4_000;

/// What the effect runs or sends; nothing for effects that show a before.
pub(crate) fn said(effect: &Effect) -> Vec<Said> {
    let (None, Some(after)) = (&effect.before, &effect.after) else { return Vec::new() };
    let Ok(Value::Object(after)) = serde_json::from_str::<Value>(after.get()) else { return Vec::new() };
    let of = |(key, heading): &(&'static str, &'static str)| {
        let text = cut(&text(after.get(*key)?)?);
        Some(Said { key, heading, text })
    };
    SAID.iter().filter_map(of).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(words) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            words
                .filter(|words| !words.is_empty())
                .map(|words| words.into_iter().map(word).collect::<Vec<_>>().join(" "))
        }
        Value::Object(request) => Some(request_text(request)),
        _ => None,
    }
}

/// A word of a command; one with spaces in it in quotes, so that it does not read as two.
fn word(word: &str) -> String {
    if word.is_empty() || word.contains([' ', '"', '\n', '\t']) {
        format!("{word:?}")
    } else {
        word.to_owned()
    }
}

/// A request as it goes over the wire, as far as it is there: method and address, headers, body.
fn request_text(request: &serde_json::Map<String, Value>) -> String {
    let part = |key: &str| request.get(key).and_then(Value::as_str);
    let target = part("url").or(part("path")).or(part("target"));
    let (Some(method), Some(target)) = (part("method"), target) else {
        return serde_json::to_string_pretty(request).unwrap_or_default();
    };
    let mut out = format!("{method} {target}");
    for (key, value) in request {
        if matches!(key.as_str(), "method" | "url" | "path" | "target") || value.is_null() {
            continue;
        }
        let value = match value {
            Value::String(text) => text.clone(),
            other => serde_json::to_string_pretty(other).unwrap_or_default(),
        };
        out += &format!("\n{key}: {value}");
    }
    out
}

fn cut(text: &str) -> Shown {
    match clip(text, LONGEST) {
        (whole, 0) => shown_lines(whole),
        (kept, more) => {
            let more = grouped(u64::try_from(more).unwrap_or(u64::MAX));
            shown_lines(&format!("{kept}\n… and {more} more characters"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    fn of(after: &str) -> Vec<(&'static str, String)> {
        let effect = sample::effect("shell", "x", "null", after);
        said(&effect).into_iter().map(|said| (said.heading, said.text.to_string())).collect()
    }

    #[test]
    fn commands_statements_and_requests_are_read_as_they_are() {
        assert_eq!(of(r#"{"command":"rm -rf /a\nls"}"#), [("The command", "rm -rf /a\nls".to_owned())]);
        assert_eq!(of(r#"{"statement":"VACUUM a"}"#)[0], ("The statement", "VACUUM a".to_owned()));
        let request = r#"{"request":{"method":"DELETE","url":"https://x/y","body":{"a":1}}}"#;
        assert!(of(request)[0].1.starts_with("DELETE https://x/y\nbody: {"));
        assert!(of(r#"{"command":3,"name":"x"}"#).is_empty());
    }

    #[test]
    fn a_value_named_command_of_a_resource_that_was_there_stays_in_the_table() {
        let effect = sample::effect("aws_ecs", "x", r#"{"command":"a"}"#, r#"{"command":"b"}"#);
        assert!(said(&effect).is_empty());
    }

    #[test]
    fn what_does_not_show_is_made_visible() {
        assert!(of("{\"command\":\"ls \\u202e\"}")[0].1.contains("⟦U+202E⟧"));
    }
}
