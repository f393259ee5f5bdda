//! What time does to changes: held ones expire, grants lapse, silent attempts become unknown.

use std::time::Duration;

use holdpoint_store::changes;

use crate::AppState;

const BATCH: u32 = 100;

pub(super) async fn run(app: AppState) {
    loop {
        match changes::run_out(&app.db, BATCH).await {
            Ok(ids) => {
                let full = ids.len() >= BATCH as usize;
                for id in ids {
                    tracing::info!(change = %id, "its time ran out");
                    app.hub.committed(id);
                }
                if !full {
                    tokio::time::sleep(super::jittered(Duration::from_secs(1))).await;
                }
            }
            Err(error) => super::failed(&app, "clock", &error).await,
        }
    }
}
