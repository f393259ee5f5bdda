//! How far an execution is, and how it ended. Pure: what AWS said goes in, what is shown and recorded comes out.

use std::fmt;

use aws_sdk_ssm::types::AutomationExecutionStatus as Status;
use serde::{Deserialize, Serialize};

use super::Rate;

/// How far one machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its turn has not come.
    Pending,
    /// It is at it.
    Running,
    /// All went well.
    Success,
    /// The command failed there.
    Failed,
    /// It took too long.
    TimedOut,
    /// It was stopped, or never begun.
    Cancelled,
}

impl Stage {
    pub(super) fn of(status: &Status) -> Self {
        match status {
            Status::Pending | Status::Scheduled => Self::Pending,
            Status::Success | Status::CompletedWithSuccess => Self::Success,
            Status::Failed
            | Status::CompletedWithFailure
            | Status::Rejected
            | Status::ChangeCalendarOverrideRejected => Self::Failed,
            Status::Timedout => Self::TimedOut,
            Status::Cancelled | Status::Exited => Self::Cancelled,
            // A word that is not known is never taken for an end.
            _ => Self::Running,
        }
    }

    /// Nothing will happen there any more.
    #[must_use]
    pub fn ended(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// It counts against the error limit.
    #[must_use]
    pub fn failed(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut)
    }

    /// Its name: `pending`, `running`, `success`, `failed`, `timed_out` or `cancelled`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One machine of an execution; a step, where the runbook addresses no machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The machine's id, or the step's name.
    pub of: String,
    /// How far it is.
    pub stage: Stage,
    /// What it said last: short, and without control characters.
    pub output: String,
}

/// How an execution stands as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum Run {
    /// It runs.
    Running,
    /// It was told to stop, and something still runs.
    Stopping,
    /// Every machine succeeded.
    Success,
    /// At least one did not; why.
    Failed(String),
    /// Somebody stopped it; how far it had come.
    Cancelled(String),
}

impl Run {
    /// Nothing will happen any more.
    #[must_use]
    pub fn ended(&self) -> bool {
        !matches!(self, Self::Running | Self::Stopping)
    }
}

/// How far an execution is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// As a whole.
    pub run: Run,
    /// Each machine.
    pub parts: Vec<Part>,
}

impl Progress {
    /// How many failed.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.parts.iter().filter(|part| part.stage.failed()).count()
    }

    /// More failed than may.
    #[must_use]
    pub fn over(&self, limit: Rate) -> bool {
        self.failures() > limit.of(self.parts.len())
    }

    /// A machine was begun although too many had failed when we looked last: AWS did not stop by itself.
    pub(super) fn goes_on_over(&self, limit: Rate, before: &Progress) -> bool {
        let begun = |part: &&Part| {
            before.parts.iter().any(|earlier| earlier.of == part.of && earlier.stage == Stage::Pending)
                && part.stage != Stage::Pending
        };
        self.run == Run::Running && before.over(limit) && self.parts.iter().any(|part| begun(&part))
    }

    /// What AWS says of the whole, together with what it says of each machine.
    pub(super) fn new(status: &Status, message: Option<&str>, mut parts: Vec<Part>, limit: Rate) -> Self {
        let whole = Stage::of(status);
        let runs = parts.iter().any(|part| part.stage == Stage::Running);
        if !whole.ended() || runs {
            let stopping = *status == Status::Cancelling || (whole.ended() && runs);
            return Self { run: if stopping { Run::Stopping } else { Run::Running }, parts };
        }
        for part in parts.iter_mut().filter(|part| part.stage == Stage::Pending) {
            part.stage = Stage::Cancelled;
            part.output = "not begun".to_owned();
        }
        let mut progress = Self { run: Run::Success, parts };
        progress.run = progress.end(whole, message, limit);
        progress
    }

    fn end(&self, whole: Stage, message: Option<&str>, limit: Rate) -> Run {
        let succeeded = self.parts.iter().filter(|part| part.stage == Stage::Success).count();
        let all = self.parts.len();
        if whole == Stage::Success && succeeded == all {
            return Run::Success;
        }
        let failures = self.failures();
        let count = format!("{succeeded} of {all} succeeded, {failures} failed");
        if self.over(limit) {
            let word = if self.parts.iter().any(|part| part.stage == Stage::Cancelled) {
                "stopped at the error limit"
            } else {
                "over the error limit"
            };
            return Run::Failed(format!("{word} of {limit}: {count}"));
        }
        match (whole, message) {
            (Stage::Cancelled, _) => Run::Cancelled(format!("cancelled: {count}")),
            (_, Some(message)) if !message.is_empty() => {
                Run::Failed(format!("{count}: {}", super::output::short(message, 300)))
            }
            _ => Run::Failed(count),
        }
    }
}

#[cfg(test)]
#[path = "progress/tests.rs"]
mod tests;
