//! The daemon's role owns nothing, and can neither switch a rule off nor go round it.

use sqlx::{AssertSqlSafe, Executor as _};

use crate::fixture::{Ask, refused, world};

#[tokio::test]
async fn the_daemons_role_cannot_switch_a_rule_off_or_write_past_it() {
    let world = world!();
    let change = world.submit(&Ask::held()).await.id;
    world.sequence().await;
    world.submit(&Ask::held()).await;
    let mut app = world.app().await;
    for sql in [
        "alter table holdpoint.changes disable trigger all".to_owned(),
        "drop trigger b_guard on holdpoint.changes".to_owned(),
        "set session_replication_role = replica".to_owned(),
        "set role holdpoint_owner".to_owned(),
        "create table holdpoint.mine (x int)".to_owned(),
        "create or replace function holdpoint.guard_change() returns trigger language plpgsql as $$ begin return new; end $$".to_owned(),
        "insert into holdpoint.transitions values ('held', 'executing')".to_owned(),
        format!("update holdpoint.changes set content = 'x' where id = '{change}'"),
        format!("update holdpoint.changes set requester_operator = null where id = '{change}'"),
        format!("update holdpoint.changes set requirements = null where id = '{change}'"),
        format!("update holdpoint.changes set version = 9 where id = '{change}'"),
        format!("update holdpoint.changes set environment = 'development' where id = '{change}'"),
        "drop trigger c_unfrozen on holdpoint.changes".to_owned(),
        "delete from holdpoint.inventory_workspaces".to_owned(),
        "insert into holdpoint.changes (id) values ('x')".to_owned(),
        "delete from holdpoint.changes".to_owned(),
        "truncate holdpoint.changes cascade".to_owned(),
        "update holdpoint.approvals set answer = 'approve'".to_owned(),
        "delete from holdpoint.approvals".to_owned(),
        "update holdpoint.people set groups = '{reviewers,dba}'".to_owned(),
        "update holdpoint.agents set operator = null".to_owned(),
        "insert into holdpoint.ledger_events (kind, actor, commitment) values ('a.b', 'x', sha256('x'))".to_owned(),
        "insert into holdpoint.ledger_pending values (1)".to_owned(),
        "select holdpoint.write_event('change.approved', 'x', null, null, '{}')".to_owned(),
        "update holdpoint.ledger_events set actor = 'x'".to_owned(),
        "delete from holdpoint.ledger_bodies".to_owned(),
        "delete from holdpoint.ledger_leaves".to_owned(),
        "insert into holdpoint.migrations values (99, 'x', now(), true, '', 0)".to_owned(),
    ] {
        let (state, message) = refused(&mut app, &sql).await;
        assert_eq!(state, "42501", "{sql}: {message}");
    }
}

#[tokio::test]
async fn the_tree_takes_true_leaves_only_and_its_head_never_goes_back() {
    let world = world!();
    world.sequence().await;
    let change = world.submit(&Ask::held()).await.id;
    let mut app = world.app().await;
    let event: i64 = sqlx::query_scalar("select event_id from holdpoint.ledger_pending")
        .fetch_one(&mut app)
        .await
        .unwrap();
    let leaf = |idx: i64, text: &str| {
        format!("insert into holdpoint.ledger_leaves values ({idx}, {event}, '{text}')")
    };
    for sql in [
        // A lie about the event, a gap, and an event that would be forgotten.
        leaf(6, &format!("{{\"event\": {event}}}")),
        leaf(7, "{}"),
        "delete from holdpoint.ledger_pending".to_owned(),
        "update holdpoint.ledger_head set size = 5, checkpoint = E'x\\n5\\n'".to_owned(),
        "update holdpoint.ledger_head set size = 7, checkpoint = E'x\\n7\\n'".to_owned(),
        "update holdpoint.ledger_head set checkpoint = ''".to_owned(),
    ] {
        let (state, message) = refused(&mut app, &sql).await;
        assert_eq!(state, "23514", "{sql}: {message}");
    }
    let held = format!("update holdpoint.changes set state = 'executing' where id = '{change}'");
    assert_eq!(refused(&mut app, &held).await.0, "23514");
    assert_eq!(world.sequence().await.added, 1, "the true leaf goes in");
}

#[tokio::test]
async fn migrations_run_again_and_at_once_and_readiness_knows_what_is_missing() {
    let world = world!();
    let url = crate::postgres::url(&world.socket, &world.name, "postgres");
    let (a, b) = tokio::join!(holdpoint_store::migrate(&url), holdpoint_store::migrate(&url));
    a.unwrap();
    b.unwrap();
    world.db.ready().await.unwrap();
    let mut root = world.superuser().await;
    root.execute("update holdpoint.migrations set checksum = 'x'").await.unwrap();
    let edited = world.db.ready().await;
    assert!(matches!(edited, Err(holdpoint_store::Error::Inconsistent { .. })), "{edited:?}");
    assert!(holdpoint_store::migrate(&url).await.is_err());
    root.execute("delete from holdpoint.migrations").await.unwrap();
    let missing = world.db.ready().await;
    assert!(
        matches!(&missing, Err(holdpoint_store::Error::Unavailable(what)) if what.contains("holdpoint migrate")),
        "{missing:?}"
    );
    let owned: i64 = sqlx::query_scalar(
        "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner
         where c.relnamespace = 'holdpoint'::regnamespace and r.rolname <> 'holdpoint_owner'",
    )
    .fetch_one(&mut root)
    .await
    .unwrap();
    assert_eq!(owned, 0);
    root.execute(AssertSqlSafe("select 1".to_owned())).await.unwrap();
}
