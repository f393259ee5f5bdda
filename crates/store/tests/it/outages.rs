//! The database going away: said as such, in bounded time, and over by itself.

use std::time::{Duration, Instant};

use holdpoint_store::{Db, Error};
use sqlx::Executor as _;

use crate::fixture::{Ask, world};

#[tokio::test]
async fn a_database_that_is_down_is_unavailable_within_seconds() {
    let db = Db::connect("postgres:///holdpoint?host=/nonexistent&user=holdpoint_app", 2).await.unwrap();
    let begun = Instant::now();
    for result in [db.begin().await.map(drop), db.ready().await] {
        assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
    }
    assert!(begun.elapsed() < Duration::from_secs(12));
}

#[tokio::test]
async fn connections_that_were_cut_are_replaced() {
    let world = world!();
    world.submit(&Ask::allowed()).await;
    let mut root = world.superuser().await;
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'holdpoint_app' and datname = current_database()";
    root.execute(cut).await.unwrap();
    // At most one answer tells of the cut; then all is well.
    for n in 0..4 {
        match world.try_submit(&world.agent, &Ask::allowed()).await {
            Ok(_) if n > 0 => break,
            Ok(_) => {}
            Err(Error::Unavailable(_)) if n < 3 => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    tokio::time::sleep(Duration::from_millis(600)).await;
    root.execute(cut).await.unwrap();
    world
        .try_submit(&world.agent, &Ask::allowed())
        .await
        .expect("an idle connection is tried before it is used");
}

#[tokio::test]
async fn a_server_that_is_full_of_connections_or_slow_is_unavailable_too() {
    let world = world!();
    let mut conn = world.db.conn().await.unwrap();
    conn.execute("set statement_timeout = '20ms'").await.unwrap();
    let slow = conn.execute("select pg_sleep(1)").await.map(drop).map_err(Error::from);
    assert!(matches!(slow, Err(Error::Unavailable(_))), "{slow:?}");
    for (state, full) in [("53100", true), ("57P01", false), ("25006", false), ("08006", false)] {
        let sql = sqlx::AssertSqlSafe(format!(
            "do $$ begin raise exception 'told' using errcode = '{state}'; end $$"
        ));
        let result = conn.execute(sql).await.map(drop).map_err(Error::from);
        match result {
            Err(Error::StorageFull(_)) => assert!(full, "{state}"),
            Err(Error::Unavailable(_)) => assert!(!full, "{state}"),
            other => panic!("{state}: {other:?}"),
        }
    }
}
