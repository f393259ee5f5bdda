use holdpoint_core::Change;
use serde_json::{Map, Value};

use super::Call;
use crate::value::{Fault, parse};
use crate::{MAX_ASKED_DEPTH, Patterns, ReadError, act};

const WHAT: &str = "call of AWS's API";

/// As many calls are read from one document.
const MOST: usize = 5_000;

/// Keys that say how a call came to be, and nothing of what it does.
const BESIDE: [&str; 5] = ["basis", "case", "http", "seq", "target"];

/// Reads calls written as JSON: one object, an array, or one object a line, each with `service`, `operation`, `region`
/// and `parameters` (or `params`), and optionally `account`.
///
/// # Errors
/// If it is not that, or names an operation that the index does not have.
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    let text = act::text(bytes, WHAT)?;
    let calls = documents(text.trim())?.into_iter().map(call).collect::<Result<Vec<_>, _>>()?;
    if calls.is_empty() {
        return Err(ReadError::NothingAsked { what: WHAT });
    }
    super::change(&calls, patterns)
}

/// The objects of the document: one over several lines, a list, or one a line.
fn documents(text: &str) -> Result<Vec<Map<String, Value>>, ReadError> {
    let whole = one(text, 1);
    let values = match whole {
        Ok(Value::Array(items)) => items,
        Ok(value) => vec![value],
        Err(ReadError::NotReadable { .. })
            if text.lines().filter(|line| !line.trim().is_empty()).count() > 1 =>
        {
            text.lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(n, line)| one(line.trim(), n.saturating_add(1)))
                .collect::<Result<Vec<_>, _>>()?
        }
        Err(error) => return Err(error),
    };
    if values.len() > MOST {
        return Err(ReadError::TooMany { limit: MOST });
    }
    let object = |value| match value {
        Value::Object(members) => Ok(members),
        _ => Err(wrong("a call")),
    };
    values.into_iter().map(object).collect()
}

fn one(text: &str, line: usize) -> Result<Value, ReadError> {
    match parse(text) {
        Ok(_) => serde_json::from_str(text).map_err(|_| ReadError::NotReadable { what: WHAT, line }),
        Err(Fault::Depth) => Err(ReadError::Nested { what: WHAT, limit: MAX_ASKED_DEPTH }),
        Err(Fault::Duplicate(key)) => {
            Err(ReadError::DuplicateKey { path: "the call".to_owned(), key: key.chars().take(100).collect() })
        }
        Err(Fault::Syntax) => Err(ReadError::NotReadable { what: WHAT, line }),
    }
}

fn wrong(path: &str) -> ReadError {
    ReadError::WrongPart { path: path.chars().take(100).collect(), what: "a call of AWS's API" }
}

fn call(mut members: Map<String, Value>) -> Result<Call, ReadError> {
    for key in BESIDE {
        members.remove(key);
    }
    let mut text = |key: &str| match members.remove(key) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
        _ => Err(wrong(key)),
    };
    let (service, operation, region) = (text("service")?, text("operation")?, text("region")?);
    let account = match members.remove("account") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(_) => return Err(wrong("account")),
    };
    let parameters = match (members.remove("parameters"), members.remove("params")) {
        (Some(_), Some(_)) => return Err(wrong("parameters and params, of which one is enough,")),
        (Some(given @ Value::Object(_)), None) | (None, Some(given @ Value::Object(_))) => given,
        (None, None) => Value::Object(Map::new()),
        _ => return Err(wrong("parameters")),
    };
    if let Some((key, _)) = members.iter().next() {
        return Err(wrong(key));
    }
    Call::asked(&service, &operation, &region, account.as_deref(), parameters)
        .map_err(|refused| ReadError::Call { says: refused.says })
}
