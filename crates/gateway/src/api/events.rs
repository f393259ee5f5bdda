//! `GET /v1/changes/{id}/events`: server-sent events, one for each entry of the ledger about this change; they resume.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt as _};
use holdpoint_core::ChangeId;
use holdpoint_store::ledger;

use crate::api::{Named, wait};
use crate::auth::AnyCaller;
use crate::{ApiError, AppState};

/// Everything that happens to a change, as server-sent events. The event's id is its index in the ledger: give it back
/// as `Last-Event-ID` to go on from there.
#[utoipa::path(
    get, path = "/v1/changes/{id}/events", tag = "changes",
    params(("id" = String, Path, description = "`chg_…`"), ("Last-Event-ID" = Option<i64>, Header, description = "The last index seen.")),
    security(("requester" = []), ("person" = [])),
    responses((status = 200, body = String, content_type = "text/event-stream"), (status = 404, body = crate::Problem))
)]
pub(crate) async fn events(
    State(app): State<AppState>,
    who: AnyCaller,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let snapshot = wait::look(&app, id).await?;
    if !who.may_see(&snapshot.change.requester) {
        return Err(ApiError::NotFound("change"));
    }
    let after =
        headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(-1);
    Ok(Sse::new(stream_of(app, id, after)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// The ledger's events about a change after an index, and all that follow, until the daemon ends.
pub(crate) fn stream_of(
    app: AppState,
    id: ChangeId,
    after: i64,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let news = app.hub.watch(id);
    let ended = app.clone();
    let batches = stream::unfold((app, news, after, true), move |(app, mut news, after, first)| async move {
        if !first {
            // A change of the row and its place in the ledger arrive apart; each is a look.
            news.changed().await.ok()?;
        }
        news.borrow_and_update();
        let found = match app.db.conn().await {
            Ok(mut conn) => ledger::events_of(&mut conn, id, Some(after)).await.unwrap_or_default(),
            // With the database away the stream stays quiet; the follower brings the next look when it is back.
            Err(_) => Vec::new(),
        };
        let mut last = after;
        let mut events = Vec::new();
        for event in found {
            let Some(index) = event.index else { continue };
            last = last.max(index);
            let data = serde_json::json!({
                "index": index, "at": crate::api::view::moment(event.at), "kind": event.kind, "actor": event.actor,
                "actor_name": event.actor_name, "body": event.body,
            });
            events.push(Ok(Event::default().id(index.to_string()).event(event.kind).data(data.to_string())));
        }
        Some((stream::iter(events), (app, news, last, false)))
    });
    batches.flatten().take_until(async move { ended.stopped().await })
}
