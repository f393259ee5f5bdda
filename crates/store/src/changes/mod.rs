//! Changes: handing one in, looking at it, and every move but the approvals'.

use holdpoint_core::{
    Actor, AttemptId, ChangeId, Counts, Digest, Facts, Format, Judgement, Outcome, Source, State, Timestamp,
};
use serde::{Deserialize, Serialize};

mod claim;
mod read;
mod report;
mod row;
mod run_out;
mod submit;

pub use claim::{Claim, ClaimError, claim};
pub use read::{Filter, get, list, load};
pub use report::{renew, report, resolve, withdraw};
pub use run_out::run_out;
pub use submit::{NewChange, Submitted, submit};

pub(crate) use claim::claim_in;
pub(crate) use row::{Row, columns, lock};

/// A change as it stands, without its content (see [`load`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChange {
    /// Its id.
    pub id: ChangeId,
    /// Who asked; the operator is the one recorded with the agent.
    pub requester: Actor,
    /// The format it was read from.
    pub format: Format,
    /// The digest of its content: what approvals name.
    pub digest: Digest,
    /// Where it is on its way.
    pub state: State,
    /// How many moves it has made.
    pub version: i32,
    /// When it was handed in, by the database's clock.
    pub created_at: Timestamp,
    /// When it last moved, or its lease did.
    pub updated_at: Timestamp,
    /// How many effects of each kind.
    pub counts: Counts,
    /// The artefact and state it was made from.
    pub source: Source,
    /// What was known when it was judged.
    pub facts: Facts,
    /// What policy said, and why.
    pub judgement: Judgement,
    /// The requester's own words; nobody has verified them.
    pub statement: Option<String>,
    /// Where the requester says it comes from.
    pub origin: Origin,
    /// The one attempt to carry it out, once it was claimed.
    pub attempt: Option<Attempt>,
}

/// The chain a change came through, as the requester tells it. All of it is unverified.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The agent's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The pipeline's run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// The ticket it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// The one try at carrying a change out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id, chosen by the claimer.
    pub id: AttemptId,
    /// When the grant was claimed.
    pub claimed_at: Timestamp,
    /// The command that the claimer said it would run.
    pub command: Option<String>,
    /// When silence becomes, or became, `unknown`.
    pub lease_until: Option<Timestamp>,
    /// How it ended; absent while it is under way.
    pub outcome: Option<Outcome>,
    /// The command's exit code.
    pub exit_code: Option<i32>,
    /// What the claimer says about the end.
    pub detail: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Milliseconds for the database, at least one: a deadline is always in the future of its own beginning.
pub(crate) fn millis(duration: time::Duration) -> i64 {
    i64::try_from(duration.whole_milliseconds()).unwrap_or(i64::MAX / 4).clamp(1, i64::MAX / 4)
}
