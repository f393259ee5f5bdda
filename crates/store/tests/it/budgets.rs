//! Budgets: counted by the database, never overspent, whoever spends at once.

use std::sync::Arc;

use holdpoint_core::budget::{Account, Balance, Budget, Level, Limits, Spending};
use holdpoint_core::{Answer, Class, Environment, Facts, StateName, Verdict};
use holdpoint_store::Db;
use holdpoint_store::budgets::{self, Why};
use holdpoint_store::changes::Submitted;
use sqlx::{AssertSqlSafe, Executor as _};
use time::Duration;
use tokio::task::JoinSet;

use crate::fixture::{Ask, World, code, refused, world};
use crate::postgres;

const HOUR: Duration = Duration::hours(1);

fn of_agent(world: &World, amount: u64) -> Vec<(Account, u64)> {
    vec![(Account::Agent(world.agent.id.clone()), amount)]
}

fn of_class(world: &World, class: Class, amount: u64) -> Vec<(Account, u64)> {
    vec![(Account::Agent(world.agent.id.clone()), amount), (Account::Class(class), amount)]
}

async fn sum(world: &World, bookings: &[(Account, u64)]) -> Spending {
    budgets::sum(&mut world.db.conn().await.unwrap(), bookings, &world.agent.id).await.unwrap()
}

