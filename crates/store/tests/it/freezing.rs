//! Freezes: what they stop, when they end, and who hears of them.

use std::sync::Arc;
use std::time::Instant;

use holdpoint_core::{Environment, Facts, Freeze, FreezeId, Frozen, Scope, StateName, Verdict};
use holdpoint_store::changes::{Claim, ClaimError, StoredChange, Submitted};
use holdpoint_store::freezes::{self, StoredFreeze};
use holdpoint_store::wake::{self, Listener};
use holdpoint_store::{Error, people};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use time::Duration;
use tokio::task::JoinSet;

use crate::fixture::{Ask, World, attempt_id, epoch, refused, unique, world};
use crate::postgres;

const HOUR: Duration = Duration::hours(1);
const ENVIRONMENTS: [Environment; 4] =
    [Environment::Development, Environment::Staging, Environment::Unknown, Environment::Production];

async fn freeze(world: &World, scope: Scope, lasts: Duration) -> StoredFreeze {
    let mut tx = world.db.begin().await.unwrap();
    let id = FreezeId::new(epoch(), unique());
    let set = freezes::set(&mut tx, id, &scope, "the site is down", &world.ann, lasts).await.unwrap();
    tx.commit().await.unwrap();
    set
}

async fn lift(world: &World, freeze: &StoredFreeze) -> StoredFreeze {
    let mut tx = world.db.begin().await.unwrap();
    let lifted = freezes::lift(&mut tx, freeze.id, &world.bob).await.unwrap();
    tx.commit().await.unwrap();
    lifted
}

async fn in_force(world: &World) -> Vec<StoredFreeze> {
    freezes::in_force(&mut world.db.conn().await.unwrap()).await.unwrap()
}

fn is_frozen(result: &Result<Claim, ClaimError>) -> bool {
    matches!(result, Err(ClaimError::Store(Error::Conflict { code: "frozen", .. })))
}

fn knows(freeze: &StoredFreeze) -> Facts {
    Facts { freeze: Freeze::Frozen(freeze.frozen.clone()), ..Facts::default() }
}

#[tokio::test]
async fn nothing_covered_is_carried_out_until_it_is_lifted() {
    let world = world!();
    let everything = Scope::Everything;
    let agent = Scope::Agent(world.agent.id.clone());
    let production = Scope::Environment(Environment::Production);
    let at = |environment| Ask { environment, ..Ask::allowed() };
    for (scope, environment) in [
        (everything, Environment::Development),
        (agent, Environment::Development),
        (production.clone(), Environment::Production),
        (production, Environment::Unknown),
    ] {
        let change = world.submit(&at(environment)).await;
        let set = freeze(&world, scope.clone(), HOUR).await;
        let result = world.claim(&change, attempt_id()).await;
        assert!(is_frozen(&result), "{scope:?}: {result:?}");
        let Err(ClaimError::Store(Error::Conflict { what, .. })) = result else { panic!() };
        assert!(what.contains(&set.id.to_string()) && what.contains("the site is down"), "{what}");
        // The database says so by itself, and leaves the change as it was.
        let mut root = world.superuser().await;
        let sql = format!(
            "update holdpoint.changes set state = 'executing', fence = 1, grant_id = 'grt_{0}', attempt_id = 'att_{0}',
               claimed_at = now(), lease_until = now() + interval '1 h' where id = '{1}'",
            "0".repeat(26),
            change.id
        );
        assert_eq!(refused(&mut root, &sql).await.0, "HP001");
        assert_eq!(world.get(&change).await, change);
        lift(&world, &set).await;
        assert!(matches!(world.claim(&change, attempt_id()).await, Ok(Claim::Granted(..))), "{scope:?}");
    }
}

