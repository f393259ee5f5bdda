//! Claims, leases and reports: at most once, by the requester, after the record.

use std::sync::Arc;

use holdpoint_core::{ClaimRequest, Digest, GrantId, Outcome, Refusal, State, StateName};
use holdpoint_store::changes::{self, Claim, ClaimError};
use holdpoint_store::{Db, Error};
use time::Duration;
use tokio::task::JoinSet;

use crate::fixture::{Ask, World, attempt_id, code, epoch, unique, world};
use crate::postgres;

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_claims_over_two_pools_one_is_granted() {
    let world = Arc::new(world!());
    let other = Db::connect(&postgres::url(&world.socket, &world.name, "holdpoint_app"), 24).await.unwrap();
    for approved in [false, true] {
        let change =
            if approved { world.approved(&Ask::held()).await } else { world.submit(&Ask::allowed()).await };
        world.sequence().await;
        let mut tasks = JoinSet::new();
        for n in 0..40 {
            let (world, change) = (Arc::clone(&world), change.clone());
            let db = if n % 2 == 0 { world.db.clone() } else { other.clone() };
            tasks.spawn(async move {
                let request = ClaimRequest {
                    attempt: attempt_id(),
                    digest: change.digest,
                    source: change.source.clone(),
                };
                let grant = GrantId::new(epoch(), unique());
                changes::claim(&db, change.id, &change.requester, &request, None, Duration::hours(1), grant)
                    .await
            });
        }
        let results = tasks.join_all().await;
        assert_eq!(results.iter().filter(|one| matches!(one, Ok(Claim::Granted(..)))).count(), 1);
        let refused =
            |one: &&Result<Claim, ClaimError>| matches!(one, Err(ClaimError::Refused(Refusal::Claimed)));
        assert_eq!(results.iter().filter(refused).count(), 39, "{results:?}");
        assert_eq!(world.kinds(&change).await.iter().filter(|kind| *kind == "change.executing").count(), 1);
    }
}

#[tokio::test]
async fn the_same_attempt_asks_again_and_gets_no_second_grant() {
    let world = world!();
    let change = world.submit(&Ask::allowed()).await;
    let attempt = attempt_id();
    let Claim::Granted(grant, running) = world.claim(&change, attempt).await.unwrap() else { panic!() };
    assert_eq!((grant.change(), grant.digest(), grant.attempt()), (change.id, change.digest, attempt));
    assert_eq!(running.attempt.as_ref().unwrap().command.as_deref(), Some("terraform apply"));
    assert_eq!(world.get(&change).await, running);
    let Claim::Again(again) = world.claim(&change, attempt).await.unwrap() else { panic!() };
    assert_eq!(again, running);
    let other = world.claim(&change, attempt_id()).await;
    assert!(matches!(other, Err(ClaimError::Refused(Refusal::Claimed))), "{other:?}");
    // An attempt id is an idempotency token: it never serves two changes.
    let second = world.submit(&Ask::allowed()).await;
    let result = world.claim(&second, attempt).await;
    assert!(
        matches!(result, Err(ClaimError::Store(Error::Conflict { code: "attempt_used", .. }))),
        "{result:?}"
    );
    assert_eq!(world.get(&second).await.state.name(), StateName::Allowed);
}

#[tokio::test]
async fn nothing_but_the_approved_change_by_its_requester_in_time_is_claimed() {
    let world = world!();
    let change = world.submit(&Ask::allowed()).await;
    let mut other = change.clone();
    other.digest = Digest::of(b"another plan");
    let result = world.claim(&other, attempt_id()).await;
    assert!(matches!(result, Err(ClaimError::Refused(Refusal::OtherDigest { .. }))), "{result:?}");
    other = change.clone();
    other.requester = world.pipeline.clone();
    assert!(matches!(world.claim(&other, attempt_id()).await, Err(ClaimError::NotTheRequester)));
    let held = world.submit(&Ask::held()).await;
    let result = world.claim(&held, attempt_id()).await;
    assert!(matches!(result, Err(ClaimError::Refused(Refusal::State(StateName::Held)))), "{result:?}");
    let soon = world.submit(&Ask { grant_for: Duration::milliseconds(300), ..Ask::allowed() }).await;
    tokio::time::sleep(std::time::Duration::from_millis(320)).await;
    let result = world.claim(&soon, attempt_id()).await;
    assert!(matches!(result, Err(ClaimError::Refused(Refusal::TooLate(_)))), "{result:?}");
    assert!(matches!(world.claim(&change, attempt_id()).await, Ok(Claim::Granted(..))));
}

#[tokio::test]
async fn what_people_released_is_claimed_only_after_it_is_under_a_signed_head() {
    let world = world!();
    let change = world.approved(&Ask::held()).await;
    let result = world.claim(&change, attempt_id()).await;
    assert!(matches!(result, Err(ClaimError::NotRecorded)), "{result:?}");
    assert_eq!(world.get(&change).await.state.name(), StateName::Approved);
    world.sequence().await;
    assert!(matches!(world.claim(&change, attempt_id()).await, Ok(Claim::Granted(..))));
    // What policy allowed only has to be durable.
    let allowed = world.submit(&Ask::allowed()).await;
    assert!(matches!(world.claim(&allowed, attempt_id()).await, Ok(Claim::Granted(..))));
}

