//! Commands that the daemon carries out: what runs is what was judged, one daemon looks after it, and it is started once.

use holdpoint_core::{Digest, Format, Source};
use holdpoint_store::changes::StoredChange;
use holdpoint_store::executions::{self, Pace};
use holdpoint_store::{Error, changes};
use time::Duration;

use super::fixture::{Ask, World, attempt_id};

const DOCUMENT: &[u8] = br#"{"document":{"name":"AWS-RunShellScript"}}"#;

const PACE: Pace =
    Pace { silence: Duration::hours(1), between: Duration::milliseconds(1), memory: Duration::hours(1) };

fn ask(format: Format) -> Ask<'static> {
    let source = Source { plan_sha256: Some(Digest::of(DOCUMENT)), ..Source::default() };
    Ask { format, source, ..Ask::allowed() }
}

async fn command(world: &World) -> StoredChange {
    let change = world.submit(&ask(Format::Ssm)).await;
    executions::note(&mut world.db.conn().await.unwrap(), change.id, DOCUMENT).await.unwrap();
    change
}

async fn taken(world: &World, me: &str) -> Vec<String> {
    let mut conn = world.db.conn().await.unwrap();
    let taken = executions::take(&mut conn, me, PACE, 10).await.unwrap();
    taken.into_iter().map(|one| one.change.to_string()).collect()
}

#[tokio::test]
async fn what_runs_is_what_was_judged() {
    let Some(world) = World::new("what_runs_is_what_was_judged").await else { return };
    let change = world.submit(&ask(Format::Ssm)).await;
    let mut conn = world.db.conn().await.unwrap();
    let other = executions::note(&mut conn, change.id, b"{}").await;
    assert!(matches!(other, Err(Error::Refused(_))), "{other:?}");
    let plan = world.submit(&ask(Format::Terraform)).await;
    let no_command = executions::note(&mut conn, plan.id, DOCUMENT).await;
    assert!(matches!(no_command, Err(Error::Refused(_))), "{no_command:?}");
    executions::note(&mut conn, change.id, DOCUMENT).await.unwrap();
    let mut app = world.app().await;
    for statement in ["update holdpoint.executions set document = '{}'", "delete from holdpoint.executions"] {
        assert!(sqlx::query(statement).execute(&mut app).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn one_daemon_looks_after_it_at_a_time() {
    let Some(world) = World::new("one_daemon_looks_after_it_at_a_time").await else { return };
    let change = command(&world).await;
    let id = vec![change.id.to_string()];
    assert_eq!(taken(&world, "one").await, id);
    assert!(taken(&world, "two").await.is_empty());
    let mut app = world.superuser().await;
    sqlx::query("update holdpoint.executions set followed_until = now() - interval '1 second'")
        .execute(&mut app)
        .await
        .unwrap();
    assert_eq!(taken(&world, "two").await, id, "the first one is silent");
}

#[tokio::test]
async fn a_requester_that_was_revoked_starts_nothing_more() {
    let Some(world) = World::new("a_requester_that_was_revoked_starts_nothing_more").await else { return };
    let _ = command(&world).await;
    let mut root = world.superuser().await;
    sqlx::query("update holdpoint.agents set revoked_at = now()").execute(&mut root).await.unwrap();
    assert!(taken(&world, "one").await.is_empty());
}

#[tokio::test]
async fn it_has_one_execution_and_is_cancelled_only_while_it_runs() {
    let Some(world) = World::new("it_has_one_execution_and_is_cancelled_only_while_it_runs").await else {
        return;
    };
    let change = command(&world).await;
    let mut conn = world.db.conn().await.unwrap();
    assert!(executions::started(&mut conn, change.id, "e-1").await.is_err(), "nobody claimed it");
    let early = executions::cancel(&mut conn, change.id, "per_x").await;
    assert!(matches!(early, Err(Error::Conflict { code: "not_executing", .. })), "{early:?}");
    let attempt = attempt_id();
    let _ = world.claim(&change, attempt).await.unwrap();
    executions::started(&mut conn, change.id, "e-1").await.unwrap();
    executions::started(&mut conn, change.id, "e-1").await.unwrap();
    assert!(executions::started(&mut conn, change.id, "e-2").await.is_err(), "there is one");
    executions::cancel(&mut conn, change.id, "per_x").await.unwrap();
    executions::cancel(&mut conn, change.id, "per_y").await.unwrap();
    let seen = executions::of(&mut conn, change.id).await.unwrap().unwrap();
    assert_eq!((seen.id.as_deref(), seen.cancelled_by.as_deref()), (Some("e-1"), Some("per_x")));
    let kinds = world.kinds(&change).await;
    let of = |kind: &str| kinds.iter().filter(|found| *found == kind).count();
    assert_eq!((of("execution.started"), of("execution.cancelled")), (1, 1), "{kinds:?}");
    assert_eq!(changes::get(&mut conn, change.id).await.unwrap().attempt.unwrap().id, attempt);
}
