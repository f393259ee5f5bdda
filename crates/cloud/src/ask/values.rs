//! Reading answers: XML and JSON alike, by paths. What is not there is empty, and what people will read is plain text.

use std::collections::BTreeMap;

use serde_json::Value;

/// Longest text that is taken over from an answer.
const LONGEST: usize = 256;
/// Tags taken over from one resource.
const MOST_TAGS: usize = 50;

/// Everything at a path of names separated by `/`; lists on the way, and at its end, are entered by themselves.
#[must_use]
pub fn rows<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for step in path.split('/') {
        found = found.into_iter().flat_map(each).filter_map(|value| value.get(step)).collect();
    }
    found.into_iter().flat_map(each).collect()
}

fn each(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().filter(|value| !value.is_null()).collect(),
        other => vec![other],
    }
}

/// The text at a path, plain and bounded; empty where there is none.
#[must_use]
pub fn text(value: &Value, path: &str) -> String {
    match rows(value, path).first() {
        Some(Value::String(text)) => plain(text),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(truth)) => truth.to_string(),
        _ => String::new(),
    }
}

/// All texts at a path.
#[must_use]
pub fn texts(value: &Value, path: &str) -> Vec<String> {
    rows(value, path).into_iter().filter_map(Value::as_str).map(plain).collect()
}

/// The number at a path, from JSON or from text.
#[must_use]
pub fn number(value: &Value, path: &str) -> Option<u64> {
    match rows(value, path).first()? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    }
}

/// The truth at a path, from JSON or from text.
#[must_use]
pub fn truth(value: &Value, path: &str) -> Option<bool> {
    match rows(value, path).first()? {
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        other => other.as_bool(),
    }
}

/// Tags, whatever the service calls their parts. Whoever may tag writes them, so they are only ever words.
#[must_use]
pub fn tags(value: &Value, path: &str) -> BTreeMap<String, String> {
    let pair = |row: &Value| {
        let first = |names: [&str; 4]| names.iter().map(|name| text(row, name)).find(|text| !text.is_empty());
        let key = first(["Key", "key", "TagKey", "tagKey"])?;
        Some((key, first(["Value", "value", "TagValue", "tagValue"]).unwrap_or_default()))
    };
    rows(value, path).into_iter().filter_map(pair).take(MOST_TAGS).collect()
}

/// Text without what could deceive a reader: control characters, direction marks and invisible ones; bounded.
#[must_use]
pub fn plain(text: &str) -> String {
    let deceives = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    text.chars().filter(|c| !deceives(*c)).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_enter_lists_and_do_not_mind_what_is_missing() {
        let value = json!({"a": [{"b": {"c": "1"}}, {"b": [{"c": 2}, null]}, {}], "t": "true", "n": null});
        assert_eq!(rows(&value, "a/b/c").len(), 2);
        assert_eq!((number(&value, "a/b/c"), truth(&value, "t")), (Some(1), Some(true)));
        assert!(rows(&value, "x/y").is_empty() && rows(&value, "n").is_empty());
        assert_eq!((text(&value, "n"), number(&value, "t"), truth(&value, "a")), (String::new(), None, None));
    }

    #[test]
    fn tags_are_plain_and_bounded() {
        let value = json!({"T": [{"Key": "Env\u{202e}", "Value": "pro\u{1b}[2Jd\n"}, {"key": "k", "value": "v"},
                                 {"Value": "nameless"}]});
        let found = tags(&value, "T");
        assert_eq!(found.get("Env").map(String::as_str), Some("pro[2Jd"));
        assert_eq!((found.get("k").map(String::as_str), found.len()), (Some("v"), 2));
        assert_eq!(plain(&"x".repeat(10_000)).len(), 256);
        let many: Vec<_> = (0..500).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
        assert_eq!(tags(&json!({ "T": many }), "T").len(), 50);
    }
}
