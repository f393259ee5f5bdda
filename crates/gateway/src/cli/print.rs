//! Standard output carries results, standard error carries messages and progress; nothing else prints.

use std::io::{IsTerminal as _, Write as _};

use clap::ValueEnum;
use holdpoint_core::{Reason, Verdict};
use serde::Serialize;

use crate::api::ChangeView;
use crate::cli::exit::Failure;
use crate::cli::radius;
use crate::ssm::ExecutionView;

/// How wide pictures made of text may be; logs have no width to ask for.
pub(crate) const WIDTH: usize = 100;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs; stable.
    Json,
}

/// A line of result. A reader that has gone away is no error of ours.
pub(crate) fn out(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line of message.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A result as JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    out(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Whether standard error is a person's terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Control and bidirectional characters made visible: what an agent wrote must not move the reader's cursor.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' '.to_string(),
            c if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}') => {
                format!("⟦U+{:04X}⟧", u32::from(c))
            }
            c => c.to_string(),
        })
        .collect()
}

/// Why, one rule after the other, with what would pass.
pub(crate) fn reasons(reasons: &[Reason]) -> String {
    let mut text = String::new();
    for reason in reasons {
        let what = match &reason.verdict {
            Verdict::Hold { requirements } => format!("hold for {requirements}"),
            other => other.as_str().to_owned(),
        };
        text += &format!("  {} ({what}): {}\n", reason.rule, plain(&reason.reason));
        text += &format!("     what would pass: {}\n", plain(&reason.remedy));
    }
    text
}

/// A change for people.
pub(crate) fn change(view: &ChangeView) -> String {
    // First what a requester must know: whether it was executed, and the one next step.
    let mut text = format!("{}\nnext: {}\n\n", plain(&view.message), plain(&view.next));
    text += &format!("{}  {}  {}\ndigest {}\n", view.id, view.state, plain(&view.headline), view.digest);
    text += &reasons(&view.reasons);
    if let Some(radius) = &view.facts.radius {
        text += &format!("{}\n", radius::text(radius, WIDTH));
    }
    for approval in &view.approvals {
        let comment = if approval.comment.is_empty() {
            String::new()
        } else {
            format!(": {}", plain(&approval.comment))
        };
        text += &format!("  {} {}s{comment}\n", plain(&approval.name), approval.answer);
    }
    if let Some(attempt) = &view.attempt {
        let outcome = attempt.outcome.as_deref().unwrap_or("under way");
        text += &format!("  attempt {}: {outcome}\n", attempt.id);
    }
    for execution in &view.executions {
        text += &machines(execution);
    }
    text.truncate(text.trim_end().len());
    text
}

/// How far an execution is, one machine a line.
fn machines(execution: &ExecutionView) -> String {
    let mut text = format!("  on the machines: {}", execution.state);
    if let Some(reason) = &execution.reason {
        text += &format!(", {}", plain(reason));
    }
    text.push('\n');
    for part in &execution.parts {
        let said = part.output.lines().next_back().map(|line| format!("  {}", plain(line)));
        text += &format!("    {:20} {:10}{}\n", plain(&part.instance), part.state, said.unwrap_or_default());
    }
    text
}
