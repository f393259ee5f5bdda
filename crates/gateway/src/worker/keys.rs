//! Asks, whenever the ledger grew, whether the AWS keys that this process keeps still open something.

use std::time::Duration;

use crate::AppState;

pub(super) async fn run(app: AppState) {
    let Some(gateway) = app.aws.clone() else { return std::future::pending().await };
    loop {
        match gateway.keys.ask(&app.db).await {
            Ok(()) => {
                tokio::select! {
                    () = app.hub.woken_to_look_for_keys() => {}
                    // What no notification told of, and keys whose attempt has ended.
                    () = tokio::time::sleep(super::jittered(Duration::from_secs(2))) => {}
                }
            }
            Err(error) => super::failed(&app, "keys", &error).await,
        }
    }
}
