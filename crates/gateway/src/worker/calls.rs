//! Ends changes of several calls whose time is over: what was made of them is known, call by call.

use std::time::Duration;

use crate::AppState;

pub(super) async fn run(app: AppState) {
    if app.aws.is_none() {
        return std::future::pending().await;
    }
    loop {
        match crate::aws::end_over(&app).await {
            Ok(()) => tokio::time::sleep(super::jittered(Duration::from_secs(2))).await,
            Err(error) => super::failed(&app, "calls", &error).await,
        }
    }
}
