//! What must hold for every plan: the digest depends on effects and values only, and on all of them; and no bytes
//! bring the reader down.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use holdpoint_core::Digest;
use holdpoint_intake::terraform;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z \"\\\\\u{e9}]{0,6}".prop_map(Value::from),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let deeper = scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from),
            prop::collection::btree_map("[a-f]{1,3}", inner, 1..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-f]{1,3}|password", deeper, 1..5)
        .prop_map(|m| Value::Object(m.into_iter().collect()))
}

fn plan(before: &Value, after: &Value, sensitive: &Value, unknown: &Value, time: &str) -> Value {
    json!({"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}, "timestamp": time,
        "resource_changes": [{"address": "aws_db_instance.x", "mode": "managed", "type": "aws_db_instance", "name": "x",
            "provider_name": "p", "change": {"actions": ["update"], "before": before, "after": after,
                "after_unknown": unknown, "before_sensitive": sensitive, "after_sensitive": sensitive}}]})
}

/// The same JSON with every object's keys in another order, numbers spelt otherwise, and white space around.
fn respelt(value: &Value, seed: u64, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| {
                key.bytes().fold(seed, |h, b| h.wrapping_mul(0x0100_0000_01b3) ^ u64::from(b))
            });
            out.push_str("{ ");
            for (n, (key, value)) in members.into_iter().enumerate() {
                out.push_str(if n > 0 { " ,\n" } else { "" });
                // An escape that is not needed is another spelling of the same key.
                let (first, rest) = key.split_at(1);
                out.push_str(&format!("\"\\u{:04x}{}\" :\t", u32::from(first.chars().next().unwrap()), rest));
                respelt(value, seed, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n > 0 { " , " } else { "\r\n" });
                respelt(item, seed, out);
            }
            out.push(']');
        }
        Value::Number(number) if seed.is_multiple_of(2) => out.push_str(&format!("{number}.0")),
        Value::Number(number) => out.push_str(&format!("{number}00e-2")),
        other => out.push_str(&other.to_string()),
    }
}

fn digest(text: &str) -> Digest {
    terraform::read(text.as_bytes()).unwrap().digest().unwrap()
}

/// Every way to change one leaf.
fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, v)| leaves(v, &format!("{path}/{key}"), out)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, v)| leaves(v, &format!("{path}/{n}"), out))
        }
        _ => out.push(path.to_owned()),
    }
}

fn other(value: &Value) -> Value {
    match value {
        Value::Bool(b) => json!(!b),
        Value::Number(n) => json!(n.as_i64().unwrap() + 1),
        Value::String(s) => json!(format!("{s}'")),
        _ => json!("other"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_digest_does_not_depend_on_spelling_or_time(before in values(), after in values(), seed in any::<u64>()) {
        let sensitive = json!({"a": true});
        let once = plan(&before, &after, &sensitive, &json!({}), "2026-01-01T00:00:00Z");
        let again = plan(&before, &after, &sensitive, &json!({}), "2027-02-02T00:00:00Z");
        let mut text = String::new();
        respelt(&again, seed, &mut text);
        prop_assert_eq!(digest(&once.to_string()), digest(&text));
    }

    #[test]
    fn any_other_value_gives_another_digest(before in values(), after in values(), pick in any::<prop::sample::Index>()) {
        let sensitive = json!({"a": true, "b": [true]});
        let parts = json!({"before": before, "after": after});
        let mut paths = Vec::new();
        leaves(&parts, "", &mut paths);
        let path = pick.get(&paths);
        let mut changed = parts.clone();
        let leaf = changed.pointer_mut(path).unwrap();
        *leaf = other(leaf);
        let of = |parts: &Value| digest(&plan(&parts["before"], &parts["after"], &sensitive, &json!({}), "t").to_string());
        prop_assert_ne!(of(&parts), of(&changed));
    }

    #[test]
    fn what_is_unknown_or_sensitive_counts(before in values(), key in "[a-f]{1,3}") {
        let mark = |key: &str| Value::Object(Map::from_iter([(key.to_owned(), json!(true))]));
        let none = json!({});
        let plain = digest(&plan(&before, &before, &none, &none, "t").to_string());
        prop_assert_ne!(plain, digest(&plan(&before, &before, &mark(&key), &none, "t").to_string()));
        prop_assert_ne!(plain, digest(&plan(&before, &before, &none, &mark(&key), "t").to_string()));
    }

    #[test]
    fn no_sensitive_value_is_left(secret in "[g-z]{12}", after in values()) {
        let mut before = after.clone();
        before["a"] = json!([{"deep": secret}]);
        let text = plan(&before, &before, &json!({"a": true}), &json!({}), "t").to_string();
        let change = terraform::read(text.as_bytes()).unwrap();
        let kept = format!("{} {:?}", String::from_utf8(change.content().unwrap()).unwrap(), change.assessment().unwrap());
        prop_assert!(!kept.contains(&secret));
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = terraform::read(&bytes);
        let _ = terraform::plan_file::inspect(&bytes);
        let mut zip = b"PK\x03\x04".to_vec();
        zip.extend(&bytes);
        let _ = terraform::plan_file::inspect(&zip);
    }

    #[test]
    fn no_damaged_plan_brings_the_reader_down(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..8),
    ) {
        let mut bytes = include_bytes!("../../../tests/cases/plans/benign.json").to_vec();
        for (at, byte, way) in damage {
            let at = at.index(bytes.len());
            match way {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        match terraform::read(&bytes) {
            Ok(change) => { change.digest().unwrap(); }
            Err(error) => prop_assert!(!error.code().is_empty() && !error.to_string().is_empty()),
        }
    }
}
