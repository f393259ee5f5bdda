use std::time::{Duration, Instant};

use super::{Fault, documents};
use crate::value::{Node, canonical};

fn none(_: &str, _: Node<'static>) -> Option<Node<'static>> {
    None
}

fn json(text: &str) -> String {
    let read = documents(text, none).unwrap();
    read.iter().map(canonical).collect::<Vec<_>>().join("|")
}

fn fault(text: &str) -> Fault {
    documents(text, none).unwrap_err()
}

#[test]
fn words_mean_what_they_mean_to_kubectl_and_aws() {
    let text = "a: no\nb: 0644\nc: '0644'\nd: 012345678901\ne: 1_000\nf: .5\ng: ~\nh: 1.10\ni: 22:22\nj: 0x1F\nk: !!str 5\nl: On\nm: 1e3\nn: 2010-09-09\no: \"yes\"";
    let expected = r#"{"a":false,"b":420,"c":"0644","d":"012345678901","e":1000,"f":0.5,"g":null,"h":1.1,"i":"22:22","j":31,"k":"5","l":true,"m":1000,"n":"2010-09-09","o":"yes"}"#;
    assert_eq!(json(text), expected);
}

#[test]
fn a_text_that_needs_escapes_is_written_with_them() {
    assert_eq!(json("a: 'say \"hi\"'\nb: |\n  one\n  two\n"), r#"{"a":"say \"hi\"","b":"one\ntwo\n"}"#);
}

#[test]
fn documents_are_kept_apart_and_empty_ones_are_null() {
    assert_eq!(json("---\na: 1\n---\n# nothing\n---\nb: 2\n"), r#"{"a":1}|null|{"b":2}"#);
    assert_eq!(json("a: 1\n---\n"), r#"{"a":1}|null"#);
}

#[test]
fn anchors_aliases_and_merge_keys_are_followed() {
    let text =
        "base: &b {x: 1, y: 2}\nuse: *b\nmore:\n  <<: *b\n  y: 3\nlist:\n  <<: [{z: 1}, {z: 2, w: 4}]\n";
    let expected = r#"{"base":{"x":1,"y":2},"list":{"w":4,"z":1},"more":{"x":1,"y":3},"use":{"x":1,"y":2}}"#;
    assert_eq!(json(text), expected);
}

#[test]
fn a_key_twice_is_refused_however_it_is_spelt() {
    assert!(
        matches!(fault("a: 1\nb:\n  c: 1\n  \"c\": 2\n"), Fault::Duplicate { key, line: 3 } if key == "c")
    );
    assert!(matches!(fault("{a: 1, a: 1}"), Fault::Duplicate { .. }));
}

#[test]
fn a_bomb_is_refused_at_once() {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for n in 1..40 {
        let alias = format!("*a{}", n - 1);
        text.push_str(&format!("a{n}: &a{n} [{}]\n", [alias.as_str(); 9].join(",")));
    }
    let long = "x".repeat(1 << 20);
    let heavy = format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 1000].join(","));
    let start = Instant::now();
    assert_eq!(fault(&text), Fault::Aliases);
    assert_eq!(fault(&heavy), Fault::Aliases);
    assert_eq!(fault("a: &a [*a]"), Fault::Aliases);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn depth_is_bounded_also_through_aliases() {
    assert!(documents(&format!("{}{}", "[".repeat(100), "]".repeat(100)), none).is_ok());
    assert_eq!(fault(&format!("{}{}", "[".repeat(200), "]".repeat(200))), Fault::Depth);
    let nested: String = (0..200).map(|n| format!("{}a:\n", "  ".repeat(n))).collect();
    assert_eq!(fault(&nested), Fault::Depth);
    let deep = format!("{}1{}", "[".repeat(90), "]".repeat(90));
    assert_eq!(fault(&format!("a: &a {deep}\nb: {}*a{}", "[".repeat(60), "]".repeat(60))), Fault::Depth);
}

#[test]
fn what_is_not_yaml_is_said_with_its_place() {
    assert!(matches!(fault("a: [1, 2"), Fault::Cut));
    assert!(matches!(fault("a: b: c"), Fault::Syntax { line: 1, .. }));
    assert_eq!(fault("? [a]\n: 1\n"), Fault::Key { line: 1 });
    assert_eq!(fault("a: !Ref b"), Fault::Tag { line: 1 });
}

#[test]
fn long_texts_are_read_in_proportion() {
    let time = |length: usize| {
        let text = format!(
            "a: \"{}\"\nb: {}\nc: [{}]\n",
            "x".repeat(length),
            "y".repeat(length),
            vec!["1"; length / 8].join(",")
        );
        let start = Instant::now();
        assert_eq!(documents(&text, none).unwrap().len(), 1);
        start.elapsed()
    };
    let (short, long) = (time(1 << 17), time(1 << 20));

    assert!(long < short * 24 + Duration::from_millis(500), "{short:?}, and eight times as much {long:?}");
}
