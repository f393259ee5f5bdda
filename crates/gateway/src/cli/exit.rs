//! Exit codes, as sysexits has them.

use std::process::ExitCode;

use holdpoint_core::StateName;

/// How the command ends. The numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Allowed, approved or done.
    Ok = 0,
    /// The command line is wrong.
    Usage = 64,
    /// The change cannot be read.
    Unreadable = 65,
    /// The daemon cannot be reached.
    Unreachable = 69,
    /// Something in Holdpoint broke.
    Internal = 70,
    /// Held, or expired unanswered.
    Held = 75,
    /// Denied, rejected or not entitled.
    Denied = 77,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// What a change's state means for a script.
pub(crate) fn of_state(state: StateName) -> Exit {
    match state {
        StateName::Allowed | StateName::Approved | StateName::Executing | StateName::Applied => Exit::Ok,
        StateName::Submitted | StateName::Held | StateName::Expired | StateName::Lapsed => Exit::Held,
        StateName::Denied | StateName::Rejected | StateName::Withdrawn => Exit::Denied,
        StateName::Failed | StateName::Unknown => Exit::Internal,
    }
}

/// What went wrong, for people, and how the command ends.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) code: String,
    pub(crate) says: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, code: &str, says: impl Into<String>) -> Self {
        Self { exit, code: code.to_owned(), says: says.into() }
    }

    pub(crate) fn usage(says: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", says)
    }

    pub(crate) fn internal(says: impl std::fmt::Display) -> Self {
        Self::new(Exit::Internal, "internal", says.to_string())
    }
}

impl From<crate::RunError> for Failure {
    fn from(error: crate::RunError) -> Self {
        let exit = match &error {
            crate::RunError::Config(_) => Exit::Usage,
            crate::RunError::Store(holdpoint_store::Error::Unavailable(_)) => Exit::Unreachable,
            _ => Exit::Internal,
        };
        Self::new(exit, "cannot_start", error.to_string())
    }
}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::new(Exit::Usage, "configuration", error.to_string())
    }
}

impl From<holdpoint_store::Error> for Failure {
    fn from(error: holdpoint_store::Error) -> Self {
        crate::RunError::from(error).into()
    }
}

impl From<getrandom::Error> for Failure {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(format!("the operating system gives no randomness: {error}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(format!("unexpected JSON: {error}"))
    }
}
