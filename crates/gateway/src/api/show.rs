//! `GET /v1/changes/{id}`: one change; with `Prefer: wait=N` when it has been decided or has moved.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdpoint_store::changes;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::view::ChangeView;
use crate::api::{Named, Parameters, wait};
use crate::auth::AnyCaller;
use crate::hub::Snapshot;
use crate::{ApiError, AppState};

/// What to add.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShowQuery {
    /// `effects`: list every effect with its resource, class and hazards, without values.
    include: Option<String>,
}

/// One change. With `Prefer: wait=N`, answers when it has been decided; with `If-None-Match` too, when it is no longer as
/// the tag says.
#[utoipa::path(
    get, path = "/v1/changes/{id}", params(("id" = String, Path, description = "`chg_…`"), ShowQuery), tag = "changes",
    security(("requester" = []), ("person" = [])),
    responses((status = 200, body = ChangeView), (status = 304, description = "Still as the tag says."), (status = 404, body = crate::Problem))
)]
pub(crate) async fn show(
    State(app): State<AppState>,
    who: AnyCaller,
    Named(id): Named,
    Parameters(query): Parameters<ShowQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let first = wait::look(&app, id).await?;
    if !who.may_see(&first.change.requester) {
        return Err(ApiError::NotFound("change"));
    }
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let limit = wait::preferred(&app, &headers);
    let done = |s: &Snapshot| known.map_or_else(|| s.change.state.name().is_decided(), |tag| s.etag() != tag);
    let snapshot: Arc<Snapshot> = match limit {
        Some(limit) if !done(&first) => wait::until(&app, id, limit, done).await?,
        _ => first,
    };
    let etag = HeaderValue::from_str(&snapshot.etag()).map_err(|e| ApiError::Internal(e.to_string()))?;
    let mut response = if known.is_some_and(|tag| tag == snapshot.etag()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match query.include.as_deref() {
            // A thousand waiters are handed the same snapshot: it is written once.
            None => json(written(&app, &snapshot)?),
            Some("effects") => {
                let mut view = ChangeView::from(&*snapshot);
                view.checkpoint = app.hub.checkpoint();
                view.effects = Some(effects(&app, id).await?);
                Json(view).into_response()
            }
            Some(other) => {
                return Err(ApiError::BadRequest(format!(
                    "`include={other}`: only `effects` can be included"
                )));
            }
        }
    };
    response.headers_mut().insert(header::ETAG, etag);
    if let Some(limit) = limit {
        let applied = HeaderValue::from_str(&format!("wait={}", limit.as_secs()));
        let applied = applied.map_err(|e| ApiError::Internal(e.to_string()))?;
        response.headers_mut().insert(HeaderName::from_static("preference-applied"), applied);
    }
    Ok(response)
}

/// The snapshot as JSON, from whoever asks first.
fn written(app: &AppState, snapshot: &Snapshot) -> Result<Bytes, ApiError> {
    if let Some(bytes) = snapshot.json.get() {
        return Ok(bytes.clone());
    }
    let mut view = ChangeView::from(snapshot);
    view.checkpoint = app.hub.checkpoint();
    let bytes = Bytes::from(serde_json::to_vec(&view)?);
    Ok(snapshot.json.get_or_init(|| bytes).clone())
}

fn json(bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

async fn effects(app: &AppState, id: holdpoint_core::ChangeId) -> Result<Vec<serde_json::Value>, ApiError> {
    let mut conn = app.db.conn().await?;
    let change = changes::load(&mut conn, id).await?;
    Ok(change.effects.iter().map(effect).collect())
}

/// One effect without values.
pub(crate) fn effect(effect: &holdpoint_core::Effect) -> serde_json::Value {
    serde_json::json!({
        "effect": effect.effect, "address": effect.resource.address, "type": effect.resource.kind,
        "class": effect.class, "backup": effect.backup, "hazards": effect.hazards,
        "forced_by": effect.forced_by, "moved_from": effect.moved_from, "deferred": effect.deferred,
    })
}
