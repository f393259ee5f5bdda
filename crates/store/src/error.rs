//! What can go wrong with the database, sorted by what the caller can do about it.

use holdpoint_core::TransitionError;
use sqlx::error::DatabaseError;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is down, starting, overloaded or read-only: try again, with the same idempotency key.
    #[error("the database cannot be used now: {0}; try again")]
    Unavailable(String),
    /// The database has no room left.
    #[error("the database's disk is full: {0}; free space on it, then try again")]
    StorageFull(String),
    /// There is nothing by that name.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for, for example "change `chg_…`".
        what: String,
    },
    /// What is asked collides with what is recorded.
    #[error("{what}")]
    Conflict {
        /// A stable word, for example `stale_digest`.
        code: &'static str,
        /// A sentence's worth of why.
        what: String,
    },
    /// The database's own rules refuse it: a check, a guard trigger, a missing right.
    #[error("the database refuses this: {0}")]
    Refused(String),
    /// A row holds what no code of this version writes.
    #[error("row `{row}` of table `{table}` is inconsistent: {what}; restore it from a backup")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The row's key.
        row: String,
        /// What is wrong with it.
        what: String,
    },
    /// Anything else that the driver says.
    #[error("the database driver failed: {0}")]
    Driver(sqlx::Error),
}

impl Error {
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Error::NotFound { what: what.into() }
    }

    pub(crate) fn conflict(code: &'static str, what: impl Into<String>) -> Self {
        Error::Conflict { code, what: what.into() }
    }

    pub(crate) fn inconsistent(table: &'static str, row: impl Into<String>, what: impl Into<String>) -> Self {
        Error::Inconsistent { table, row: row.into(), what: what.into() }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(ref database) => by_code(database.as_ref()).unwrap_or(Error::Driver(error)),
            sqlx::Error::PoolTimedOut => Error::Unavailable("no connection within 5 seconds".to_owned()),
            sqlx::Error::Io(io) => Error::Unavailable(io.to_string()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
                Error::Unavailable(error.to_string())
            }
            other => Error::Driver(other),
        }
    }
}

/// Sorts by SQLSTATE; `None` for what is a bug rather than a condition.
fn by_code(error: &dyn DatabaseError) -> Option<Error> {
    let message = error.message().to_owned();
    let code = error.code()?;
    Some(match code.as_ref() {
        "53100" => Error::StorageFull(message),
        // Too many connections, out of memory, shutting down, starting, read-only after a failover, serialisation,
        // deadlock, lock or statement timeout, crash of a backend: all pass.
        "53000" | "53200" | "53300" | "53400" | "57P01" | "57P02" | "57P03" | "57P05" | "57014" | "25006"
        | "25P03" | "40001" | "40P01" | "55P03" | "58030" => Error::Unavailable(message),
        class if class.starts_with("08") => Error::Unavailable(message),
        "HP001" => Error::conflict("frozen", message),
        "HP002" => Error::conflict("not_executing", message),
        "HP003" => Error::conflict("key_closed", message),
        "HP004" => Error::conflict("used_up", message),
        "23505" => unique(error.constraint().unwrap_or_default(), message),
        // Checks, guards, append-only tables, foreign keys, missing rights, text that cannot be stored.
        "23514" | "23001" | "23502" | "23503" | "42501" | "22021" | "22P05" => Error::Refused(message),
        _ => return None,
    })
}

fn unique(constraint: &str, message: String) -> Error {
    match constraint {
        "agents_name" => {
            Error::conflict("name_taken", "an agent or pipeline of that name exists already; choose another")
        }
        "changes_attempt" => {
            Error::conflict("attempt_used", "the attempt id was used before; choose a new one")
        }
        "approvals_once" => Error::conflict("already_answered", "this person has already answered"),
        _ => Error::Conflict { code: "already_exists", what: message },
    }
}

impl From<TransitionError> for Error {
    fn from(error: TransitionError) -> Self {
        let code = match error {
            TransitionError::Illegal { .. } => "wrong_state",
            TransitionError::TooLate(_) => "too_late",
            TransitionError::TooEarly(_) => "too_early",
            TransitionError::Missing => "approvals_missing",
            TransitionError::OtherAttempt => "other_attempt",
        };
        Error::conflict(code, error.to_string())
    }
}