/// As the gateway does: lock and sum, judge, hand in, commit.
async fn spend(world: &World, db: &Db, bookings: Vec<(Account, u64)>) -> bool {
    let mut tx = db.begin().await.unwrap();
    let before = budgets::lock_and_sum(&mut tx, &bookings, &world.agent.id).await.unwrap();
    let budget = Budget::weigh(&bookings, false, Some(&before), &Limits::default());
    let within = budget.level == Level::Within;
    let verdict = if within { Verdict::Allow } else { Verdict::Deny };
    // Judging takes a moment, in which others would spend the same.
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    let ask = Ask { bookings, facts: Facts { budget, ..Facts::default() }, ..Ask::of(verdict) };
    let submitted = world.submit_on(&mut tx, &world.agent, &ask).await.unwrap();
    assert!(matches!(submitted, Submitted::Created(_)));
    tx.commit().await.unwrap();
    within
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_over_two_pools_never_overspend() {
    let world = Arc::new(world!());
    let url = postgres::url(&world.socket, &world.name, "holdpoint_app");
    let other = Db::connect(&url, 24).await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..50_u64 {
        let world = Arc::clone(&world);
        let db = if number % 2 == 0 { world.db.clone() } else { other.clone() };
        tasks.spawn(async move {
            let mut bookings = of_class(&world, Class::Compute, 1 + number % 3);
            if number % 4 == 0 {
                bookings.reverse();
            }
            spend(&world, &db, bookings).await
        });
    }
    let passed = tasks.join_all().await.into_iter().filter(|passed| *passed).count();
    let spent = sum(&world, &of_class(&world, Class::Compute, 0)).await;
    let [(_, agent, _), (_, class, _)] = spent.booked.as_slice() else { panic!("{spent:?}") };
    assert!(*agent <= 9 && *agent >= 7 && agent == class, "{spent:?}");
    assert!(passed >= 3, "{passed}");
    assert_eq!(spent.refusals, 50 - passed as u64);
}

#[tokio::test]
async fn forty_small_deletes_meet_the_wall_of_one_of_forty() {
    let world = world!();
    let mut passed = 0;
    for _ in 0..40 {
        passed += u64::from(spend(&world, &world.db, of_agent(&world, 1)).await);
    }
    assert_eq!(passed, Limits::default().agent.over_hour);
    assert!(!spend(&world, &world.db, of_agent(&world, 40)).await);
    assert_eq!(sum(&world, &[]).await.refusals, 32);
}

#[tokio::test]
async fn the_window_slides_by_the_databases_clock() {
    let world = world!();
    let mut root = world.superuser().await;
    let mut entry = async |account: &str, amount: u64, why: &str, age: &str| {
        let change = world.submit(&Ask::allowed()).await.id;
        root.execute(AssertSqlSafe(format!(
            "insert into holdpoint.budget_entries (account, amount, change_id, why, at)
             values ('{account}', {amount}, '{change}', '{why}', clock_timestamp() - interval '{age}')"
        )))
        .await
        .unwrap();
    };
    let (agent, class) = (Account::Agent(world.agent.id.clone()), Account::Class(Class::Data));
    entry(&agent.key(), 1, "allow", "59 minutes").await;
    entry(&agent.key(), 2, "approve", "61 minutes").await;
    entry(&agent.key(), 4, "allow", "1439 minutes").await;
    entry(&agent.key(), 8, "allow", "1441 minutes").await;
    entry(&class.key(), 16, "allow", "1 minute").await;
    entry(&agent.key(), 0, "refusal", "59 minutes").await;
    entry(&agent.key(), 0, "refusal", "61 minutes").await;
    entry("agent:agt_other", 0, "refusal", "1 minute").await;
    let spent = sum(&world, &[(class.clone(), 1), (agent.clone(), 1)]).await;
    assert_eq!(spent.refusals, 1);
    let mut booked = spent.booked;
    booked.sort();
    assert_eq!(booked, [(agent.key(), 1, 7), (class.key(), 16, 16)]);
}

#[tokio::test]
async fn a_change_is_booked_once_and_only_when_it_may_pass() {
    let world = world!();
    let ask = || Ask {
        key: Some("one"),
        content: b"delete".to_vec(),
        request: holdpoint_core::Digest::of(b"r"),
        bookings: of_class(&world, Class::Data, 1),
        ..Ask::allowed()
    };
    for _ in 0..3 {
        world.submit(&ask()).await;
    }
    let held = Ask { bookings: of_class(&world, Class::Data, 1), ..Ask::needs("reviewers:1") };
    let held = world.submit(&held).await;
    assert!(sum(&world, &of_class(&world, Class::Data, 0)).await.booked.iter().all(|b| b.1 == 1));
    let bookings = of_class(&world, Class::Data, 1);
    world.answer_booking(&held, &world.ann, Answer::Approve, HOUR, &bookings).await.unwrap();
    assert!(sum(&world, &bookings).await.booked.iter().all(|b| b.1 == 2));
    let mut tx = world.db.begin().await.unwrap();
    budgets::book(&mut tx, held.id, &bookings, Why::Approve).await.unwrap();
    tx.commit().await.unwrap();
    assert!(sum(&world, &bookings).await.booked.iter().all(|b| b.1 == 2), "the same again books nothing");
    // Very long and odd sessions are accounts too.
    let odd = vec![(Account::Session(format!("{}/\u{0}{}", world.agent.id, "ü".repeat(5_000))), 3)];
    world.submit(&Ask { bookings: odd.clone(), ..Ask::allowed() }).await;
    assert_eq!(sum(&world, &odd).await.booked, [(odd[0].0.key(), 3, 3)]);
}

#[tokio::test]
async fn refusals_are_counted_where_something_would_have_been_destroyed() {
    let world = world!();
    let bookings = of_agent(&world, 1);
    world.submit(&Ask::of(Verdict::Deny)).await;
    assert_eq!(sum(&world, &bookings).await.refusals, 0, "it destroys nothing");
    world.submit(&Ask { bookings: bookings.clone(), ..Ask::of(Verdict::Deny) }).await;
    assert_eq!(sum(&world, &bookings).await.refusals, 1);
    let held = world.submit(&Ask { bookings: bookings.clone(), ..Ask::held() }).await;
    world.answer_booking(&held, &world.ann, Answer::Reject, HOUR, &bookings).await.unwrap();
    assert_eq!(sum(&world, &bookings).await.refusals, 2);
    let held = world.submit(&Ask::held()).await;
    world.answer(&held, &world.ann, Answer::Reject).await.unwrap();
    let spent = sum(&world, &bookings).await;
    assert_eq!((spent.refusals, spent.booked), (2, vec![(bookings[0].0.key(), 0, 0)]));
    let others =
        budgets::sum(&mut world.db.conn().await.unwrap(), &bookings, &world.pipeline.id).await.unwrap();
    assert_eq!(others.refusals, 0);
}

#[tokio::test]
async fn the_weight_of_an_escalation_is_booked() {
    let world = world!();
    let bookings = of_agent(&world, 1);
    let balance =
        Balance { account: bookings[0].0.clone(), amount: 5, hour: 5, day: 5, level: Level::Within };
    let budget = Budget { level: Level::Within, accounts: vec![balance], escalated: true };
    let facts = Facts { budget, ..Facts::default() };
    world.submit(&Ask { bookings: bookings.clone(), facts: facts.clone(), ..Ask::allowed() }).await;
    assert_eq!(sum(&world, &bookings).await.booked[0].1, 5);
    // Refused within the hour, it weighs five times when people release it, too.
    world.submit(&Ask { bookings: bookings.clone(), ..Ask::of(Verdict::Deny) }).await;
    let held = world.submit(&Ask { bookings: bookings.clone(), facts, ..Ask::needs("reviewers:1") }).await;
    world.answer_booking(&held, &world.ann, Answer::Approve, HOUR, &bookings).await.unwrap();
    assert_eq!(sum(&world, &bookings).await.booked[0].1, 10);
}

#[tokio::test]
async fn people_release_no_more_than_there_is_and_may_answer_again() {
    let world = world!();
    let three = of_class(&world, Class::Data, 3);
    let held = async |environment| {
        world.submit(&Ask { bookings: three.clone(), environment, ..Ask::needs("reviewers:1") }).await
    };
    let first = held(Environment::Production).await;
    let second = held(Environment::Unknown).await;
    let staging = held(Environment::Staging).await;
    let moved = world.answer_booking(&first, &world.ann, Answer::Approve, HOUR, &three).await.unwrap();
    assert_eq!(moved.state.name(), StateName::Approved);
    for _ in 0..2 {
        let spent = world.answer_booking(&second, &world.ann, Answer::Approve, HOUR, &three).await;
        assert_eq!(code(spent), "budget_spent");
        assert_eq!(world.get(&second).await.state.name(), StateName::Held);
    }
    // Elsewhere than in production people may go beyond it, and it counts.
    world.answer_booking(&staging, &world.ann, Answer::Approve, HOUR, &three).await.unwrap();
    assert_eq!(sum(&world, &three).await.booked[1].1, 6);
    // There is no limit to rejecting.
    let rejected = world.answer_booking(&second, &world.bob, Answer::Reject, HOUR, &three).await.unwrap();
    assert_eq!(rejected.state.name(), StateName::Rejected);
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_at_once_never_overspend() {
    let world = Arc::new(world!());
    let other = Db::connect(&postgres::url(&world.socket, &world.name, "holdpoint_app"), 8).await.unwrap();
    let one = of_class(&world, Class::Data, 1);
    let mut tasks = JoinSet::new();
    for number in 0..16 {
        let ask = Ask { bookings: one.clone(), ..Ask::needs("reviewers:1") };
        let change = world.submit(&ask).await;
        let (world, one, other) = (Arc::clone(&world), one.clone(), other.clone());
        tasks.spawn(async move {
            if number % 4 == 0 {
                // A submission that locks the same accounts meanwhile.
                spend(&world, &other, one.clone()).await;
            }
            world.answer_booking(&change, &world.ann, Answer::Approve, HOUR, &one).await
        });
    }
    let results = tasks.join_all().await;
    let (approved, spent): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    for refused in spent {
        assert_eq!(code(refused), "budget_spent");
    }
    let booked = sum(&world, &one).await.booked[1].1;
    assert_eq!(booked, Limits::default().data.spent_hour);
    assert!(approved.len() as u64 <= booked, "the rest was allowed unattended");
}

#[tokio::test]
async fn entries_only_grow() {
    let world = world!();
    world.submit(&Ask { bookings: of_agent(&world, 1), ..Ask::allowed() }).await;
    let (mut app, mut root) = (world.app().await, world.superuser().await);
    for sql in [
        "update holdpoint.budget_entries set amount = 0",
        "delete from holdpoint.budget_entries",
        "truncate holdpoint.budget_entries",
    ] {
        assert_eq!(refused(&mut app, sql).await.0, "42501", "{sql}");
        assert_eq!(refused(&mut root, sql).await.0, "23001", "{sql}");
    }
    let past = "insert into holdpoint.budget_entries (account, amount, at, change_id, why)
                select account, amount, at - interval '1 day', change_id, 'approve' from holdpoint.budget_entries";
    assert_eq!(refused(&mut app, past).await.0, "42501", "the daemon does not say when");
    let negative = "insert into holdpoint.budget_entries (account, amount, change_id, why)
                    select account, -1, change_id, 'approve' from holdpoint.budget_entries";
    assert_eq!(refused(&mut app, negative).await.0, "23514");
}
