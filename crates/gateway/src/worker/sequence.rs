//! Moves committed events into the ledger's tree and signs a checkpoint whenever there is something new.

use std::sync::atomic::Ordering;
use std::time::Duration;

use holdpoint_store::{ledger, wake};

use crate::AppState;

const BATCH: u32 = 1_000;
/// How long events gather before the next round. Waiters in this process do not wait for it; a claim of an approved
/// change does.
const GATHER: Duration = Duration::from_millis(10);

pub(super) async fn run(app: AppState) {
    loop {
        match ledger::sequence(&app.db, &app.ledger_key, BATCH).await {
            Ok(done) if done.added > 0 => {
                app.metrics.sequenced.fetch_add(done.added, Ordering::Relaxed);
                app.hub.wake();
                if let Err(error) = wake::notify(&app.db).await {
                    super::failed(&app, "sequence", &error).await;
                }
                // A round costs about as much as a change; waiting a moment lets many changes share one.
                tokio::time::sleep(GATHER).await;
            }
            Ok(_) => {
                let timer = super::jittered(Duration::from_secs(1));
                let _ = tokio::time::timeout(timer, app.hub.woken_to_sequence()).await;
            }
            Err(error) => super::failed(&app, "sequence", &error).await,
        }
    }
}
