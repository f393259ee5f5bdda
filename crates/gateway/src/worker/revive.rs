//! Starts the private Postgres again when it has died under us. A configured one is its administrator's to start.

use std::sync::Arc;
use std::time::Duration;

use holdpoint_store::Error;
use holdpoint_store::cluster::Cluster;

use crate::AppState;

pub(super) async fn run(app: AppState, cluster: Option<Arc<Cluster>>) {
    let Some(cluster) = cluster else { return std::future::pending().await };
    loop {
        tokio::time::sleep(super::jittered(Duration::from_secs(1))).await;
        // Whether it runs is seen at once; a server that runs and does not answer is found by asking.
        if !cluster.runs() || matches!(app.db.ready().await, Err(Error::Unavailable(_))) {
            tracing::warn!("the private Postgres does not answer; starting it again");
            if let Err(error) = cluster.revive().await {
                tracing::warn!(%error, "the private Postgres was not started");
            }
        }
    }
}
