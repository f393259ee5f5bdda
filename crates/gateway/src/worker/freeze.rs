//! Keeps this process's list of freezes: what banners show, and what a change is judged with at first.

use std::time::Duration;

use holdpoint_store::freezes;

use crate::AppState;

pub(super) async fn run(app: AppState) {
    loop {
        match look(&app).await {
            Ok(()) => {
                tokio::select! {
                    () = app.hub.woken_to_look_for_freezes() => {}
                    // The timer catches what no notification told of, and freezes that end by themselves.
                    () = tokio::time::sleep(super::jittered(Duration::from_secs(2))) => {}
                }
            }
            Err(error) => super::failed(&app, "freeze", &error).await,
        }
    }
}

/// Reads what is in force now.
pub(crate) async fn look(app: &AppState) -> Result<(), holdpoint_store::Error> {
    let found = freezes::in_force(&mut *app.db.conn().await?).await?;
    app.hub.learn_frozen(found.into_iter().map(|stored| stored.frozen).collect());
    Ok(())
}
