//! Reads the changes that moved and that somebody here waits for, once each, and hands them out.

use std::time::Duration;

use holdpoint_core::ChangeId;
use holdpoint_store::ledger;

use crate::AppState;

const BATCH: u32 = 1_000;

pub(super) async fn run(app: AppState) {
    let mut seen: Option<i64> = None;
    loop {
        let step = tokio::select! {
            // What this process moved itself is handed out at once, without asking the ledger.
            () = app.hub.woken_to_follow() => deliver(&app).await,
            () = app.hub.woken_to_look() => step(&app, &mut seen, false).await,
            // The timer catches what no notification told of.
            () = tokio::time::sleep(super::jittered(Duration::from_secs(5))) => step(&app, &mut seen, true).await,
        };
        if let Err(error) = step {
            super::failed(&app, "follow", &error).await;
            // What was taken from the marks is looked for again.
            app.hub.moved(app.hub.all_waited_for());
        }
    }
}

/// One look: first what this process marked itself, then what the ledger says others moved.
async fn step(app: &AppState, seen: &mut Option<i64>, all: bool) -> Result<(), holdpoint_store::Error> {
    if all {
        let waited_for = app.hub.all_waited_for();
        if !waited_for.is_empty() {
            app.hub.moved(waited_for);
        }
    }
    deliver(app).await?;
    loop {
        let mut conn = app.db.conn().await?;
        let from = match *seen {
            Some(from) => from,
            None => size(ledger::checkpoint(&mut conn).await?.as_deref()),
        };
        let news = ledger::since(&mut conn, from, BATCH).await?;
        if !news.is_empty() || app.hub.checkpoint().is_none() {
            app.hub.learn_checkpoint(ledger::checkpoint(&mut conn).await?);
        }
        drop(conn);
        *seen = Some(news.last().map_or(from, |(index, _)| index.saturating_add(1)));
        let ids: Vec<ChangeId> = news.iter().filter_map(|(_, id)| *id).collect();
        let more = news.len() >= BATCH as usize;
        if !ids.is_empty() {
            app.hub.moved(ids);
            deliver(app).await?;
        }
        if !more {
            return Ok(());
        }
    }
}

async fn deliver(app: &AppState) -> Result<(), holdpoint_store::Error> {
    let ids = app.hub.take_moved();
    if ids.is_empty() {
        return Ok(());
    }
    let mut conn = app.db.conn().await?;
    for id in ids {
        match crate::hub::read(&mut conn, id).await {
            Ok(snapshot) => app.hub.deliver(snapshot.into()),
            Err(holdpoint_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The second line of a checkpoint is the size of its tree.
fn size(checkpoint: Option<&str>) -> i64 {
    checkpoint.and_then(|note| note.lines().nth(1)?.parse().ok()).unwrap_or(0)
}
