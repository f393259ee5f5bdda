//! `GET /v1/ledger/…`: the checkpoint, entries, proofs, and the export that `holdpoint ledger verify` reads.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use holdpoint_store::ledger;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::Parameters;
use crate::auth::AnyCaller;
use crate::{ApiError, AppState};

const PAGE: u32 = 200;
const MOST: u32 = 1_000;

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesQuery {
    /// The first index.
    from: Option<i64>,
    /// How many, 200 by default and 1,000 at most.
    limit: Option<u32>,
}

/// Between which sizes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsistencyQuery {
    /// The size of the older checkpoint.
    from: u64,
}

fn people_only(who: &AnyCaller) -> Result<(), ApiError> {
    match who {
        AnyCaller::Person(_) => Ok(()),
        AnyCaller::Requester(_) => Err(ApiError::NotEntitled(
            "the ledger's entries are for people; a requester has the checkpoint and proofs".to_owned(),
        )),
    }
}

/// The newest signed checkpoint (C2SP tlog-checkpoint).
#[utoipa::path(
    get, path = "/v1/ledger/checkpoint", tag = "ledger", security(("requester" = []), ("person" = [])),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 404, body = crate::Problem))
)]
pub(crate) async fn checkpoint(State(app): State<AppState>, _who: AnyCaller) -> Result<Response, ApiError> {
    let mut conn = app.db.conn().await?;
    let note = ledger::checkpoint(&mut conn).await?.ok_or(ApiError::NotFound("checkpoint yet"))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}

/// The public key that verifies checkpoints, as C2SP signed-note writes it. Note it once, from a source you trust.
#[utoipa::path(
    get, path = "/v1/ledger/key", tag = "ledger", security(("requester" = []), ("person" = [])),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(crate) async fn key(State(app): State<AppState>, _who: AnyCaller) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], app.ledger_key.verifier_key() + "\n")
        .into_response()
}

/// Entries in the order of the tree.
#[utoipa::path(
    get, path = "/v1/ledger/entries", params(EntriesQuery), tag = "ledger", security(("person" = [])),
    responses((status = 200, body = Vec<Object>), (status = 403, body = crate::Problem))
)]
pub(crate) async fn entries(
    State(app): State<AppState>,
    who: AnyCaller,
    Parameters(query): Parameters<EntriesQuery>,
) -> Result<Response, ApiError> {
    people_only(&who)?;
    let mut conn = app.db.conn().await?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    let entries = ledger::entries(&mut conn, query.from.unwrap_or(0), limit).await?;
    Ok(Json(
        entries
            .iter()
            .map(|entry| serde_json::json!({ "index": entry.index, "leaf": entry.leaf }))
            .collect::<Vec<_>>(),
    )
    .into_response())
}

/// Proof that an entry is under the newest checkpoint (RFC 6962).
#[utoipa::path(
    get, path = "/v1/ledger/proof/{index}", params(("index" = u64, Path)), tag = "ledger",
    security(("requester" = []), ("person" = [])), responses((status = 200, body = Object), (status = 404, body = crate::Problem))
)]
pub(crate) async fn inclusion(
    State(app): State<AppState>,
    _who: AnyCaller,
    Path(index): Path<String>,
) -> Result<Response, ApiError> {
    let index = index.parse().map_err(|_| ApiError::NotFound("ledger entry"))?;
    let mut conn = app.db.conn().await?;
    let proof = ledger::inclusion(&mut conn, index).await?;
    Ok(Json(serde_json::json!({
        "index": proof.index, "leaf": proof.leaf, "size": proof.size, "hashes": proof.hashes, "checkpoint": proof.checkpoint,
    }))
    .into_response())
}

/// Proof that the newest checkpoint only adds to an older one (RFC 6962).
#[utoipa::path(
    get, path = "/v1/ledger/consistency", params(ConsistencyQuery), tag = "ledger",
    security(("requester" = []), ("person" = [])), responses((status = 200, body = Object), (status = 400, body = crate::Problem))
)]
pub(crate) async fn consistency(
    State(app): State<AppState>,
    _who: AnyCaller,
    Parameters(query): Parameters<ConsistencyQuery>,
) -> Result<Response, ApiError> {
    let mut conn = app.db.conn().await?;
    let proof = ledger::consistency(&mut conn, query.from).await?;
    Ok(Json(serde_json::json!({
        "from": proof.from, "to": proof.to, "hashes": proof.hashes, "checkpoint": proof.checkpoint,
    }))
    .into_response())
}

/// Everything that `holdpoint ledger verify` needs, as JSON lines.
#[utoipa::path(
    get, path = "/v1/ledger/export", tag = "ledger", security(("person" = [])),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), (status = 403, body = crate::Problem))
)]
pub(crate) async fn export(State(app): State<AppState>, who: AnyCaller) -> Result<Response, ApiError> {
    people_only(&who)?;
    let mut conn = app.db.conn().await?;
    let (header_line, size) = ledger::export_header(&mut conn).await?;
    drop(conn);
    // Page by page, so that a long ledger costs neither memory nor a long transaction.
    let pages = futures_util::stream::try_unfold((app, 0_i64), move |(app, from)| async move {
        if from >= size {
            return Ok::<_, ApiError>(None);
        }
        let to = from.saturating_add(i64::from(MOST)).min(size);
        let lines = ledger::export_lines(&mut *app.db.conn().await?, from, to, true).await?;
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        Ok(Some((text, (app, to))))
    });
    let first = futures_util::stream::once(async move { Ok(header_line + "\n") });
    let whole = futures_util::StreamExt::chain(first, pages);
    let body =
        axum::body::Body::from_stream(futures_util::TryStreamExt::map_err(whole, |error: ApiError| {
            std::io::Error::other(error.problem().detail)
        }));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}
