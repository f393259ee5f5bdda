//! `/healthz`: the process answers. `/readyz`: it has database, policies and key, and can do its work.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::{ApiError, AppState};

/// `GET /healthz`
pub(crate) async fn healthy() -> Response {
    (StatusCode::OK, "ok\n").into_response()
}

/// `GET /readyz`: policies and key were loaded before the listener was bound, so only the database is asked.
pub(crate) async fn ready(State(app): State<AppState>) -> Result<Response, ApiError> {
    app.db.ready().await?;
    Ok((StatusCode::OK, "ready\n").into_response())
}
