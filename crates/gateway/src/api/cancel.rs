//! `POST /v1/changes/{id}/cancellation`: stop what the daemon is carrying out.

use axum::Json;
use axum::extract::State;
use holdpoint_store::executions;

use crate::api::view::ChangeView;
use crate::api::{Named, wait};
use crate::auth::AnyCaller;
use crate::{ApiError, AppState};

/// Stop an execution: no further machine is begun, and what runs is cancelled. Its requester may, and every person;
/// stopping is always the safe side. Cancelling again changes nothing.
#[utoipa::path(
    post, path = "/v1/changes/{id}/cancellation", params(("id" = String, Path, description = "`chg_…`")), tag = "changes",
    security(("requester" = []), ("person" = [])),
    responses((status = 200, body = ChangeView), (status = 404, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn cancel(
    State(app): State<AppState>,
    who: AnyCaller,
    Named(id): Named,
) -> Result<Json<ChangeView>, ApiError> {
    let first = wait::look(&app, id).await?;
    if !who.may_see(&first.change.requester) {
        return Err(ApiError::NotFound("change"));
    }
    let by = match &who {
        AnyCaller::Requester(requester) => requester.actor.id.clone(),
        AnyCaller::Person(person) => person.id.to_string(),
    };
    let mut tx = app.db.begin().await?;
    executions::cancel(&mut tx, id, &by).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    tracing::info!(change = %id, %by, "cancelled");
    app.hub.committed(id);
    Ok(Json(ChangeView::from(&*wait::look(&app, id).await?)))
}
