//! `GET /v1/changes/{id}/content`: the canonical bytes whose SHA-256 is the change's digest.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use holdpoint_store::changes;

use crate::api::{Named, wait};
use crate::auth::AnyCaller;
use crate::{ApiError, AppState};

/// The canonical bytes whose SHA-256 is the digest: what exactly is approved, for anyone to check. Sensitive values are masked.
#[utoipa::path(
    get, path = "/v1/changes/{id}/content", params(("id" = String, Path, description = "`chg_…`")), tag = "changes",
    security(("requester" = []), ("person" = [])),
    responses((status = 200, body = String, content_type = "application/json"), (status = 404, body = crate::Problem))
)]
pub(crate) async fn content(
    State(app): State<AppState>,
    who: AnyCaller,
    Named(id): Named,
) -> Result<Response, ApiError> {
    let snapshot = wait::look(&app, id).await?;
    if !who.may_see(&snapshot.change.requester) {
        return Err(ApiError::NotFound("change"));
    }
    let mut conn = app.db.conn().await?;
    let bytes = changes::load(&mut conn, id).await?.content()?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes).into_response())
}
