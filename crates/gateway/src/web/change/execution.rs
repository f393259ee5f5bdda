//! How far a command is on each machine, and the button that stops it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use holdpoint_core::StateName;
use holdpoint_store::executions::{self, Execution};

use super::parse;
use crate::auth::{Reviewer, SameOrigin};
use crate::ssm::ExecutionView;
use crate::web::visible::{Shown, shown, shown_lines};
use crate::{ApiError, AppState};

/// An execution as the page shows it.
#[derive(Debug)]
pub(crate) struct Machines {
    /// How far it is as a whole, in words.
    pub(crate) state: String,
    pub(crate) reason: Shown,
    pub(crate) id: Shown,
    /// Where the form that stops it goes; empty where there is nothing to stop.
    pub(crate) cancel: String,
    pub(crate) rows: Vec<MachineRow>,
}

/// One machine.
#[derive(Debug)]
pub(crate) struct MachineRow {
    pub(crate) name: Shown,
    pub(crate) state: String,
    pub(crate) tone: &'static str,
    pub(crate) output: Shown,
}

/// Builds the view.
pub(crate) fn view(change: &str, state: StateName, execution: &Execution) -> Machines {
    let view = ExecutionView::from(execution);
    let stoppable = state == StateName::Executing && execution.cancelled_by.is_none();
    Machines {
        state: view.state.replace('_', " "),
        reason: shown(view.reason.as_deref().unwrap_or_default()),
        id: shown(view.id.as_deref().unwrap_or("not started")),
        cancel: if stoppable { format!("/changes/{change}/cancellation") } else { String::new() },
        rows: view
            .parts
            .iter()
            .map(|part| MachineRow {
                name: shown(&part.instance),
                state: part.state.replace('_', " "),
                tone: match part.state.as_str() {
                    "success" => "good",
                    "failed" | "timed_out" => "bad",
                    "running" => "hold",
                    _ => "plain",
                },
                output: shown_lines(&part.output),
            })
            .collect(),
    }
}

/// `POST /changes/{id}/cancellation`
pub(crate) async fn cancel(
    State(app): State<AppState>,
    _same: SameOrigin,
    who: Reviewer,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = parse(&id)?;
    let mut tx = app.db.begin().await?;
    executions::cancel(&mut tx, id, &who.person.id.to_string()).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.committed(id);
    Ok(Redirect::to(&format!("/changes/{id}#live-machines")).into_response())
}
