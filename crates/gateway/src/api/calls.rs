//! How the calls of AWS's API that were made under a change look on the wire.

use holdpoint_store::aws::calls::{Calls, Made};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::view::moment;

/// The calls of AWS's API that were made under a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallsView {
    /// How many were made.
    pub count: u64,
    /// How many of them are under way.
    pub open: u64,
    /// How many failed.
    pub failed: u64,
    /// Of how many nobody knows how they ended.
    pub unknown: u64,
    /// The latest, at most 100, in the order in which they went out.
    pub latest: Vec<CallView>,
}

/// A call of AWS's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallView {
    /// When it went out; RFC 3339.
    pub at: String,
    /// The service, as `ec2`.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The region.
    pub region: String,
    /// What it is on.
    pub target: String,
    /// `applied`, `failed` or `unknown`; absent while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// AWS's HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// AWS's own id of the request, as CloudTrail has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl CallsView {
    /// Nothing where no call was made.
    pub(crate) fn of(calls: &Calls) -> Option<Self> {
        let tally = calls.tally;
        (tally.made > 0).then(|| Self {
            count: tally.made,
            open: tally.open,
            failed: tally.failed,
            unknown: tally.unknown,
            latest: calls.latest.iter().map(CallView::from).collect(),
        })
    }
}

impl From<&Made> for CallView {
    fn from(made: &Made) -> Self {
        let made = made.clone();
        Self {
            at: moment(made.at),
            service: made.service,
            operation: made.operation,
            region: made.region,
            target: made.target,
            outcome: made.outcome,
            status: made.status,
            request_id: made.request_id,
        }
    }
}
