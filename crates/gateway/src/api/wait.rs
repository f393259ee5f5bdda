//! Long polling: `Prefer: wait=N` (RFC 7240).

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use holdpoint_core::ChangeId;

use crate::hub::{self, Snapshot};
use crate::{ApiError, AppState};

/// How long the caller wants to wait, cut to the configured limit. `None`: not at all.
pub(crate) fn preferred(app: &AppState, headers: &HeaderMap) -> Option<Duration> {
    let wanted: u64 = headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .find_map(|part| part.trim().strip_prefix("wait=")?.trim().parse().ok())?;
    Some(Duration::from_secs(wanted.min(u64::from(app.config.limits.wait_seconds))))
}

/// Looks once.
pub(crate) async fn look(app: &AppState, id: ChangeId) -> Result<Arc<Snapshot>, ApiError> {
    let mut conn = app.db.conn().await?;
    Ok(Arc::new(hub::read(&mut conn, id).await?))
}

/// Waits until `done`, the time is over, or the daemon ends; whichever comes first, what was last seen is returned.
pub(crate) async fn until(
    app: &AppState,
    id: ChangeId,
    limit: Duration,
    done: impl Fn(&Snapshot) -> bool,
) -> Result<Arc<Snapshot>, ApiError> {
    // Registered before the first look, so that nothing slips between.
    let mut news = app.hub.watch(id);
    let mut seen = look(app, id).await?;
    let end = tokio::time::sleep(limit);
    tokio::pin!(end);
    while !done(&seen) {
        tokio::select! {
            () = &mut end => break,
            () = app.stopped() => break,
            changed = news.changed() => {
                if changed.is_err() { break; }
                if let Some(latest) = news.borrow_and_update().latest.clone() {
                    seen = latest;
                }
            }
        }
    }
    Ok(seen)
}
