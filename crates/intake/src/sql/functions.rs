//! Functions that are called: a `SELECT` may do anything by them.

use std::sync::OnceLock;

use holdpoint_core::{EffectKind, HazardKind};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use crate::act::{Act, Hidden};
use crate::table::Table;

/// Names of functions that only compute, one a line; `*` at the end stands for anything.
fn harmless() -> &'static Vec<&'static str> {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let lines = include_str!("functions.txt").lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(str::split_whitespace).collect()
    })
}

fn is_harmless(name: &str) -> bool {
    harmless().iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => *known == name,
    })
}

/// The functions called that are not known to only compute.
pub(super) fn calls(tokens: &[Token]) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    for (n, pair) in tokens.windows(2).enumerate() {
        let [Token::Word(word), Token::LParen] = pair else { continue };
        if word.keyword != Keyword::NoKeyword && word.quote_style.is_none() {
            continue;
        }
        // `INSERT INTO orders (…)`, `WITH gone (…)`, `REFERENCES users (…)`: a list of columns, not a call.
        let mut before = tokens.get(..n).unwrap_or_default().iter().rev();
        let lead = before.find(|token| !matches!(token, Token::Period | Token::Word(_)) || listed(token));
        if lead.is_some_and(listed) {
            continue;
        }
        let name = word.value.to_ascii_lowercase();
        if !is_harmless(&name) && !calls.contains(&name) {
            calls.push(name);
        }
    }
    calls
}

fn listed(token: &Token) -> bool {
    let Token::Word(word) = token else { return false };
    matches!(
        word.keyword,
        Keyword::INTO
            | Keyword::WITH
            | Keyword::REFERENCES
            | Keyword::INDEX
            | Keyword::CONFLICT
            | Keyword::COPY
            | Keyword::KEY
    )
}

pub(super) fn act(calls: &[String], line: usize) -> Act {
    let names: Vec<&str> = calls.iter().map(String::as_str).take(5).collect();
    Act::new(EffectKind::Execute, "sql_function", format!("sql function/{} line {line}", names.join("+")))
        .hazard(
            HazardKind::Unknown,
            format!("what `{}` does is not known: a function may write", names.join("`, `")),
        )
}

/// Strings that are secrets by the words before them: `PASSWORD '…'`, `IDENTIFIED BY '…'`, `api_key = '…'`.
pub(super) fn hide(tokens: &[Token], hidden: &mut Hidden) {
    let Ok(table) = Table::get() else { return };
    let secret = |token: &Token| {
        let Token::Word(word) = token else { return false };
        table.secrets.names(&word.value) || matches!(word.keyword, Keyword::PASSWORD | Keyword::IDENTIFIED)
    };
    // A column list that names a secret says nothing of which value it is, so all of them are hidden.
    let inserts = tokens
        .first()
        .is_some_and(|token| matches!(token, Token::Word(word) if word.keyword == Keyword::INSERT));
    let all = inserts && tokens.iter().any(secret);
    for (n, token) in tokens.iter().enumerate() {
        let (Token::SingleQuotedString(text)
        | Token::DoubleQuotedString(text)
        | Token::EscapedStringLiteral(text)) = token
        else {
            continue;
        };
        let near = tokens.get(n.saturating_sub(3)..n).unwrap_or_default();
        if all || near.iter().any(secret) {
            hidden.add(text);
        }
    }
}
