//! Answers: who may, what they move, and one outcome when they race.

use std::sync::Arc;

use holdpoint_core::{Answer, Digest, State, StateName};
use holdpoint_store::{Error, approvals, changes};
use time::Duration;

use crate::fixture::{Ask, World, code, world};

#[tokio::test]
async fn the_last_approval_missing_approves_and_each_leaves_its_event() {
    let world = world!();
    let change = world.submit(&Ask::held()).await;
    let one = world.answer(&change, &world.ann, Answer::Approve).await.unwrap();
    assert_eq!(one.state.name(), StateName::Held);
    // The same answer again changes nothing, the other one is refused.
    assert_eq!(world.answer(&change, &world.ann, Answer::Approve).await.unwrap().version, one.version);
    assert_eq!(code(world.answer(&change, &world.ann, Answer::Reject).await), "already_answered");
    let two = world.answer_for(&change, &world.bob, Answer::Approve, Duration::minutes(10)).await.unwrap();
    let State::Approved { until } = two.state else { panic!("{:?}", two.state) };
    let left = until - two.updated_at;
    assert!(left > Duration::minutes(9) && left <= Duration::minutes(10), "{left}");
    assert_eq!(world.get(&change).await, two);
    let kinds = ["change.held", "approval.approve", "approval.approve", "change.approved"];
    assert_eq!(world.kinds(&change).await, kinds);
    let stored = approvals::of(&mut world.db.conn().await.unwrap(), change.id).await.unwrap();
    assert_eq!(stored.iter().map(|a| a.person_name.as_str()).collect::<Vec<_>>(), ["Ann", "Bob"]);
    assert_eq!(stored[1].approval.groups, world.bob.groups);
    assert_eq!(stored[0].approval.digest, change.digest);
    // Told again after the move, and too late for anybody else.
    assert_eq!(
        world.answer(&change, &world.bob, Answer::Approve).await.unwrap().state.name(),
        StateName::Approved
    );
    assert_eq!(code(world.answer(&change, &world.olga, Answer::Approve).await), "not_held");
}

#[tokio::test]
async fn one_reject_is_enough() {
    let world = world!();
    let change = world.submit(&Ask::held()).await;
    world.answer(&change, &world.ann, Answer::Approve).await.unwrap();
    let moved = world.answer(&change, &world.bob, Answer::Reject).await.unwrap();
    assert_eq!(moved.state, State::Rejected { by: world.bob.id });
    let kinds = ["change.held", "approval.approve", "approval.reject", "change.rejected"];
    assert_eq!(world.kinds(&change).await, kinds);
}

#[tokio::test]
async fn who_may_not_and_what_is_stale_is_told_so() {
    let world = world!();
    let mut change = world.submit(&Ask::held()).await;
    assert_eq!(code(world.answer(&change, &world.olga, Answer::Approve).await), "not_entitled");
    assert_eq!(code(world.answer(&change, &world.dba, Answer::Reject).await), "not_entitled");
    let own = world.try_submit(&world.ann.actor(), &Ask::held()).await.unwrap().change().unwrap().clone();
    assert_eq!(code(world.answer(&own, &world.ann, Answer::Approve).await), "not_entitled");
    change.digest = Digest::of(b"something else");
    assert_eq!(code(world.answer(&change, &world.ann, Answer::Approve).await), "stale_digest");
    let soon = world.submit(&Ask { hold_for: Duration::milliseconds(300), ..Ask::held() }).await;
    tokio::time::sleep(std::time::Duration::from_millis(320)).await;
    assert_eq!(code(world.answer(&soon, &world.ann, Answer::Approve).await), "too_late");
}

/// A person who claims groups that the record does not show gains nothing: the record counts.
#[tokio::test]
async fn the_groups_on_record_count_not_those_claimed() {
    let world = world!();
    let change = world.submit(&Ask::held()).await;
    let mut boaster = world.dba.clone();
    boaster.groups.insert("reviewers".to_owned());
    let result = world.answer(&change, &boaster, Answer::Approve).await;
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
}

async fn race(
    world: &Arc<World>,
    change: &changes::StoredChange,
    answers: [Answer; 2],
) -> [Result<StateName, Error>; 2] {
    let one = {
        let (world, change) = (Arc::clone(world), change.clone());
        async move { world.answer(&change, &world.ann, answers[0]).await.map(|c| c.state.name()) }
    };
    let two = {
        let (world, change) = (Arc::clone(world), change.clone());
        async move { world.answer(&change, &world.bob, answers[1]).await.map(|c| c.state.name()) }
    };
    let (one, two) = tokio::join!(one, two);
    [one, two]
}

#[tokio::test(flavor = "multi_thread")]
async fn approve_against_reject_has_one_outcome_and_both_are_told() {
    let world = Arc::new(world!());
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..20 {
        let change = world.submit(&Ask::needs("reviewers:1")).await;
        let answers = if round % 2 == 0 {
            [Answer::Approve, Answer::Reject]
        } else {
            [Answer::Reject, Answer::Approve]
        };
        let results = race(&world, &change, answers).await;
        let is = world.get(&change).await.state.name();
        assert!(matches!(is, StateName::Approved | StateName::Rejected));
        let won = results.iter().filter(|one| matches!(one, Ok(state) if *state == is)).count();
        let lost =
            results.iter().filter(|one| matches!(one, Err(Error::Conflict { code: "not_held", .. }))).count();
        assert_eq!((won, lost), (1, 1), "{results:?}");
        seen.insert(is);
    }
    assert!(!seen.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_last_approvals_at_once_approve_once() {
    let world = Arc::new(world!());
    for _ in 0..10 {
        let change = world.submit(&Ask::held()).await;
        let results = race(&world, &change, [Answer::Approve, Answer::Approve]).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(world.get(&change).await.state.name(), StateName::Approved);
        assert_eq!(world.kinds(&change).await.iter().filter(|kind| *kind == "change.approved").count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn approve_against_expiry_has_one_outcome() {
    let world = Arc::new(world!());
    for round in 0..15 {
        let ask = Ask { hold_for: Duration::milliseconds(300), ..Ask::needs("reviewers:1") };
        let change = world.submit(&ask).await;
        tokio::time::sleep(std::time::Duration::from_millis(288 + round)).await;
        let (answered, expired) = tokio::join!(
            world.answer(&change, &world.ann, Answer::Approve),
            changes::run_out(&world.db, 100),
        );
        expired.unwrap();
        changes::run_out(&world.db, 100).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        changes::run_out(&world.db, 100).await.unwrap();
        let kinds = world.kinds(&change).await;
        match answered {
            Ok(_) => assert_eq!(kinds, ["change.held", "approval.approve", "change.approved"]),
            Err(Error::Conflict { code: "too_late" | "not_held", .. } | Error::Refused(_)) => {
                assert_eq!(kinds, ["change.held", "change.expired"]);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}
