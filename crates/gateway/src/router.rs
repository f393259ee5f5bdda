//! Every route on one page.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};

use crate::{ApiError, AppState, api, metrics, web};

pub(crate) fn router(app: AppState) -> Router {
    let limit = usize::try_from(app.config.limits.body_bytes).unwrap_or(usize::MAX);
    let v1 = Router::new()
        .route("/v1/changes", post(api::submit::submit).get(api::list::list))
        .route("/v1/changes/{id}", get(api::show::show))
        .route("/v1/changes/{id}/content", get(api::content::content))
        .route("/v1/changes/{id}/events", get(api::events::events))
        .route("/v1/changes/{id}/approvals", post(api::approve::approve))
        .route("/v1/changes/{id}/withdrawal", post(api::withdraw::withdraw))
        .route("/v1/changes/{id}/cancellation", post(api::cancel::cancel))
        .route("/v1/changes/{id}/claim", post(api::claim::claim).put(api::claim::renew))
        .route("/v1/changes/{id}/outcome", post(api::outcome::report))
        .route("/v1/changes/{id}/resolution", post(api::resolve::resolve))
        .route("/v1/check", post(api::check::check))
        .route("/v1/ledger/checkpoint", get(api::ledger::checkpoint))
        .route("/v1/ledger/key", get(api::ledger::key))
        .route("/v1/ledger/entries", get(api::ledger::entries))
        .route("/v1/ledger/proof/{index}", get(api::ledger::inclusion))
        .route("/v1/ledger/consistency", get(api::ledger::consistency))
        .route("/v1/ledger/export", get(api::ledger::export))
        .route("/v1/freeze", get(api::freeze::list).put(api::freeze::set))
        .route("/v1/freeze/{id}", delete(api::freeze::lift))
        .route("/v1/agents", post(api::agents::create).get(api::agents::list))
        .route("/v1/agents/{id}/revocation", post(api::agents::revoke))
        .route("/v1/agents/{id}/keys", post(api::keys::create).get(api::keys::list))
        .route("/v1/agents/{id}/keys/{key}/revocation", post(api::keys::revoke))
        .route("/v1/reconciliations", post(api::reconcile::create).get(api::reconcile::list))
        .method_not_allowed_fallback(|| async {
            ApiError::BadRequest("this path has no such method".to_owned())
        })
        .layer(DefaultBodyLimit::max(limit))
        .layer(from_fn(plain));
    let around = Router::new()
        .route("/healthz", get(api::health::healthy))
        .route("/readyz", get(api::health::ready))
        .route("/metrics", get(metrics::page))
        .route("/openapi.json", get(api::openapi::page))
        .route("/v1/{*rest}", get(nothing).post(nothing).put(nothing).delete(nothing).patch(nothing))
        .layer(from_fn(plain));
    Router::new().merge(v1).merge(around).merge(web::routes()).with_state(app)
}

async fn nothing() -> Response {
    ApiError::NotFound("path").into_response()
}

/// What every answer of the API carries: it is data, for this caller, for now.
async fn plain(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