#[tokio::test]
async fn what_is_not_covered_goes_on() {
    let world = world!();
    let staging = world.submit(&Ask { environment: Environment::Staging, ..Ask::allowed() }).await;
    let own = world.try_submit(&world.pipeline, &Ask::allowed()).await.unwrap().change().unwrap().clone();
    freeze(&world, Scope::Agent(world.agent.id.clone()), Duration::milliseconds(1)).await;
    freeze(&world, Scope::Environment(Environment::Production), Duration::milliseconds(400)).await;
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    // The one of a millisecond is over, and staging is not production.
    assert!(matches!(world.claim(&staging, attempt_id()).await, Ok(Claim::Granted(..))));
    assert!(is_frozen(&world.claim(&own, attempt_id()).await));
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(matches!(world.claim(&own, attempt_id()).await, Ok(Claim::Granted(..))), "it ended by itself");
    assert!(in_force(&world).await.is_empty());
}

/// The database and the core decide alike, for every scope, requester and environment, and name the same freeze.
#[tokio::test]
async fn the_database_covers_what_core_covers() {
    let world = world!();
    let mut scopes = vec![Scope::Agent(world.agent.id.clone()), Scope::Agent(world.pipeline.id.clone())];
    scopes.extend(ENVIRONMENTS.map(Scope::Environment));
    scopes.push(Scope::Everything);
    let mut set: Vec<Frozen> = Vec::new();
    let mut app = world.app().await;
    // One after the other alone, and then all of them together, the narrow ones first.
    for keep in [false, true] {
        for scope in &scopes {
            let made = freeze(&world, scope.clone(), HOUR).await;
            set.push(made.frozen.clone());
            for requester in [&world.agent.id, &world.pipeline.id, &"agt_other".to_owned()] {
                for environment in ENVIRONMENTS {
                    let said: Option<String> =
                        sqlx::query_scalar("select scope from holdpoint.freeze_over($1, $2)")
                            .bind(requester)
                            .bind(environment.as_str())
                            .fetch_optional(&mut app)
                            .await
                            .unwrap();
                    let core = match Freeze::of(&set, requester, environment) {
                        Freeze::Frozen(frozen) => Some(frozen.scope.key()),
                        _ => None,
                    };
                    assert_eq!(said, core, "{set:?} over {requester} in {environment:?}");
                }
            }
            if !keep {
                lift(&world, &made).await;
                set.clear();
            }
        }
    }
}

#[tokio::test]
async fn a_freeze_is_shown_with_names_and_leaves_its_events() {
    let world = world!();
    let first = freeze(&world, Scope::Everything, HOUR).await;
    let left = first.frozen.until - first.created_at;
    assert!(left > Duration::minutes(59) && left <= HOUR, "{left}");
    assert_eq!((first.frozen.by.as_str(), first.frozen.reason.as_str()), ("Ann", "the site is down"));
    let second = freeze(&world, Scope::Environment(Environment::Staging), HOUR).await;
    assert_eq!(in_force(&world).await, [first.clone(), second.clone()]);
    let lifted = lift(&world, &first).await;
    assert_eq!(lifted.lifted_by.as_deref(), Some("Bob"));
    assert_eq!(lift(&world, &first).await, lifted, "lifting it again changes nothing");
    assert_eq!(in_force(&world).await, std::slice::from_ref(&second));
    let recent = freezes::recent(&mut world.db.conn().await.unwrap(), 10).await.unwrap();
    assert_eq!(recent, [second, lifted]);
    assert_eq!(freezes::recent(&mut world.db.conn().await.unwrap(), 1).await.unwrap().len(), 1);
    let mut tx = world.db.begin().await.unwrap();
    let none = freezes::lift(&mut tx, FreezeId::new(epoch(), unique()), &world.ann).await;
    assert!(matches!(none, Err(Error::NotFound { .. })), "{none:?}");
    let events: Vec<(String, String)> = sqlx::query_as(
        "select kind, actor from holdpoint.ledger_events where kind like 'freeze.%' order by id",
    )
    .fetch_all(&mut world.superuser().await)
    .await
    .unwrap();
    let (ann, bob) = (world.ann.id.to_string(), world.bob.id.to_string());
    let expected = [("freeze.set", &ann), ("freeze.set", &ann), ("freeze.lifted", &bob)];
    assert_eq!(events, expected.map(|(kind, who)| (kind.to_owned(), who.clone())));
}

