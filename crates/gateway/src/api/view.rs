//! How a change looks on the wire.

use holdpoint_core::{Actor, Digest, Facts, Reason, State, Timestamp, Verdict};
use holdpoint_store::changes::{Attempt, Origin};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::calls::CallsView;
use crate::hub::Snapshot;
use crate::phrase;
use crate::ssm::ExecutionView;
use crate::web::words::sentence;

/// A change as its requester, reviewers and auditors see it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangeView {
    /// `chg_…`
    pub id: String,
    /// One of the thirteen states.
    pub state: String,
    /// What exactly is approved and carried out: SHA-256 in hexadecimal.
    pub digest: String,
    /// The format it was read from.
    pub format: String,
    /// The effect as one sentence.
    pub headline: String,
    /// What this means for the requester, in words.
    pub message: String,
    /// The one next step.
    pub next: String,
    /// Who asked.
    #[schema(value_type = Object)]
    pub requester: Actor,
    /// How many effects of each kind.
    #[schema(value_type = Object)]
    pub counts: holdpoint_core::Counts,
    /// `allow`, `hold` (with requirements) or `deny`, as policy said when it was submitted.
    #[schema(value_type = Object)]
    pub verdict: Verdict,
    /// Why.
    #[schema(value_type = Vec<Object>)]
    pub reasons: Vec<Reason>,
    /// Which policies said so.
    #[schema(value_type = String)]
    pub policy_version: Digest,
    /// What was known when it was judged.
    #[schema(value_type = Object)]
    pub facts: Facts,
    /// Where it came from.
    #[schema(value_type = Object)]
    pub source: holdpoint_core::Source,
    /// The requester's own words, unverified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Session, run and ticket, as the requester claims.
    #[schema(value_type = Object)]
    pub origin: Origin,
    /// What is still missing of what the hold asks for, by group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// Who said yes or no.
    pub approvals: Vec<ApprovalView>,
    /// The one attempt to carry it out, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptView>,
    /// What the daemon carries out itself, machine by machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub executions: Vec<ExecutionView>,
    /// The calls of AWS's API that were made under it, as they happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallsView>,
    /// When the hold expires, the grant lapses or the lease ends; RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// The effects, when asked for with `include=effects`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub effects: Option<Vec<serde_json::Value>>,
    /// The newest signed checkpoint of the ledger when this was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}

/// So many people of a group are still missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Missing {
    /// The group.
    pub group: String,
    /// How many of it.
    pub count: u8,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalView {
    /// `apr_…`
    pub id: String,
    /// `per_…`
    pub person: String,
    /// As people know them.
    pub name: String,
    /// `approve` or `reject`.
    pub answer: String,
    /// In their words.
    pub comment: String,
    /// `web` or `api`.
    pub method: String,
    /// RFC 3339.
    pub at: String,
}

/// One try at carrying the change out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttemptView {
    /// `att_…`
    pub id: String,
    /// The command that runs under the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// RFC 3339.
    pub claimed_at: String,
    /// `applied`, `failed` or `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The command's exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// The end of what it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// RFC 3339 in UTC, to the second and its fraction as recorded.
pub(crate) fn moment(at: Timestamp) -> String {
    at.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_else(|_| at.unix_timestamp().to_string())
}

/// When the present state ends by itself.
pub(crate) fn until(state: &State) -> Option<Timestamp> {
    match state {
        State::Held { until, .. } | State::Allowed { until } | State::Approved { until } => Some(*until),
        State::Executing { lease_until, .. } => Some(*lease_until),
        _ => None,
    }
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            command: attempt.command.clone(),
            claimed_at: moment(attempt.claimed_at),
            outcome: attempt.outcome.map(|outcome| outcome.as_str().to_owned()),
            exit_code: attempt.exit_code,
            detail: attempt.detail.clone(),
        }
    }
}

impl From<&Snapshot> for ChangeView {
    fn from(snapshot: &Snapshot) -> Self {
        let change = &snapshot.change;
        let (message, next) = phrase::answer(snapshot);
        let missing =
            phrase::missing(snapshot).into_iter().map(|(group, count)| Missing { group, count }).collect();
        let approvals = snapshot
            .approvals
            .iter()
            .map(|stored| ApprovalView {
                id: stored.approval.id.to_string(),
                person: stored.approval.person.to_string(),
                name: stored.person_name.clone(),
                answer: stored.approval.answer.as_str().to_owned(),
                comment: stored.approval.comment.clone(),
                method: stored.method.clone(),
                at: moment(stored.approval.at),
            })
            .collect();
        Self {
            id: change.id.to_string(),
            state: change.state.name().as_str().to_owned(),
            digest: change.digest.to_string(),
            format: change.format.as_str().to_owned(),
            headline: sentence(
                &change.requester,
                &change.counts,
                change.facts.environment.is,
                change.state.name(),
            ),
            message,
            next,
            requester: change.requester.clone(),
            counts: change.counts,
            verdict: change.judgement.verdict.clone(),
            reasons: change.judgement.reasons.clone(),
            policy_version: change.judgement.policy_version,
            facts: change.facts.clone(),
            source: change.source.clone(),
            statement: change.statement.clone(),
            origin: change.origin.clone(),
            missing,
            approvals,
            attempt: change.attempt.as_ref().map(AttemptView::from),
            executions: snapshot.execution.iter().map(ExecutionView::from).collect(),
            calls: CallsView::of(&snapshot.calls),
            until: until(&change.state).map(moment),
            created_at: moment(change.created_at),
            updated_at: moment(change.updated_at),
            effects: None,
            checkpoint: None,
        }
    }
}
