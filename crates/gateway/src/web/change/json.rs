//! Text that is itself JSON (access policies, dashboards, task definitions) compared by meaning, place by place.

use std::collections::BTreeSet;

use serde_json::Value;

/// One place where both texts, or one of them, hold a value.
pub(super) struct Place {
    /// `Statement[0].Action`; for an item of a list of plain values, `Statement[0].Action[…]`.
    pub(super) path: String,
    /// The value before.
    pub(super) before: Option<Value>,
    /// The value after.
    pub(super) after: Option<Value>,
}

/// The places of two JSON texts, or `None` when a side holds something else than a JSON object or list.
pub(super) fn compare(before: Option<&Value>, after: Option<&Value>) -> Option<Vec<Place>> {
    let (left, right) = (inner(before)?, inner(after)?);
    if left.is_none() && right.is_none() {
        return None;
    }
    let mut out = Vec::new();
    walk(String::new(), left.as_ref(), right.as_ref(), &mut out);
    Some(out)
}

/// What a value's text holds: `Some(None)` for no value, `None` for text that is no JSON structure.
fn inner(value: Option<&Value>) -> Option<Option<Value>> {
    let text = match value {
        None => return Some(None),
        Some(Value::String(text)) => text,
        Some(_) => return None,
    };
    let start = text.trim_start();
    if !start.starts_with('{') && !start.starts_with('[') {
        return None;
    }
    serde_json::from_str(text).ok().map(Some)
}

fn walk(path: String, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<Place>) {
    match (before, after) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                walk(join(&path, key), a.get(key), b.get(key), out);
            }
        }
        (Some(Value::Object(map)), None) | (None, Some(Value::Object(map))) if !map.is_empty() => {
            for (key, value) in map {
                let (left, right) = if before.is_some() { (Some(value), None) } else { (None, Some(value)) };
                walk(join(&path, key), left, right, out);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => lists(&path, a, b, out),
        (Some(Value::Array(a)), None) if !a.is_empty() => lists(&path, a, &[], out),
        (None, Some(Value::Array(b))) if !b.is_empty() => lists(&path, &[], b, out),
        _ => out.push(Place { path, before: before.cloned(), after: after.cloned() }),
    }
}

/// Equal items are matched first, wherever they stand; what is left is paired in order. An item put in at the
/// front is then one addition, not a difference in every item behind it.
fn lists(path: &str, a: &[Value], b: &[Value], out: &mut Vec<Place>) {
    let mut left: Vec<(usize, &Value)> = a.iter().enumerate().collect();
    let mut right: Vec<(usize, &Value)> = Vec::new();
    for (i, item) in b.iter().enumerate() {
        match left.iter().position(|(_, other)| *other == item) {
            Some(at) => {
                let (_, same) = left.remove(at);
                walk(format!("{path}[{i}]"), Some(same), Some(item), out);
            }
            None => right.push((i, item)),
        }
    }
    let scalars = a.iter().chain(b).all(|item| !item.is_object() && !item.is_array());
    let paired = if scalars { 0 } else { left.len().min(right.len()) };
    for ((i, was), (_, will)) in left.iter().zip(&right).take(paired) {
        walk(format!("{path}[{i}]"), Some(was), Some(will), out);
    }
    for (i, was) in left.iter().skip(paired) {
        walk(format!("{path}[{i}]"), Some(was), None, out);
    }
    for (i, will) in right.iter().skip(paired) {
        walk(format!("{path}[{i}]"), None, Some(will), out);
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: &Value) -> Value {
        Value::String(value.to_string())
    }

    proptest! {
        #[test]
        fn the_same_meaning_differs_nowhere(items in proptest::collection::vec("[a-z]{0,4}", 0..6)) {
            let value = serde_json::json!({"Statement": [{"Action": items, "Effect": "Allow"}]});
            let pretty = Value::String(serde_json::to_string_pretty(&value).unwrap());
            let places = compare(Some(&text(&value)), Some(&pretty)).unwrap();
            prop_assert!(places.iter().all(|place| place.before == place.after));
        }
    }

    #[test]
    fn a_statement_put_first_is_one_addition() {
        let old = serde_json::json!({"Statement": [{"Sid": "a", "Action": "x"}]});
        let new =
            serde_json::json!({"Statement": [{"Sid": "evil", "Action": "*"}, {"Sid": "a", "Action": "x"}]});
        let places = compare(Some(&text(&old)), Some(&text(&new))).unwrap();
        let mut added: Vec<_> =
            places.iter().filter(|p| p.before.is_none()).map(|p| p.path.as_str()).collect();
        added.sort_unstable();
        assert_eq!(added, ["Statement[0].Action", "Statement[0].Sid"]);
        assert!(places.iter().filter(|p| p.before.is_some()).all(|p| p.before == p.after));
    }

    #[test]
    fn other_text_is_left_alone() {
        let word = Value::String("{not json".to_owned());
        assert!(compare(Some(&word), Some(&word)).is_none());
        assert!(compare(Some(&Value::Bool(true)), None).is_none());
        assert!(compare(None, None).is_none());
    }
}
