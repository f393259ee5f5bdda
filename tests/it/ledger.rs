//! The record: an export is verified offline, and whatever is done to it is found.

use std::fs;

use holdpoint_tests::{Site, attempt, held_by_one, open, settled};
use serde_json::Value;

#[test]
fn an_export_verifies_and_tampering_is_found() {
    let Some(site) = Site::new("an_export_verifies_and_tampering_is_found") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let early = settled(&cast.ada);
    for n in 0..6 {
        let change = cast.pipeline.submit(&held_by_one(&format!("orders_{n}")));
        cast.ada.approve(&change);
        let _ = cast.pipeline.claim(&change, &attempt(n)).unwrap().expect(200);
        let _ = cast.pipeline.report(&change, &attempt(n), "applied").unwrap().expect(200);
    }
    let _ = settled(&cast.ada);

    let path = |name: &str| site.dir().join(name);
    let key = site.run(&daemon, "ada", &["ledger", "key"]).expect(0).out;
    fs::write(path("key"), &key).unwrap();
    fs::write(path("early"), &early).unwrap();
    let export = site.run(&daemon, "ada", &["ledger", "export"]).expect(0).out;
    let lines: Vec<&str> = export.lines().collect();
    assert!(lines.len() > 20, "{export}");
    let verify = |name: &str, text: &str, more: &[&str]| {
        fs::write(path(name), text).unwrap();
        let mut arguments = vec!["ledger", "verify", name, "--key", "key"];
        arguments.extend(more);
        site.run(&daemon, "ada", &arguments)
    };
    let whole = verify("whole", &export, &["--checkpoint", "early"]).expect(0);
    assert!(whole.out.contains("continues"), "{}", whole.out);

    let mut edits: Vec<(String, String)> = Vec::new();
    let with = |index: usize, line: Option<String>| {
        let mut all: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        match line {
            Some(line) => all[index] = line,
            None => drop(all.remove(index)),
        }
        all.join("\n") + "\n"
    };
    for (index, line) in lines.iter().enumerate() {
        edits.push((format!("line {index} removed"), with(index, None)));
        for (what, line) in corruptions(line) {
            edits.push((format!("line {index}: {what}"), with(index, Some(line))));
        }
    }
    for index in 1..lines.len() - 1 {
        let mut swapped: Vec<&str> = lines.clone();
        swapped.swap(index, index + 1);
        edits.push((format!("lines {index} and {} swapped", index + 1), swapped.join("\n") + "\n"));
    }
    edits.push(("a line twice".to_owned(), format!("{export}{}\n", lines[lines.len() - 1])));
    edits.push(("the end cut off".to_owned(), lines[..lines.len() - 1].join("\n") + "\n"));
    println!("{} ways to tamper with an export of {} lines", edits.len(), lines.len());
    for (what, text) in edits {
        let found = verify("edited", &text, &[]);
        assert!(matches!(found.code, Some(77 | 65)), "{what} was not found: {found:?}");
        assert!(!found.err.is_empty(), "{what}");
    }
}

/// One character changed in every string and number of a line of JSON.
fn corruptions(line: &str) -> Vec<(String, String)> {
    let Ok(value) = serde_json::from_str::<Value>(line) else { return Vec::new() };
    let mut found = Vec::new();
    let mut pointers = vec![String::new()];
    while let Some(pointer) = pointers.pop() {
        match value.pointer(&pointer) {
            Some(Value::Object(map)) => {
                pointers.extend(
                    map.keys().map(|key| format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))),
                );
            }
            Some(Value::Array(list)) => pointers.extend((0..list.len()).map(|n| format!("{pointer}/{n}"))),
            Some(leaf) => {
                let changed = match leaf {
                    Value::String(text) => Value::from(flipped(text)),
                    Value::Number(number) => Value::from(number.as_i64().unwrap_or(0) + 1),
                    Value::Bool(yes) => Value::from(!yes),
                    _ => Value::from("x"),
                };
                let mut copy = value.clone();
                *copy.pointer_mut(&pointer).unwrap() = changed;
                found.push((format!("{pointer} changed"), copy.to_string()));
            }
            None => {}
        }
    }
    found
}

fn flipped(text: &str) -> String {
    let middle = text.chars().count() / 2;
    let flip = |c: char| if c == '1' || c == 'a' { 'b' } else { '1' };
    let changed: String =
        text.chars().enumerate().map(|(n, c)| if n == middle { flip(c) } else { c }).collect();
    if changed.is_empty() { "x".to_owned() } else { changed }
}

#[test]
fn another_key_or_another_past_is_refused() {
    let Some(site) = Site::new("another_key_or_another_past_is_refused") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let _ = cast.pipeline.submit(&open("queue"));
    let stranger = Site::new("another_key_or_another_past_is_refused").unwrap();
    let other = stranger.start();
    let elsewhere = stranger.cast(&other);
    let _ = elsewhere.pipeline.submit(&open("something_else"));
    let _ = cast.pipeline.submit(&open("another_queue"));
    let (_, forked) = (settled(&cast.ada), settled(&elsewhere.ada));

    let export = site.run(&daemon, "ada", &["ledger", "export"]).expect(0).out;
    fs::write(site.dir().join("export"), &export).unwrap();
    let key = site.run(&daemon, "ada", &["ledger", "key"]).expect(0).out;
    fs::write(site.dir().join("key"), &key).unwrap();
    // A well-signed checkpoint of another history: the log was forked.
    fs::write(site.dir().join("forked"), forked).unwrap();
    let forked = ["ledger", "verify", "export", "--key", "key", "--checkpoint", "forked"];
    let _ = site.run(&daemon, "ada", &forked).expect(77);
    let name = key.split('+').next().unwrap_or_default();
    let wrong = format!("{name}+00000000+AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g");
    let refused = site.run(&daemon, "ada", &["ledger", "verify", "export", "--key", &wrong]);
    assert!(matches!(refused.code, Some(64 | 77)), "{refused:?}");
}
