use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Sorted by hand: the map of `serde_json` keeps the order of insertion when another crate asks it to.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| key.as_str());
            Value::Object(members.into_iter().map(|(k, v)| (k.clone(), sorted(v))).collect())
        }
        other => other.clone(),
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\\x00-\\x7f\u{e9}\u{10ffff}\u{2028}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-c~/\"\\\\\n]{0,3}", inner, 0..6)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_text_is_what_serde_json_writes_with_sorted_keys(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let written = canonical(&parse(&text).unwrap());
        prop_assert_eq!(&written, &sorted(&value).to_string());
        prop_assert_eq!(canonical(&parse(&written).unwrap()), written);
    }

    #[test]
    fn what_serde_json_refuses_is_refused(text in "[\\[\\]{}\",:0-9.eE+\\-a-z\\\\ ]{0,12}") {
        if serde_json::from_str::<Value>(&text).is_err() && !text.contains(['e', 'E']) {
            prop_assert!(parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn floats_keep_their_value(value in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
        for text in [format!("{value:e}"), serde_json::to_string(&value).unwrap()] {
            let Node::Number(n) = parse(&text).unwrap() else { panic!() };
            prop_assert_eq!(n.parse::<f64>().unwrap(), if value == 0.0 { 0.0 } else { value });
        }
    }
}

#[test]
fn one_spelling_for_every_number_and_no_digit_lost() {
    let same = |texts: &[&str], is: &str| {
        for text in texts {
            assert_eq!(canonical(&parse(text).unwrap()), is, "{text}");
        }
    };
    same(&["1", "1.0", "1e0", "10e-1", "0.1e1", "1.00E+00"], "1");
    same(&["0", "-0", "0.0", "0e5"], "0");
    same(&["-1500", "-1.5e3"], "-1500");
    same(&["0.001", "1e-3", "0.0010"], "0.001");
    same(&["12345678901234567890123.25"], "12345678901234567890123.25");
    same(&["123456789012345678901234567890"], "123456789012345678901234567890");
    same(&["1e400", "10e399"], "1e400");
    for text in ["01", "1.", ".5", "1e", "-", "+1", "1e99999999999999999999", "00", "1e+-2"] {
        assert_eq!(parse(text), Err(Fault::Syntax), "{text}");
    }
}

#[test]
fn a_key_twice_is_refused_in_whatever_spelling() {
    assert_eq!(parse(r#"{"a":1,"b":2,"\u0061":3}"#), Err(Fault::Duplicate("a".into())));
    assert_eq!(parse("\"\\ud800\""), Err(Fault::Syntax));
    assert_eq!(parse(r#""\ud83d\ude00\/""#).unwrap(), Node::String("😀/".into()));
    assert_eq!(parse(&"[".repeat(10_000)), Err(Fault::Depth));
}

#[test]
fn paths_enter_arrays_by_themselves() {
    let node = parse(r#"{"v":[{"s":1},{"s":2}],"w":{"s":3}}"#).unwrap();
    let pointers: Vec<String> = find(&node, "v.s").into_iter().map(|(p, _)| p).collect();
    assert_eq!(pointers, ["/v/0/s", "/v/1/s"]);
    assert_eq!(find(&node, "w.s").len(), 1);
    assert_eq!(find(&node, "w.x").len(), 0);
    assert_eq!(step("/a", "b/~c"), "/a/b~1~0c");
}