async fn report(
    world: &World,
    change: &changes::StoredChange,
    attempt: holdpoint_core::AttemptId,
    outcome: Outcome,
) -> Result<changes::StoredChange, Error> {
    let mut tx = world.db.begin().await?;
    let moved =
        changes::report(&mut tx, change.id, &change.requester, attempt, outcome, Some(1), Some("as told"))
            .await?;
    tx.commit().await?;
    Ok(moved)
}

#[tokio::test]
async fn a_report_ends_the_attempt_once_and_may_be_told_twice() {
    let world = world!();
    let (change, attempt) = world.executing().await;
    assert_eq!(code(report(&world, &change, attempt_id(), Outcome::Applied).await), "other_attempt");
    let ended = report(&world, &change, attempt, Outcome::Failed).await.unwrap();
    assert_eq!(ended.state, State::Failed { attempt });
    let told = ended.attempt.clone().unwrap();
    assert_eq!(
        (told.outcome, told.exit_code, told.detail.as_deref()),
        (Some(Outcome::Failed), Some(1), Some("as told"))
    );
    assert!(told.ended_at.is_some());
    assert_eq!(report(&world, &change, attempt, Outcome::Failed).await.unwrap(), ended);
    assert_eq!(code(report(&world, &change, attempt, Outcome::Applied).await), "wrong_state");
    assert_eq!(world.kinds(&change).await, ["change.allowed", "change.executing", "change.failed"]);
    let mut stranger = ended.clone();
    stranger.requester = world.pipeline.clone();
    assert_eq!(code(report(&world, &stranger, attempt, Outcome::Failed).await), "not_the_requester");
}

#[tokio::test]
async fn a_silent_attempt_becomes_unknown_is_not_revived_and_may_still_tell_late() {
    let world = world!();
    let change = world.submit(&Ask::allowed()).await;
    let attempt = attempt_id();
    world.claim_for(&change, attempt, Duration::seconds(2)).await.unwrap();
    let renew = |lease| {
        let world = &world;
        let change = &change;
        async move {
            let mut tx = world.db.begin().await.unwrap();
            let moved = changes::renew(&mut tx, change.id, &change.requester, attempt, lease).await?;
            tx.commit().await.unwrap();
            Ok::<_, Error>(moved)
        }
    };
    let renewed = renew(Duration::milliseconds(2_500)).await.unwrap();
    let State::Executing { lease_until, .. } = renewed.state else { panic!() };
    // A shorter lease never takes time away.
    let State::Executing { lease_until: kept, .. } = renew(Duration::milliseconds(1)).await.unwrap().state
    else {
        panic!()
    };
    assert_eq!(kept, lease_until);
    assert!(changes::run_out(&world.db, 10).await.unwrap().is_empty());
    tokio::time::sleep(std::time::Duration::from_millis(2_550)).await;
    assert_eq!(code(renew(Duration::hours(1)).await), "too_late");
    // The refused renewal's transaction is rolled back in passing; until then its row is passed over.
    let mut moved = Vec::new();
    while moved.is_empty() {
        moved = changes::run_out(&world.db, 10).await.unwrap();
    }
    assert_eq!(moved, [change.id]);
    let lost = world.get(&change).await;
    assert_eq!(lost.state, State::Unknown { attempt });
    assert_eq!(lost.attempt.unwrap().outcome, Some(Outcome::Unknown));
    assert_eq!(code(renew(Duration::hours(1)).await), "wrong_state");
    let again = world.claim(&change, attempt_id()).await;
    assert!(matches!(again, Err(ClaimError::Refused(Refusal::Claimed))), "{again:?}");
    let told = report(&world, &change, attempt, Outcome::Applied).await.unwrap();
    assert_eq!(told.state, State::Applied { attempt });
    let kinds = ["change.allowed", "change.executing", "change.unknown", "change.applied"];
    assert_eq!(world.kinds(&change).await, kinds);
}

#[tokio::test]
async fn the_requester_withdraws_until_it_is_claimed() {
    let world = world!();
    let withdraw = |change: changes::StoredChange, by| {
        let db = world.db.clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            let moved = changes::withdraw(&mut tx, change.id, &by).await?;
            tx.commit().await.unwrap();
            Ok::<_, Error>(moved.state.name())
        }
    };
    let held = world.submit(&Ask::held()).await;
    assert_eq!(code(withdraw(held.clone(), world.pipeline.clone()).await), "not_the_requester");
    for _ in 0..2 {
        assert_eq!(withdraw(held.clone(), world.agent.clone()).await.unwrap(), StateName::Withdrawn);
    }
    let approved = world.approved(&Ask::held()).await;
    assert_eq!(withdraw(approved, world.agent.clone()).await.unwrap(), StateName::Withdrawn);
    let (running, _) = world.executing().await;
    assert_eq!(code(withdraw(running, world.agent.clone()).await), "wrong_state");
}
