//! The database's table of moves is core's, and it refuses and lets pass each of the 169 pairs accordingly.

use holdpoint_core::{Answer, StateName, TRANSITIONS, Verdict};
use holdpoint_store::changes::{self, StoredChange};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use time::Duration;

use crate::fixture::{Ask, World, attempt_id, unique, world};

#[tokio::test]
async fn the_table_of_moves_is_cores() {
    let world = world!();
    let rows: Vec<(String, String)> =
        sqlx::query_as("select from_state, to_state from holdpoint.transitions order by 1, 2")
            .fetch_all(&mut world.superuser().await)
            .await
            .unwrap();
    let mut expected: Vec<(String, String)> =
        TRANSITIONS.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect();
    expected.extend(["allowed", "held", "denied", "submitted"].map(|to| (String::new(), to.to_owned())));
    expected.sort();
    assert_eq!(rows, expected);
}

/// How long a short deadline is, for moves that need it over.
const SHORT: Duration = Duration::milliseconds(400);

/// A change brought into a state by legal moves, with its deadline soon over if the next move needs that.
async fn put(world: &World, root: &mut PgConnection, name: StateName, to: StateName) -> String {
    let over = matches!(to, StateName::Expired | StateName::Lapsed);
    let time = if over { SHORT } else { Duration::hours(1) };
    let held = || Ask { hold_for: time, grant_for: time, ..Ask::held() };
    let allowed = || Ask { grant_for: time, ..Ask::allowed() };
    let change: StoredChange = match name {
        StateName::Submitted => return submitted(world, root).await,
        StateName::Allowed => world.submit(&allowed()).await,
        StateName::Held => world.submit(&held()).await,
        StateName::Denied => world.submit(&Ask::of(Verdict::Deny)).await,
        StateName::Approved => world.approved(&Ask { hold_for: Duration::hours(1), ..held() }).await,
        StateName::Rejected => {
            let change = world.submit(&held()).await;
            world.answer(&change, &world.ann, Answer::Reject).await.unwrap()
        }
        StateName::Expired | StateName::Lapsed => {
            let ask = if name == StateName::Expired { Ask::held() } else { Ask::allowed() };
            let soon = Duration::milliseconds(300);
            let change = world.submit(&Ask { hold_for: soon, grant_for: soon, ..ask }).await;
            tokio::time::sleep(std::time::Duration::from_millis(320)).await;
            changes::run_out(&world.db, 1_000).await.unwrap();
            world.get(&change).await
        }
        StateName::Withdrawn => {
            let change = world.submit(&held()).await;
            let mut tx = world.db.begin().await.unwrap();
            let change = changes::withdraw(&mut tx, change.id, &world.agent).await.unwrap();
            tx.commit().await.unwrap();
            change
        }
        StateName::Executing => world.executing().await.0,
        StateName::Applied | StateName::Failed | StateName::Unknown => {
            let (change, attempt) = world.executing().await;
            let outcome = match name {
                StateName::Applied => holdpoint_core::Outcome::Applied,
                StateName::Failed => holdpoint_core::Outcome::Failed,
                _ => holdpoint_core::Outcome::Unknown,
            };
            let mut tx = world.db.begin().await.unwrap();
            let change = changes::report(&mut tx, change.id, &world.agent, attempt, outcome, None, None)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            change
        }
    };
    assert_eq!(change.state.name(), name);
    change.id.to_string()
}

async fn submitted(world: &World, root: &mut PgConnection) -> String {
    let id = holdpoint_core::ChangeId::new(crate::fixture::epoch(), unique()).to_string();
    sqlx::query(
        "insert into holdpoint.changes (id, requester_kind, requester_id, requester_name, request_digest, format, content,
           assessment, counts, source, origin, facts, state)
         values ($1, 'agent', $2, 'bot', sha256('x'), 'terraform', convert_to($1, 'UTF8'), '{}', '{}', '{}', '{}', '{}', 'submitted')",
    )
    .bind(&id)
    .bind(&world.agent.id)
    .execute(root)
    .await
    .unwrap();
    id
}