#[tokio::test]
async fn freezes_are_lifted_never_edited_and_set_by_people_only() {
    let world = world!();
    let set = freeze(&world, Scope::Everything, HOUR).await;
    let mut app = world.app().await;
    let mut root = world.superuser().await;
    for column in ["id", "scope", "reason", "created_by", "created_at", "until"] {
        let sql = format!("update holdpoint.freezes set {column} = {column}");
        assert_eq!(refused(&mut root, &sql).await.0, "23001", "{column}");
        assert_eq!(refused(&mut app, &sql).await.0, "42501", "{column}");
    }
    for sql in ["delete from holdpoint.freezes", "truncate holdpoint.freezes"] {
        assert_eq!(refused(&mut root, sql).await.0, "23001", "{sql}");
        assert_eq!(refused(&mut app, sql).await.0, "42501", "{sql}");
    }
    assert_eq!(refused(&mut app, "update holdpoint.freezes set lifted_at = now()").await.0, "42501");
    let unknown = format!("update holdpoint.freezes set lifted_by = '{}'", world.agent.id);
    assert_eq!(refused(&mut app, &unknown).await.0, "23514", "an agent lifts nothing");
    lift(&world, &set).await;
    let again = format!("update holdpoint.freezes set lifted_by = '{}'", world.ann.id);
    assert_eq!(refused(&mut app, &again).await.0, "23001", "once");
    let undo = "update holdpoint.freezes set lifted_by = null";
    assert_eq!(refused(&mut app, undo).await.0, "23001", "lifted stays lifted");

    let mut tx = world.db.begin().await.unwrap();
    people::revoke(&mut tx, world.ann.id, "holdpoint").await.unwrap();
    let id = FreezeId::new(epoch(), unique());
    let revoked = freezes::set(&mut tx, id, &Scope::Everything, "x", &world.ann, HOUR).await;
    assert!(matches!(revoked, Err(Error::Refused(_))), "{revoked:?}");
}

#[tokio::test]
async fn every_listener_hears_of_it_at_once() {
    let world = world!();
    let url = postgres::url(&world.socket, &world.name, "holdpoint_app");
    let (mut one, mut two) = (Listener::connect(&url).await.unwrap(), Listener::connect(&url).await.unwrap());
    let set = freeze(&world, Scope::Everything, HOUR).await;
    let started = Instant::now();
    wake::notify(&world.db).await.unwrap();
    let soon = std::time::Duration::from_secs(2);
    let (a, b) = tokio::join!(tokio::time::timeout(soon, one.next()), tokio::time::timeout(soon, two.next()));
    a.expect("woken").unwrap();
    b.expect("woken").unwrap();
    println!("both listeners heard of the freeze after {:?}", started.elapsed());
    assert_eq!(in_force(&world).await, [set]);
}

/// Once the freeze has committed, nothing more begins, however many claims are in flight.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_among_claims_in_flight_lets_none_pass_after_it() {
    let world = Arc::new(world!());
    let mut changes: Vec<StoredChange> = Vec::new();
    for _ in 0..60 {
        changes.push(world.submit(&Ask::allowed()).await);
    }
    let mut tasks = JoinSet::new();
    for (number, change) in changes.into_iter().enumerate() {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(number as u64)).await;
            world.claim(&change, attempt_id()).await
        });
    }
    tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    let count = async || -> i64 {
        sqlx::query_scalar("select count(*) from holdpoint.changes where state = 'executing'")
            .fetch_one(&mut world.superuser().await)
            .await
            .unwrap()
    };
    freeze(&world, Scope::Everything, HOUR).await;
    let before = count().await;
    let results = tasks.join_all().await;
    let granted = results.iter().filter(|result| result.is_ok()).count();
    assert!(results.iter().all(|result| result.is_ok() || is_frozen(result)), "{results:?}");
    assert_eq!((count().await, i64::try_from(granted).unwrap()), (before, before));
    assert!(before < 60, "some were stopped");
}

