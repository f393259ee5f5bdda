//! Each rule of the database refuses by itself, whatever the code above it does.

use holdpoint_core::Answer;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use time::Duration;

use crate::fixture::{Ask, World, attempt_id, epoch, refused, unique, world};

fn approval(change: &str, digest: &str, person: &str, answer: &str) -> String {
    let id = holdpoint_core::ApprovalId::new(epoch(), unique());
    format!(
        "insert into holdpoint.approvals (id, change_id, digest, person_id, answer, method)
         values ('{id}', '{change}', decode('{digest}', 'hex'), '{person}', '{answer}', 'web')"
    )
}

#[tokio::test]
async fn what_a_change_is_never_changes_and_nothing_is_deleted() {
    let world = world!();
    let mut root = world.superuser().await;
    world.approved(&Ask::held()).await;
    world.sequence().await;
    for column in [
        "id",
        "requester_kind",
        "requester_id",
        "requester_name",
        "requester_operator",
        "idempotency_key",
        "request_digest",
        "format",
        "content",
        "assessment",
        "counts",
        "source",
        "origin",
        "statement",
        "created_at",
        "facts",
        "judgement",
        "verdict",
        "requirements",
        "environment",
    ] {
        let (state, _) =
            refused(&mut root, &format!("update holdpoint.changes set {column} = {column}")).await;
        assert_eq!(state, "23001", "{column}");
    }
    for table in [
        "changes",
        "approvals",
        "agents",
        "people",
        "ledger_events",
        "ledger_leaves",
        "ledger_nodes",
        "ledger_head",
        "transitions",
    ] {
        assert_eq!(refused(&mut root, &format!("delete from holdpoint.{table}")).await.0, "23001", "{table}");
        assert_eq!(
            refused(&mut root, &format!("truncate holdpoint.{table} cascade")).await.0,
            "23001",
            "{table}"
        );
    }
    for edit in [
        "approvals set comment = 'other'",
        "ledger_events set actor = 'other'",
        "ledger_leaves set leaf = '{}'",
        "ledger_nodes set hash = hash",
        "ledger_bodies set body = '{}'",
        "transitions set to_state = 'applied'",
        "agents set operator = null",
        "agents set name = 'other'",
        "people set id = id",
    ] {
        assert_eq!(refused(&mut root, &format!("update holdpoint.{edit}")).await.0, "23001", "{edit}");
    }
    let (state, _) =
        refused(&mut root, "insert into holdpoint.transitions values ('held', 'executing')").await;
    assert_eq!(state, "23001");
}

#[tokio::test]
async fn a_deadline_an_attempt_or_an_outcome_is_not_edited_in_passing() {
    let world = world!();
    let mut root = world.superuser().await;
    let held = world.submit(&Ask::held()).await.id;
    let running = world.executing().await.0.id;
    for (change, edit) in [
        (held, "until = until + interval '1 day'"),
        (held, "detail = 'x'"),
        (held, "fence = 1"),
        (held, "state = 'withdrawn', until = until + interval '1 day'"),
        (running, "lease_until = lease_until - interval '1 second'"),
        (running, "attempt_id = 'att_00000000000000000000000009'"),
        (running, "fence = 0"),
        (running, "command = 'other'"),
        (running, "state = 'applied', outcome = 'applied', ended_at = now(), fence = 0"),
        (running, "state = 'applied', outcome = 'failed', ended_at = now()"),
        (running, "state = 'applied', outcome = 'applied', ended_at = now(), command = 'other'"),
    ] {
        let (state, _) =
            refused(&mut root, &format!("update holdpoint.changes set {edit} where id = '{change}'")).await;
        assert!(["23001", "23514"].contains(&state.as_str()), "{edit}: {state}");
    }
}

async fn state_of(root: &mut PgConnection, id: &str) -> String {
    sqlx::query_scalar("select state from holdpoint.changes where id = $1")
        .bind(id)
        .fetch_one(root)
        .await
        .unwrap()
}

async fn expect(world: &World, root: &mut PgConnection, sql: &str, why: &str) {
    let (state, message) = refused(root, sql).await;
    assert_eq!(state, "23514", "{message}");
    assert!(message.contains(why), "`{message}` does not say `{why}`");
    let _ = world;
}

#[tokio::test]
async fn approvals_of_the_wrong_digest_person_or_time_cannot_be_stored() {
    let world = world!();
    let mut root = world.superuser().await;
    let change = world.submit(&Ask::held()).await;
    let (id, digest) = (change.id.to_string(), change.digest.to_string());
    let ann = world.ann.id.to_string();
    let other = holdpoint_core::Digest::of(b"other").to_string();
    expect(&world, &mut root, &approval(&id, &other, &ann, "approve"), "another digest").await;
    let olga = world.olga.id.to_string();
    expect(&world, &mut root, &approval(&id, &digest, &olga, "approve"), "operator").await;
    expect(&world, &mut root, &approval(&id, &digest, &olga, "reject"), "operator").await;
    let dba = world.dba.id.to_string();
    expect(&world, &mut root, &approval(&id, &digest, &dba, "approve"), "none of the groups").await;
    let nobody = "per_00000000000000000000000000";
    expect(&world, &mut root, &approval(&id, &digest, nobody, "approve"), "no person").await;

    let own = world.try_submit(&world.ann.actor(), &Ask::held()).await.unwrap().change().unwrap().clone();
    let sql = approval(&own.id.to_string(), &own.digest.to_string(), &ann, "approve");
    expect(&world, &mut root, &sql, "their own change").await;

    let soon = Ask { hold_for: Duration::milliseconds(300), ..Ask::held() };
    let late = world.submit(&soon).await;
    tokio::time::sleep(std::time::Duration::from_millis(320)).await;
    let sql = approval(&late.id.to_string(), &late.digest.to_string(), &ann, "approve");
    expect(&world, &mut root, &sql, "time to answer is over").await;

    let allowed = world.submit(&Ask::allowed()).await;
    let sql = approval(&allowed.id.to_string(), &allowed.digest.to_string(), &ann, "approve");
    expect(&world, &mut root, &sql, "not held").await;

    root.execute(AssertSqlSafe(format!("update holdpoint.people set revoked_at = now() where id = '{ann}'")))
        .await
        .unwrap();
    expect(&world, &mut root, &approval(&id, &digest, &ann, "approve"), "may answer").await;
}

