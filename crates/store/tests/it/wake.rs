//! Wake-ups arrive, pile up into one, and survive a lost connection.

use std::time::Duration;

use holdpoint_store::wake::{self, Listener};
use sqlx::Executor as _;
use tokio::time::timeout;

use crate::fixture::world;
use crate::postgres;

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_notification_wakes_and_many_wake_once() {
    let world = world!();
    let mut listener =
        Listener::connect(&postgres::url(&world.socket, &world.name, "holdpoint_app")).await.unwrap();
    // Registered before it waits: what is sent in between is not lost.
    wake::notify(&world.db).await.unwrap();
    timeout(SOON, listener.next()).await.expect("woken").unwrap();
    for _ in 0..10 {
        wake::notify(&world.db).await.unwrap();
    }
    timeout(SOON, listener.next()).await.expect("woken").unwrap();
    // A late straggler of the ten is fine; quiet must follow.
    while timeout(Duration::from_millis(200), listener.next()).await.is_ok() {}
    assert!(timeout(Duration::from_millis(100), listener.next()).await.is_err(), "nothing was sent");
}

#[tokio::test]
async fn a_lost_connection_wakes_and_listens_again() {
    let world = world!();
    let mut listener =
        Listener::connect(&postgres::url(&world.socket, &world.name, "holdpoint_app")).await.unwrap();
    let mut root = world.superuser().await;
    root.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query ilike 'listen%'",
    )
    .await
    .unwrap();
    let woken = timeout(SOON, listener.next()).await.expect("woken by the loss");
    if woken.is_err() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    wake::notify(&world.db).await.unwrap();
    let mut heard = false;
    for _ in 0..20 {
        wake::notify(&world.db).await.unwrap();
        if let Ok(Ok(())) = timeout(Duration::from_millis(250), listener.next()).await {
            heard = true;
            break;
        }
    }
    assert!(heard, "it listens again");
}
