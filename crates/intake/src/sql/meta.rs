//! psql's own commands, which begin with a backslash.

use holdpoint_core::{Class, EffectKind, HazardKind};

use super::split;
use crate::act::Act;

/// A piece of the document.
pub(super) enum Part<'t> {
    Statements { line: usize, text: &'t str },
    Command { line: usize, text: &'t str },
}

/// Cuts the document where a line begins with a backslash, unless a string is open there.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut from, mut from_line, mut at) = (0, 1, 0);
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        if line.trim_start().starts_with('\\') {
            let before = text.get(from..at).unwrap_or_default();
            // Once a string stays open, everything behind it is one piece: looking again at each line would let a
            // long document be read over and over.
            if !split::is_closed(before) {
                break;
            }
            if !before.trim().is_empty() {
                parts.push(Part::Statements { line: from_line, text: before });
            }
            parts.push(Part::Command { line: n + 1, text: line.trim() });
            (from, from_line) = (end, n + 2);
        }
        at = end;
    }
    let rest = text.get(from..).unwrap_or_default();
    if !rest.trim().is_empty() {
        parts.push(Part::Statements { line: from_line, text: rest });
    }
    parts
}

/// Those that look, or only set how the answer is printed.
const LOOKS: [&str; 22] = [
    "\\l",
    "\\l+",
    "\\x",
    "\\q",
    "\\c",
    "\\connect",
    "\\timing",
    "\\pset",
    "\\echo",
    "\\conninfo",
    "\\t",
    "\\a",
    "\\h",
    "\\?",
    "\\encoding",
    "\\p",
    "\\r",
    "\\z",
    "\\sf",
    "\\sv",
    "\\qecho",
    "\\warn",
];

pub(super) fn act(text: &str, line: usize) -> Act {
    let name = text.split_whitespace().next().unwrap_or_default();
    let shell = text.contains('`') || text.contains('|');
    let lower = text.to_ascii_lowercase();
    let describes = name.starts_with("\\d") && !name.starts_with("\\do");
    let address = format!("psql {name} line {line}");
    if (LOOKS.contains(&name) || describes) && !shell {
        return Act::new(EffectKind::Read, "psql_command", address).class(Class::Other).text(text);
    }
    let copies = name == "\\copy" && !lower.contains(" program ") && !shell;
    if copies && lower.contains(" to ") && !lower.contains(" from ") {
        return Act::new(EffectKind::Read, "psql_command", address).class(Class::Other).text(text);
    }
    if copies && lower.contains(" from ") {
        return Act::new(EffectKind::Update, "sql_table", address).class(Class::Data).text(text);
    }
    Act::new(EffectKind::Execute, "psql_command", address).text(text).hazard(
        HazardKind::Unknown,
        format!("psql's `{name}` on line {line} runs something that is not shown"),
    )
}