#[tokio::test]
async fn a_change_is_not_approved_with_too_few_or_the_wrong_people_or_beside_a_reject() {
    let world = world!();
    let mut root = world.superuser().await;
    let approve = |id: &str| {
        format!(
            "update holdpoint.changes set state = 'approved', until = now() + interval '1 hour' where id = '{id}'"
        )
    };
    let change = world.submit(&Ask::held()).await;
    let (id, digest) = (change.id.to_string(), change.digest.to_string());
    expect(&world, &mut root, &approve(&id), "0 of 2 from reviewers").await;
    root.execute(AssertSqlSafe(approval(&id, &digest, &world.ann.id.to_string(), "approve"))).await.unwrap();
    expect(&world, &mut root, &approve(&id), "1 of 2 from reviewers").await;
    root.execute(AssertSqlSafe(approval(&id, &digest, &world.bob.id.to_string(), "reject"))).await.unwrap();
    expect(&world, &mut root, &approve(&id), "rejected").await;

    // Bob is in both groups, but one person fills one seat.
    let both = world.submit(&Ask::needs("reviewers:1,dba:1")).await;
    let (id, digest) = (both.id.to_string(), both.digest.to_string());
    root.execute(AssertSqlSafe(approval(&id, &digest, &world.bob.id.to_string(), "approve"))).await.unwrap();
    expect(&world, &mut root, &approve(&id), "1 of 2 from dba, reviewers").await;
    root.execute(AssertSqlSafe(approval(&id, &digest, &world.dba.id.to_string(), "approve"))).await.unwrap();
    root.execute(AssertSqlSafe(approve(&id))).await.unwrap();
    assert_eq!(state_of(&mut root, &id).await, "approved");

    let nobody = world.submit(&Ask::held()).await;
    let sql = format!(
        "update holdpoint.changes set state = 'rejected', rejected_by = '{}' where id = '{}'",
        world.ann.id, nobody.id
    );
    expect(&world, &mut root, &sql, "nobody of that id").await;
}

#[tokio::test]
async fn a_claim_needs_time_a_lease_a_fence_and_recorded_approvals() {
    let world = world!();
    let mut root = world.superuser().await;
    let claim = |id: &str, lease: &str, fence: u8| {
        format!(
            "update holdpoint.changes set state = 'executing', fence = {fence}, grant_id = 'grt_{:026}',
               attempt_id = '{}', claimed_at = now(), lease_until = {lease} where id = '{id}'",
            unique(),
            attempt_id()
        )
    };
    let hour = "now() + interval '1 hour'";
    let approved = world.approved(&Ask::held()).await.id.to_string();
    expect(&world, &mut root, &claim(&approved, hour, 1), "signed checkpoint").await;
    world.sequence().await;
    expect(&world, &mut root, &claim(&approved, "null", 1), "lease").await;
    expect(&world, &mut root, &claim(&approved, "now()", 1), "lease").await;
    expect(&world, &mut root, &claim(&approved, hour, 0), "fence").await;
    root.execute(AssertSqlSafe(claim(&approved, hour, 1))).await.unwrap();

    let soon = Ask { grant_for: Duration::milliseconds(300), ..Ask::allowed() };
    let late = world.submit(&soon).await.id.to_string();
    tokio::time::sleep(std::time::Duration::from_millis(320)).await;
    expect(&world, &mut root, &claim(&late, hour, 1), "is over").await;

    let early = world.submit(&Ask::held()).await.id;
    let sql = format!("update holdpoint.changes set state = 'expired' where id = '{early}'");
    expect(&world, &mut root, &sql, "not over").await;
}

#[tokio::test]
async fn an_agent_cannot_leave_out_who_answers_for_it_or_act_when_revoked() {
    let world = world!();
    let mut liar = world.agent.clone();
    liar.operator = None;
    let change = world.try_submit(&liar, &Ask::held()).await.unwrap().change().unwrap().clone();
    assert_eq!(change.requester.operator, Some(world.olga.id));
    assert_eq!(world.get(&change).await.requester.operator, Some(world.olga.id));
    assert_eq!(
        crate::fixture::code(world.answer(&change, &world.olga, Answer::Approve).await),
        "not_entitled"
    );

    let mut tx = world.db.begin().await.unwrap();
    holdpoint_store::agents::revoke(&mut tx, &world.agent.id, "holdpoint").await.unwrap();
    tx.commit().await.unwrap();
    let refused = world.try_submit(&world.agent, &Ask::held()).await;
    assert!(matches!(refused, Err(holdpoint_store::Error::Refused(_))), "{refused:?}");
}
