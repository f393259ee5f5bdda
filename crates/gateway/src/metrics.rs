//! Figures for Prometheus, in its text format (version 0.0.4).

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::AppState;

/// What is counted since the process started.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) allowed: AtomicU64,
    pub(crate) held: AtomicU64,
    pub(crate) denied: AtomicU64,
    pub(crate) unreadable: AtomicU64,
    pub(crate) sequenced: AtomicU64,
    pub(crate) worker_failures: AtomicU64,
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// `GET /metrics`
pub(crate) async fn page(State(app): State<AppState>) -> Response {
    let metrics = &app.metrics;
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let mut text = String::new();
    let _ = write!(
        text,
        "# HELP holdpoint_verdicts_total Changes judged, by verdict.\n# TYPE holdpoint_verdicts_total counter\n\
         holdpoint_verdicts_total{{verdict=\"allow\"}} {}\nholdpoint_verdicts_total{{verdict=\"hold\"}} {}\n\
         holdpoint_verdicts_total{{verdict=\"deny\"}} {}\n\
         # HELP holdpoint_unreadable_total Documents that could not be read.\n# TYPE holdpoint_unreadable_total counter\n\
         holdpoint_unreadable_total {}\n\
         # HELP holdpoint_waiters Clients waiting for a change.\n# TYPE holdpoint_waiters gauge\nholdpoint_waiters {}\n\
         # HELP holdpoint_ledger_leaves_total Events that this process put under a checkpoint.\n\
         # TYPE holdpoint_ledger_leaves_total counter\nholdpoint_ledger_leaves_total {}\n\
         # HELP holdpoint_worker_failures_total Steps of workers that failed and will be repeated.\n\
         # TYPE holdpoint_worker_failures_total counter\nholdpoint_worker_failures_total {}\n",
        read(&metrics.allowed),
        read(&metrics.held),
        read(&metrics.denied),
        read(&metrics.unreadable),
        app.hub.waiters(),
        read(&metrics.sequenced),
        read(&metrics.worker_failures),
    );
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