/// The columns that a move into a state brings along.
fn columns(world: &World, from: StateName, to: StateName) -> String {
    let judged = |verdict: &str, rest: &str| {
        if from == StateName::Submitted {
            format!(", judgement = '{{}}', verdict = '{verdict}'{rest}")
        } else {
            String::new()
        }
    };
    let until = ", until = clock_timestamp() + interval '1 hour'";
    match to {
        StateName::Allowed => format!("{until}{}", judged("allow", "")),
        StateName::Held => format!("{until}{}", judged("hold", ", requirements = '{\"reviewers\": 1}'")),
        StateName::Denied => judged("deny", ""),
        StateName::Approved => until.to_owned(),
        StateName::Rejected => format!(", rejected_by = '{}'", world.ann.id),
        StateName::Executing => format!(
            ", fence = 1, grant_id = 'grt_{:026}', attempt_id = '{}', claimed_at = clock_timestamp(),
             lease_until = clock_timestamp() + interval '1 hour'",
            unique(),
            attempt_id()
        ),
        StateName::Applied | StateName::Failed | StateName::Unknown => {
            format!(", outcome = '{to}', ended_at = clock_timestamp()")
        }
        _ => String::new(),
    }
}

/// The answers that a move out of `held` needs.
async fn answers(world: &World, root: &mut PgConnection, change: &str, to: StateName) {
    let answer = match to {
        StateName::Approved => "approve",
        StateName::Rejected => "reject",
        _ => return,
    };
    for person in [&world.ann, &world.bob] {
        sqlx::query(
            "insert into holdpoint.approvals (id, change_id, digest, person_id, answer, method)
             select $1, c.id, c.digest, $3, $4, 'web' from holdpoint.changes c where c.id = $2",
        )
        .bind(holdpoint_core::ApprovalId::new(crate::fixture::epoch(), unique()).to_string())
        .bind(change)
        .bind(person.id.to_string())
        .bind(answer)
        .execute(&mut *root)
        .await
        .unwrap();
    }
}

/// Even a superuser, with every column right, moves along the table only; and each move leaves its event.
#[tokio::test]
async fn every_pair_of_states_behaves_as_the_table_says() {
    let world = world!();
    let mut root = world.superuser().await;
    let mut tried = 0;
    for from in StateName::ALL {
        for to in StateName::ALL {
            let change = put(&world, &mut root, from, to).await;
            if from == StateName::Held {
                answers(&world, &mut root, &change, to).await;
            }
            if to == StateName::Executing {
                world.sequence().await;
            }
            if matches!(to, StateName::Expired | StateName::Lapsed)
                && matches!(from, StateName::Held | StateName::Allowed | StateName::Approved)
            {
                tokio::time::sleep(SHORT.unsigned_abs()).await;
            }
            let sql = format!(
                "update holdpoint.changes set state = '{to}'{} where id = '{change}'",
                columns(&world, from, to)
            );
            let result = root.execute(AssertSqlSafe(sql)).await;
            if TRANSITIONS.contains(&(from, to)) {
                result.unwrap_or_else(|error| panic!("{from} to {to} was refused: {error}"));
                let (kind, by_state): (String, String) = sqlx::query_as(
                    "select kind, (select state from holdpoint.changes where id = $1)
                     from holdpoint.ledger_events where change_id = $1 order by id desc limit 1",
                )
                .bind(&change)
                .fetch_one(&mut root)
                .await
                .unwrap();
                assert_eq!((kind, by_state), (format!("change.{to}"), to.to_string()));
            } else {
                let error = match result {
                    Ok(_) => panic!("{from} to {to} was let pass"),
                    Err(error) => error.to_string(),
                };
                let why = if from == to { "stays" } else { "illegal move" };
                assert!(error.contains(why), "{from} to {to}: {error}");
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 169);
}

#[tokio::test]
async fn no_change_begins_in_another_state_than_its_verdicts() {
    let world = world!();
    let mut root = world.superuser().await;
    for state in StateName::ALL {
        for verdict in ["allow", "hold", "deny"] {
            let id = holdpoint_core::ChangeId::new(crate::fixture::epoch(), unique());
            let result = root
                .execute(AssertSqlSafe(format!(
                    "insert into holdpoint.changes (id, requester_kind, requester_id, requester_name, request_digest, format,
                       content, assessment, counts, source, origin, facts, judgement, verdict, requirements, state, until)
                     values ('{id}', 'agent', '{}', 'bot', sha256('x'), 'terraform', convert_to('{id}', 'UTF8'), '', '', '', '', '',
                       '{{}}', '{verdict}', case '{verdict}' when 'hold' then '{{\"reviewers\": 1}}'::jsonb end, '{state}',
                       case when '{state}' in ('allowed', 'held', 'approved') then now() + interval '1 hour' end)",
                    world.agent.id
                )))
                .await;
            let right = matches!(
                (state, verdict),
                (StateName::Allowed, "allow") | (StateName::Held, "hold") | (StateName::Denied, "deny")
            );
            assert_eq!(result.is_ok(), right, "{state} by {verdict}: {result:?}");
        }
    }
}
