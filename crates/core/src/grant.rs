//! The single-use right to carry out exactly one change. [`claim`] is the only place where a [`Grant`] is made.

use crate::state::State;
use crate::{AttemptId, ChangeId, Digest, GrantId, Source, StateName, Timestamp};

/// The right to carry out exactly one allowed or approved change, once. It is taken by value by whatever
/// forwards or executes; it cannot be copied, and not be made outside of this module:
///
/// ```compile_fail
/// fn twice(grant: holdpoint_core::Grant) -> (holdpoint_core::Grant, holdpoint_core::Grant) {
///     (grant.clone(), grant)
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a grant that is dropped leaves its change executing until the lease ends"]
pub struct Grant {
    id: GrantId,
    change: ChangeId,
    digest: Digest,
    attempt: AttemptId,
}

impl Grant {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> GrantId {
        self.id
    }

    /// The change it is for.
    #[must_use]
    pub fn change(&self) -> ChangeId {
        self.change
    }

    /// What exactly may be carried out.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The one attempt it opens.
    #[must_use]
    pub fn attempt(&self) -> AttemptId {
        self.attempt
    }
}

/// What a requester shows when it claims: what it is about to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The attempt's id, chosen by the claimer before it asks, so that a claim whose answer was lost can be asked again.
    pub attempt: AttemptId,
    /// The digest of what is about to be carried out.
    pub digest: Digest,
    /// The artefact about to be carried out, and the state it builds on.
    pub source: Source,
}

/// Why a claim was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is in a state that gives no right.
    #[error("the change is {0}, and only an allowed or approved change can be carried out")]
    State(StateName),
    /// It was claimed before; a change is claimed at most once in its life.
    #[error("the change was already claimed; it can be carried out once only")]
    Claimed,
    /// The grant ran out.
    #[error("the right to carry the change out ended at {0}")]
    TooLate(Timestamp),
    /// What is about to be carried out is something else.
    #[error("this is not the approved change: its digest is {given}, approved is {approved}")]
    OtherDigest {
        /// What the claimer showed.
        given: Digest,
        /// What the change says.
        approved: Digest,
    },
    /// The plan builds on another state.
    #[error("the plan builds on another state than the approved one: {0}")]
    OtherState(String),
}

/// Claims the grant of a change: `allowed | approved` → `executing`. The caller has locked the change, commits the
/// new state before it lets the grant out of its hands, and drops the grant if the commit fails.
///
/// # Errors
/// Every reason that forbids it; the state is then unchanged.
pub fn claim(
    id: GrantId,
    change: ChangeId,
    state: &State,
    approved: (Digest, &Source),
    request: &ClaimRequest,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<(State, Grant), Refusal> {
    let until = match state {
        State::Allowed { until } | State::Approved { until } => *until,
        State::Executing { .. } | State::Applied { .. } | State::Failed { .. } | State::Unknown { .. } => {
            return Err(Refusal::Claimed);
        }
        other => return Err(Refusal::State(other.name())),
    };
    if now >= until {
        return Err(Refusal::TooLate(until));
    }
    let (digest, source) = approved;
    if request.digest != digest {
        return Err(Refusal::OtherDigest { given: request.digest, approved: digest });
    }
    same_state(source, &request.source)?;
    let attempt = request.attempt;
    Ok((State::Executing { attempt, lease_until }, Grant { id, change, digest, attempt }))
}

/// A plan made anew with the same effects and values may stand in for the approved one, if it builds on the same
/// lineage and on a state no older. What the approval was bound to must be shown again: a claim that leaves out the
/// binary plan of a change that had one is refused.
fn same_state(approved: &Source, given: &Source) -> Result<(), Refusal> {
    if approved.plan_sha256.is_some() && given.plan_sha256.is_none() {
        return Err(Refusal::OtherState("the binary plan was not shown".to_owned()));
    }
    if approved.plan_sha256.is_some() && approved.plan_sha256 == given.plan_sha256 {
        return Ok(());
    }
    if approved.lineage.is_some() && given.lineage != approved.lineage {
        let shown = given.lineage.as_deref().unwrap_or("none");
        return Err(Refusal::OtherState(format!(
            "lineage {shown} instead of {}",
            approved.lineage.as_deref().unwrap_or("none")
        )));
    }
    if approved.serial.is_some() && given.serial < approved.serial {
        return Err(Refusal::OtherState(format!(
            "serial {} is older than the approved {}",
            given.serial.unwrap_or(0),
            approved.serial.unwrap_or(0)
        )));
    }
    Ok(())
}
