//! From a database that stops at the first migration, with rows in it, to this build's.

use holdpoint_core::{Answer, Counts, Digest, Environment, FreezeId, Judgement, Scope, StateName, Verdict};
use holdpoint_store::changes::{self, Claim, ClaimError};
use holdpoint_store::{Conn, Error, freezes};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use time::Duration;

use crate::fixture::{Ask, World, attempt_id, epoch, unique};
use crate::postgres;

static EMBEDDED: Migrator = sqlx::migrate!("../../migrations");

/// The database as the first release left it.
async fn first(socket: &str, name: &str) {
    let mut root = PgConnection::connect(&postgres::url(socket, name, "postgres")).await.unwrap();
    root.execute(AssertSqlSafe(format!("grant create on database {name} to holdpoint_owner"))).await.unwrap();
    root.execute("set role holdpoint_owner").await.unwrap();
    let mut migrator = Migrator::with_migrations(EMBEDDED.iter().take(1).cloned().collect());
    migrator.create_schema("holdpoint");
    migrator.dangerous_set_table_name("holdpoint.migrations");
    migrator.run_direct(None, &mut root, false).await.unwrap();
    root.close().await.unwrap();
}

/// As the release before this one hands a change in.
async fn submit_before(c: &mut Conn, requester: &str, verdict: &str) -> Result<String, sqlx::Error> {
    let id = holdpoint_core::ChangeId::new(epoch(), unique()).to_string();
    let content = format!("content {}", unique()).into_bytes();
    let requirements = (verdict == "hold").then_some(r#"{"reviewers":1}"#);
    let judgement = Judgement {
        verdict: match verdict {
            "hold" => Verdict::Hold { requirements: "reviewers:1".parse().unwrap() },
            "allow" => Verdict::Allow,
            _ => Verdict::Deny,
        },
        reasons: Vec::new(),
        policy_version: Digest::of(b"policy"),
    };
    sqlx::query_scalar(
        "select id from holdpoint.submit($1, 'agent', $2, 'billing-bot', null, $3, 'terraform', $4, '{}',
           $8, '{}', '{}', null, '{}', $5, $6, $7, 3600000, 3600000)",
    )
    .bind(&id)
    .bind(requester)
    .bind(Digest::of(&content).as_bytes().as_slice())
    .bind(&content)
    .bind(serde_json::to_string(&judgement).unwrap())
    .bind(verdict)
    .bind(requirements)
    .bind(serde_json::to_string(&Counts::default()).unwrap())
    .fetch_one(c)
    .await
}

#[tokio::test]
async fn rows_of_the_first_release_live_on_under_the_new_rules() {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let Some((socket, name)) = postgres::empty(&name).await else { return };
    first(&socket, &name).await;
    let world = World::of(&socket, &name).await;
    let mut app = world.app().await;
    let allowed = submit_before(&mut app, &world.agent.id, "allow").await.unwrap();
    let held = submit_before(&mut app, &world.agent.id, "hold").await.unwrap();
    let before = world.db.ready().await;
    assert!(matches!(before, Err(Error::Unavailable(_))), "the daemon waits for the migration: {before:?}");

    holdpoint_store::migrate(&postgres::url(&socket, &name, "postgres")).await.unwrap();
    world.db.ready().await.unwrap();
    let mut c = world.db.conn().await.unwrap();
    let allowed = changes::get(&mut c, allowed.parse().unwrap()).await.unwrap();
    let held = changes::get(&mut c, held.parse().unwrap()).await.unwrap();
    assert_eq!((allowed.state.name(), held.state.name()), (StateName::Allowed, StateName::Held));

    // What has no environment counts as production.
    let mut tx = world.db.begin().await.unwrap();
    let id = FreezeId::new(epoch(), unique());
    let scope = Scope::Environment(Environment::Production);
    freezes::set(&mut tx, id, &scope, "stop", &world.ann, Duration::hours(1)).await.unwrap();
    tx.commit().await.unwrap();
    let frozen = world.claim(&allowed, attempt_id()).await;
    assert!(matches!(frozen, Err(ClaimError::Store(Error::Conflict { code: "frozen", .. }))), "{frozen:?}");
    // The release before this one still hands in while the upgrade rolls, and cannot pass the freeze by.
    for verdict in ["allow", "hold"] {
        let refused = submit_before(&mut app, &world.agent.id, verdict).await.map_err(Error::from);
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    }
    submit_before(&mut app, &world.agent.id, "deny").await.unwrap();
    let mut tx = world.db.begin().await.unwrap();
    freezes::lift(&mut tx, id, &world.ann).await.unwrap();
    tx.commit().await.unwrap();
    submit_before(&mut app, &world.agent.id, "allow").await.unwrap();
    assert!(matches!(world.claim(&allowed, attempt_id()).await, Ok(Claim::Granted(..))));
    world.answer(&held, &world.ann, Answer::Approve).await.unwrap();
    world.submit(&Ask::allowed()).await;
    world.sequence().await;
    assert!(matches!(world.claim(&held, attempt_id()).await, Ok(Claim::Granted(..))));
}
