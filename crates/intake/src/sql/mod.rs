//! SQL statements.
//!
//! What is decided about rows, so that it can be argued with:
//!
//! | statement | rows | read as |
//! |---|---|---|
//! | `UPDATE` | named by a key (`id = 7`, `uuid in (…)`) | an update, no hazard: everyday work |
//! | `UPDATE` | by any other condition | `unknown`: how many rows it reaches is not shown |
//! | `DELETE` | named by a key | `unknown`: what refers to them is not shown; at most one person's look |
//! | `DELETE` | by any other condition | `data_loss` |
//! | either | all (`WHERE` missing, or always true) | `data_loss`, and it selects all |
//!
//! A transaction that ends in `ROLLBACK` is judged as if it were committed: whoever runs it may stop before its end.

mod columns;
mod condition;
mod create;
mod functions;
mod meta;
mod rights;
mod rows;
mod split;
mod statement;
#[cfg(test)]
mod tests;

use holdpoint_core::{Change, EffectKind, Format, HazardKind};

use crate::act::{Act, Hidden};
use crate::{Patterns, ReadError, act};

/// Reads statements, separated by semicolons. psql's own commands are read where they stand on a line of their own.
///
/// # Errors
/// If it is empty, no UTF-8, too long or nested too deep. What does not parse is an effect with hazard `unknown`.
pub fn read(bytes: &[u8]) -> Result<Change, ReadError> {
    read_with(bytes, &Patterns::default())
}

/// As [`read`], with these signs of an environment.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    let text = act::text(bytes, WHAT)?;
    let mut hidden = Hidden::default();
    let acts = acts(&text, &mut hidden)?;
    if acts.is_empty() {
        return Err(ReadError::NothingAsked { what: WHAT });
    }
    act::change(Format::Sql, acts, &hidden, bytes, patterns)
}

const WHAT: &str = "SQL";

/// What these statements do.
pub(crate) fn acts(text: &str, hidden: &mut Hidden) -> Result<Vec<Act>, ReadError> {
    let mut acts = Vec::new();
    for part in meta::parts(text) {
        match part {
            meta::Part::Command { line, text } => acts.push(meta::act(text, line)),
            meta::Part::Statements { line, text } => match split::split(text, line)? {
                Some(statements) => {
                    for statement in statements {
                        acts.extend(statement::acts(&statement, hidden));
                    }
                }
                None => acts.push(unreadable(line).text(text)),
            },
        }
        if acts.len() > act::MAX_ACTS {
            return Err(ReadError::TooMany { limit: act::MAX_ACTS });
        }
    }
    if acts.iter().any(|act| act.text.trim_start().to_ascii_uppercase().starts_with("ROLLBACK")) {
        for act in acts.iter_mut().filter(|act| !act.hazards.is_empty()) {
            for (_, says) in &mut act.hazards {
                says.push_str(" (a later `ROLLBACK` is not relied on)");
            }
        }
    }
    Ok(acts)
}

/// A statement that does not parse; said by its place, never by what it holds.
fn unreadable(line: usize) -> Act {
    Act::new(EffectKind::Execute, "sql_statement", format!("sql line {line}"))
        .hazard(HazardKind::Unknown, format!("the statement on line {line} cannot be read"))
}
