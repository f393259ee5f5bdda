//! What Holdpoint carried out, in the words of CloudTrail.

use holdpoint_cloud::credentials::session_name;
use holdpoint_cloud::trail::Carried;
use holdpoint_core::Timestamp;
use holdpoint_intake::aws::index;
use holdpoint_store::{aws::calls, executions};
use time::Duration;

use crate::{ApiError, AppState};

/// A service may go on for hours with what a call started, so what is older than the events may explain them.
const BEFORE: Duration = Duration::hours(13);
/// CloudTrail's clock and ours.
const AFTER: Duration = Duration::minutes(30);
/// Calls that are read of one time.
const MOST: u32 = 500_000;

/// What was carried out around a time.
pub(super) struct Made {
    pub(super) carried: Vec<Carried>,
    /// There was more than is read.
    pub(super) more: bool,
}

pub(super) async fn made(app: &AppState, from: Timestamp, to: Timestamp) -> Result<Made, ApiError> {
    let mut conn = app.db.conn().await?;
    let calls = calls::between(&mut conn, from - BEFORE, to + AFTER, MOST).await?;
    let ran = executions::between(&mut conn, from - BEFORE, to + AFTER, MOST).await?;
    let full = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = calls.len() >= full || ran.len() >= full;
    let mut carried: Vec<Carried> = calls.into_iter().flat_map(of_call).collect();
    carried.extend(ran.into_iter().map(|execution| Carried {
        change: execution.change.to_string(),
        request_id: None,
        session: session_name(&execution.requester),
        service: "ssm".to_owned(),
        operation: "StartAutomationExecution".to_owned(),
        at: execution.at,
    }));
    Ok(Made { carried, more })
}

/// A call, once under each name that its service has: CloudTrail knows a service by its host or by its signing name.
fn of_call(made: calls::Carried) -> impl Iterator<Item = Carried> {
    let service = made.call.service;
    let mut names = vec![service.clone()];
    if let Some(known) = index::service(&service) {
        names.extend([known.endpoint_prefix.to_owned(), known.signing_name.to_owned()]);
    }
    names.sort();
    names.dedup();
    let one = Carried {
        change: made.change.to_string(),
        request_id: made.call.request_id,
        session: session_name(&made.requester),
        service,
        operation: made.call.operation,
        at: made.call.at,
    };
    names.into_iter().map(move |service| Carried { service, ..one.clone() })
}
