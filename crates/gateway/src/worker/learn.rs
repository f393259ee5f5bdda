//! Teaches the inventory what documents show, one after the other, beside the answers to requesters.

use crate::AppState;
use crate::facts::teach;

pub(super) async fn run(app: AppState) {
    while let Some(lesson) = app.lessons.next().await {
        // A lesson that cannot be written down is not kept: the next plan of that workspace teaches the same.
        if let Err(error) = teach(&app, &lesson).await {
            super::failed(&app, "learn", &error).await;
        }
    }
    std::future::pending::<()>().await;
}
