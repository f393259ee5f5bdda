//! A developer's and an agent's day: nothing in it may have a hazard or a manner.

#![allow(missing_docs, reason = "a test has no readers of its documentation")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use holdpoint_core::{Change, Format};
use holdpoint_intake::read;

fn cases(folder: &str) -> Vec<(String, String)> {
    let path = format!("{}/../../tests/cases/{folder}/ordinary", env!("CARGO_MANIFEST_DIR"));
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        if name == "lines.txt" {
            cases.extend(text.lines().map(|line| (line.to_owned(), line.to_owned())));
        } else {
            cases.push((name, text));
        }
    }
    cases
}

fn alarms(change: &Change) -> Vec<String> {
    let of = |effect: &holdpoint_core::Effect| {
        let hazards = effect
            .hazards
            .iter()
            .map(|h| format!("{}: {:?}: {}", effect.resource.address, h.kind, h.evidence));
        let manners = effect
            .manners
            .iter()
            .map(|m| format!("{}: {:?}: {}", effect.resource.address, m.manner, m.evidence));
        hazards.chain(manners).collect::<Vec<_>>()
    };
    change.effects.iter().flat_map(of).collect()
}

fn passes(format: Format, folder: &str, least: usize) {
    let cases = cases(folder);
    assert!(cases.len() >= least, "{folder} has {} cases", cases.len());
    let mut wrong = Vec::new();
    for (name, text) in cases {
        match read(format, text.as_bytes()) {
            Ok(change) if alarms(&change).is_empty() => assert!(!change.effects.is_empty(), "{name}"),
            Ok(change) => wrong.push(format!("{name}\n    {}", alarms(&change).join("\n    "))),
            Err(error) => wrong.push(format!("{name}\n    {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} false alarms:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn ordinary_commands_pass() {
    passes(Format::Shell, "shell", 100);
}

#[test]
fn ordinary_statements_pass() {
    passes(Format::Sql, "sql", 2);
}

#[test]
fn ordinary_requests_pass() {
    passes(Format::Http, "http", 3);
}
