//! How far an execution is, on the wire.

use holdpoint_cloud::ssm::{Progress, Run};
use holdpoint_store::executions::Execution;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::view::moment;

/// An execution that the daemon started, and how far it is on each machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExecutionView {
    /// AWS's own id of the Automation execution; absent while it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `pending`, `running`, `stopping`, `success`, `failed` or `cancelled`.
    pub state: String,
    /// Why it failed, or how far it had come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// When it was last looked at; RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<String>,
    /// Each machine; each step, where the runbook addresses no machine.
    pub parts: Vec<PartView>,
}

/// How far one machine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartView {
    /// Its id.
    pub instance: String,
    /// `pending`, `running`, `success`, `failed`, `timed_out` or `cancelled`.
    pub state: String,
    /// The end of what it said; nobody has verified it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
}

impl From<&Execution> for ExecutionView {
    fn from(execution: &Execution) -> Self {
        let progress: Option<Progress> =
            execution.progress.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let (state, reason) = match progress.as_ref().map(|progress| &progress.run) {
            None if execution.id.is_none() => ("pending", None),
            None | Some(Run::Running) => ("running", None),
            Some(Run::Stopping) => ("stopping", None),
            Some(Run::Success) => ("success", None),
            Some(Run::Failed(why)) => ("failed", Some(why.clone())),
            Some(Run::Cancelled(why)) => ("cancelled", Some(why.clone())),
        };
        let parts = progress.into_iter().flat_map(|progress| progress.parts).map(|part| PartView {
            instance: part.of,
            state: part.stage.as_str().to_owned(),
            output: part.output,
        });
        Self {
            id: execution.id.clone(),
            state: state.to_owned(),
            reason,
            cancelled_by: execution.cancelled_by.clone(),
            looked_at: execution.looked_at.map(moment),
            parts: parts.collect(),
        }
    }
}
