//! Streams for the pages. An event says only that something moved; the browser then asks for the page's live
//! part, so rights are checked each time and nobody's data is on the stream.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use holdpoint_core::ChangeId;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::auth::Reviewer;
use crate::{ApiError, AppState};

/// A stream ends after this long and the browser comes back by itself, so that a session that was ended
/// does not listen on.
const LONGEST: Duration = Duration::from_secs(600);

type News = Sse<
    axum::response::sse::KeepAliveStream<
        std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>,
    >,
>;

/// `GET /events`: any change moved.
pub(crate) async fn queue(State(app): State<AppState>, _who: Reviewer) -> News {
    stream(app.clone(), app.hub.watch_any())
}

/// `GET /changes/{id}/events`: this change moved.
pub(crate) async fn change(
    State(app): State<AppState>,
    _who: Reviewer,
    Path(id): Path<String>,
) -> Result<News, ApiError> {
    let id: ChangeId = id.parse().map_err(|_| ApiError::NotFound("change"))?;
    Ok(stream(app.clone(), app.hub.watch(id)))
}

fn stream<T: Send + Sync + 'static>(app: AppState, news: watch::Receiver<T>) -> News {
    let end = Instant::now() + LONGEST;
    let stream = unfold((app, news, 0u64), move |(app, mut news, sent)| async move {
        if sent > 0 {
            let moved = tokio::select! {
                moved = timeout_at(end, news.changed()) => matches!(moved, Ok(Ok(()))),
                () = app.stopped() => false,
            };
            if !moved {
                return None;
            }
            // Several movements at once are one reason to look.
            tokio::time::sleep(Duration::from_millis(20)).await;
            news.borrow_and_update();
        }
        let event = Event::default().event("moved").data(sent.to_string());
        Some((Ok(event), (app, news, sent.saturating_add(1))))
    });
    let stream: std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>> = Box::pin(stream);
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