/// A claim that has looked and not yet committed, as a transaction of its own.
async fn claiming(world: &World, change: &StoredChange) -> PgConnection {
    let mut claim = world.superuser().await;
    claim.execute("begin").await.unwrap();
    claim
        .execute(AssertSqlSafe(format!(
            "update holdpoint.changes set state = 'executing', fence = 1, grant_id = 'grt_{0}', attempt_id = 'att_{0}',
               claimed_at = now(), lease_until = now() + interval '1 h' where id = '{1}'",
            "0".repeat(26),
            change.id
        )))
        .await
        .unwrap();
    claim
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_waits_for_claims_that_have_looked_already() {
    let world = Arc::new(world!());
    let change = world.submit(&Ask::allowed()).await;
    let mut claim = claiming(&world, &change).await;
    let mut setting = JoinSet::new();
    let freezer = Arc::clone(&world);
    setting.spawn(async move { freeze(&freezer, Scope::Everything, HOUR).await });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(setting.try_join_next().is_none(), "nothing would begin after it, yet this claim is about to");
    claim.execute("commit").await.unwrap();
    setting.join_all().await;
    assert_eq!(world.get(&change).await.state.name(), StateName::Executing);
}

#[tokio::test]
async fn a_claim_that_hangs_does_not_hold_the_stop_button_up() {
    let world = world!();
    let change = world.submit(&Ask::allowed()).await;
    let _hanging = claiming(&world, &change).await;
    let started = Instant::now();
    freeze(&world, Scope::Everything, HOUR).await;
    assert!(started.elapsed() < std::time::Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn what_was_judged_without_the_freeze_is_judged_again() {
    let world = world!();
    let known = Ask { key: Some("before"), ..Ask::held() };
    let before = world.submit(&known).await;
    let production = freeze(&world, Scope::Environment(Environment::Production), HOUR).await;
    for verdict in [Verdict::Allow, Ask::held().verdict] {
        for environment in [Environment::Production, Environment::Unknown] {
            let ask = Ask { environment, ..Ask::of(verdict.clone()) };
            assert_eq!(world.try_submit(&world.agent, &ask).await.unwrap(), Submitted::Moved);
        }
        let elsewhere = Ask { environment: Environment::Staging, ..Ask::of(verdict.clone()) };
        assert!(matches!(world.try_submit(&world.agent, &elsewhere).await.unwrap(), Submitted::Created(_)));
        // Judged with it, or without being able to tell, it is recorded; the claim is refused all the same.
        let told = Ask { facts: knows(&production), ..Ask::of(verdict.clone()) };
        assert!(matches!(world.try_submit(&world.agent, &told).await.unwrap(), Submitted::Created(_)));
        let freeze = Freeze::Unknown { why: "the database was slow".to_owned() };
        let closed = Ask { facts: Facts { freeze, ..Facts::default() }, ..Ask::of(verdict) };
        assert!(matches!(world.try_submit(&world.agent, &closed).await.unwrap(), Submitted::Created(_)));
    }
    assert_eq!(world.submit(&Ask::of(Verdict::Deny)).await.state.name(), StateName::Denied);
    // What was handed in before is found again once it is judged with the freeze.
    let again =
        Ask { facts: knows(&production), content: known.content.clone(), request: known.request, ..known };
    assert_eq!(world.try_submit(&world.agent, &again).await.unwrap(), Submitted::Existing(before));
    // A wider one has come since.
    freeze(&world, Scope::Everything, HOUR).await;
    let narrow = Ask { facts: knows(&production), ..Ask::held() };
    assert_eq!(world.try_submit(&world.agent, &narrow).await.unwrap(), Submitted::Moved);
    let moved: i64 = sqlx::query_scalar("select count(*) from holdpoint.changes")
        .fetch_one(&mut world.superuser().await)
        .await
        .unwrap();
    assert_eq!(moved, 8, "what is to be judged again leaves nothing behind");
}
