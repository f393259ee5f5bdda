//! `POST /v1/changes/{id}/withdrawal`: the requester takes a change back, until it is claimed.

use axum::Json;
use axum::extract::State;
use holdpoint_store::changes;

use crate::api::view::ChangeView;
use crate::api::{Named, wait};
use crate::auth::Requester;
use crate::{ApiError, AppState};

/// Take a change back.
#[utoipa::path(
    post, path = "/v1/changes/{id}/withdrawal", params(("id" = String, Path, description = "`chg_…`")), tag = "changes",
    security(("requester" = [])),
    responses((status = 200, body = ChangeView), (status = 404, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn withdraw(
    State(app): State<AppState>,
    who: Requester,
    Named(id): Named,
) -> Result<Json<ChangeView>, ApiError> {
    let mut tx = app.db.begin().await?;
    changes::withdraw(&mut tx, id, &who.actor).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.committed(id);
    Ok(Json(ChangeView::from(&*wait::look(&app, id).await?)))
}
