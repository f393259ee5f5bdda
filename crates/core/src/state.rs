//! The states of a change and who moves them (people, policy, the clock, the requester, an attempt).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::approval::Tally;
use crate::{AttemptId, PersonId, Requirements, Timestamp, Verdict};

/// A change's state, with the data that belongs to it and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Facts are being gathered. Policy moves it.
    Submitted,
    /// Passes without a person; a grant may be claimed until then, after that it lapses.
    Allowed {
        /// When the right to claim ends.
        until: Timestamp,
    },
    /// Waits for people until then, after that it expires.
    Held {
        /// What they must give.
        requirements: Requirements,
        /// When waiting ends.
        until: Timestamp,
    },
    /// Policy said no. Final.
    Denied,
    /// People said yes; a grant may be claimed until then, after that it lapses.
    Approved {
        /// When the right to claim ends.
        until: Timestamp,
    },
    /// A person said no. Final.
    Rejected {
        /// Who.
        by: PersonId,
    },
    /// Nobody answered in time. Final.
    Expired,
    /// The requester took it back. Final.
    Withdrawn,
    /// The grant ran out unused. Final.
    Lapsed,
    /// The grant was claimed; the attempt must be heard of again before the lease ends, or its outcome is unknown.
    Executing {
        /// The one attempt.
        attempt: AttemptId,
        /// When silence becomes `unknown`.
        lease_until: Timestamp,
    },
    /// It was carried out. Final.
    Applied {
        /// The one attempt.
        attempt: AttemptId,
    },
    /// It was tried, and reported as failed. Final.
    Failed {
        /// The one attempt.
        attempt: AttemptId,
    },
    /// It was tried, and nobody knows what came of it. Never retried; reconciliation or a person resolves it.
    Unknown {
        /// The one attempt.
        attempt: AttemptId,
    },
}

/// The bare name of a state, as in the database, the API and the UI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each name is the state's, documented at State")]
pub enum StateName {
    Submitted,
    Allowed,
    Held,
    Denied,
    Approved,
    Rejected,
    Expired,
    Withdrawn,
    Lapsed,
    Executing,
    Applied,
    Failed,
    Unknown,
}

impl StateName {
    /// Every state.
    pub const ALL: [StateName; 13] = [
        StateName::Submitted,
        StateName::Allowed,
        StateName::Held,
        StateName::Denied,
        StateName::Approved,
        StateName::Rejected,
        StateName::Expired,
        StateName::Withdrawn,
        StateName::Lapsed,
        StateName::Executing,
        StateName::Applied,
        StateName::Failed,
        StateName::Unknown,
    ];

    /// The word used in the database, the API and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            StateName::Submitted => "submitted",
            StateName::Allowed => "allowed",
            StateName::Held => "held",
            StateName::Denied => "denied",
            StateName::Approved => "approved",
            StateName::Rejected => "rejected",
            StateName::Expired => "expired",
            StateName::Withdrawn => "withdrawn",
            StateName::Lapsed => "lapsed",
            StateName::Executing => "executing",
            StateName::Applied => "applied",
            StateName::Failed => "failed",
            StateName::Unknown => "unknown",
        }
    }

    /// Whether people or policy have had their say: what a waiting requester waits for.
    #[must_use]
    pub fn is_decided(self) -> bool {
        !matches!(self, StateName::Submitted | StateName::Held)
    }

    /// Whether nothing moves it any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        !TRANSITIONS.iter().any(|(from, _)| *from == self)
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for StateName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        StateName::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a state of a change"))
    }
}

/// Every legal move. The database holds the same table, and a test compares them.
pub const TRANSITIONS: [(StateName, StateName); 17] = [
    (StateName::Submitted, StateName::Allowed),
    (StateName::Submitted, StateName::Held),
    (StateName::Submitted, StateName::Denied),
    (StateName::Held, StateName::Approved),
    (StateName::Held, StateName::Rejected),
    (StateName::Held, StateName::Expired),
    (StateName::Held, StateName::Withdrawn),
    (StateName::Approved, StateName::Executing),
    (StateName::Approved, StateName::Lapsed),
    (StateName::Approved, StateName::Withdrawn),
    (StateName::Allowed, StateName::Executing),
    (StateName::Allowed, StateName::Lapsed),
    (StateName::Executing, StateName::Applied),
    (StateName::Executing, StateName::Failed),
    (StateName::Executing, StateName::Unknown),
    (StateName::Unknown, StateName::Applied),
    (StateName::Unknown, StateName::Failed),
];

/// How an attempt ended, as reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was carried out.
    Applied,
    /// It was not, or only in part, and said so.
    Failed,
    /// It cannot be told.
    Unknown,
}

impl Outcome {
    /// The word used in the database, the API and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Applied => "applied",
            Outcome::Failed => "failed",
            Outcome::Unknown => "unknown",
        }
    }
}

/// Why a move was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The state does not allow it.
    #[error("the change is {is}, so it cannot be {wanted}")]
    Illegal {
        /// The state it is in.
        is: StateName,
        /// The state asked for.
        wanted: StateName,
    },
    /// The time for it is over.
    #[error("the time to answer ended at {0}")]
    TooLate(Timestamp),
    /// The time for it has not come.
    #[error("the time is not over before {0}")]
    TooEarly(Timestamp),
    /// Requirements are still missing.
    #[error("approvals are still missing")]
    Missing,
    /// Another attempt holds the change.
    #[error("another attempt carries this change out")]
    OtherAttempt,
}

impl State {
    /// The bare name.
    #[must_use]
    pub fn name(&self) -> StateName {
        match self {
            State::Submitted => StateName::Submitted,
            State::Allowed { .. } => StateName::Allowed,
            State::Held { .. } => StateName::Held,
            State::Denied => StateName::Denied,
            State::Approved { .. } => StateName::Approved,
            State::Rejected { .. } => StateName::Rejected,
            State::Expired => StateName::Expired,
            State::Withdrawn => StateName::Withdrawn,
            State::Lapsed => StateName::Lapsed,
            State::Executing { .. } => StateName::Executing,
            State::Applied { .. } => StateName::Applied,
            State::Failed { .. } => StateName::Failed,
            State::Unknown { .. } => StateName::Unknown,
        }
    }

    fn illegal<T>(&self, wanted: StateName) -> Result<T, TransitionError> {
        Err(TransitionError::Illegal { is: self.name(), wanted })
    }

    /// Policy has spoken: `submitted` → `allowed | held | denied`.
    ///
    /// # Errors
    /// If it is not `submitted`.
    pub fn judged(self, verdict: &Verdict, until: Timestamp) -> Result<State, TransitionError> {
        match (self, verdict) {
            (State::Submitted, Verdict::Allow) => Ok(State::Allowed { until }),
            (State::Submitted, Verdict::Hold { requirements }) => {
                Ok(State::Held { requirements: requirements.clone(), until })
            }
            (State::Submitted, Verdict::Deny) => Ok(State::Denied),
            (other, _) => other.illegal(StateName::Held),
        }
    }

    /// The approvals have been counted: `held` → `approved | rejected`, or it stays `held`.
    /// `grant_until` is when a grant made by this approval lapses.
    ///
    /// # Errors
    /// If it is not `held`, or the time to answer is over.
    pub fn counted(
        self,
        tally: &Tally,
        now: Timestamp,
        grant_until: Timestamp,
    ) -> Result<State, TransitionError> {
        match self {
            State::Held { until, .. } if now >= until => Err(TransitionError::TooLate(until)),
            State::Held { requirements, until } => Ok(match tally {
                Tally::Rejected { by } => State::Rejected { by: *by },
                Tally::Met => State::Approved { until: grant_until },
                Tally::Missing(_) => State::Held { requirements, until },
            }),
            other => other.illegal(StateName::Approved),
        }
    }

    /// The clock: `held` → `expired`, `allowed | approved` → `lapsed`, `executing` → `unknown`.
    ///
    /// # Errors
    /// If its time is not over, or it has none.
    pub fn run_out(self, now: Timestamp) -> Result<State, TransitionError> {
        match self {
            State::Held { until, .. } if now >= until => Ok(State::Expired),
            State::Allowed { until } | State::Approved { until } if now >= until => Ok(State::Lapsed),
            State::Executing { attempt, lease_until } if now >= lease_until => Ok(State::Unknown { attempt }),
            State::Held { until, .. } | State::Allowed { until } | State::Approved { until } => {
                Err(TransitionError::TooEarly(until))
            }
            State::Executing { lease_until, .. } => Err(TransitionError::TooEarly(lease_until)),
            other => other.illegal(StateName::Expired),
        }
    }

    /// The requester takes it back, until it is claimed: `held | approved` → `withdrawn`.
    ///
    /// # Errors
    /// If it is in another state.
    pub fn withdrawn(self) -> Result<State, TransitionError> {
        match self {
            State::Held { .. } | State::Approved { .. } => Ok(State::Withdrawn),
            other => other.illegal(StateName::Withdrawn),
        }
    }

    /// The attempt is still at work: the lease is moved on. Never revives an attempt that has become `unknown`.
    ///
    /// # Errors
    /// If it is not `executing`, or another attempt holds it.
    pub fn renewed(self, by: AttemptId, lease_until: Timestamp) -> Result<State, TransitionError> {
        match self {
            State::Executing { attempt, .. } if attempt == by => {
                Ok(State::Executing { attempt, lease_until })
            }
            State::Executing { .. } => Err(TransitionError::OtherAttempt),
            other => other.illegal(StateName::Executing),
        }
    }

    /// The attempt reports: `executing` → `applied | failed | unknown`, and late, `unknown` → `applied | failed`.
    ///
    /// # Errors
    /// If no attempt is under way, or it is another one.
    pub fn reported(self, by: AttemptId, outcome: Outcome) -> Result<State, TransitionError> {
        let wanted = match outcome {
            Outcome::Applied => StateName::Applied,
            Outcome::Failed => StateName::Failed,
            Outcome::Unknown => StateName::Unknown,
        };
        match (self, outcome) {
            (State::Executing { attempt, .. } | State::Unknown { attempt }, _) if attempt != by => {
                Err(TransitionError::OtherAttempt)
            }
            (State::Executing { attempt, .. } | State::Unknown { attempt }, Outcome::Applied) => {
                Ok(State::Applied { attempt })
            }
            (State::Executing { attempt, .. } | State::Unknown { attempt }, Outcome::Failed) => {
                Ok(State::Failed { attempt })
            }
            (State::Executing { attempt, .. }, Outcome::Unknown) => Ok(State::Unknown { attempt }),
            (other, _) => other.illegal(wanted),
        }
    }
}

#[cfg(test)]
mod tests;
