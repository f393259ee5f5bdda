//! Handing in: idempotency, one row for one digest, and what is read back.

use std::sync::Arc;

use holdpoint_core::{Change, Context, Digest, Format, Source, StateName, Verdict};
use holdpoint_store::Error;
use holdpoint_store::changes::{self, Filter, Submitted};
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::task::JoinSet;

use crate::fixture::{Ask, code, world};

#[tokio::test]
async fn what_was_handed_in_is_read_back_alike_with_its_content() {
    let world = world!();
    let change = Change {
        format: Format::Terraform,
        effects: Vec::new(),
        outputs: Vec::new(),
        context: Context::default(),
        graph: holdpoint_core::Graph::default(),
    };
    for verdict in [Verdict::Allow, Verdict::Deny, Ask::held().verdict] {
        let source = Source { serial: Some(4), lineage: Some("a\u{0}b".to_owned()), ..Source::default() };
        let ask = Ask { content: change.content().unwrap(), source, ..Ask::of(verdict) };
        let made = world.submit(&ask).await;
        assert_eq!(world.get(&made).await, made);
        assert_eq!(made.digest, change.digest().unwrap());
        assert_eq!(made.source, ask.source);
        let loaded = changes::load(&mut world.db.conn().await.unwrap(), made.id).await.unwrap();
        assert_eq!(loaded.digest().unwrap(), made.digest);
        assert_eq!(world.kinds(&made).await, [format!("change.{}", made.state.name())]);
    }
}

#[tokio::test]
async fn the_same_key_gives_the_same_change_and_another_request_a_conflict() {
    let world = world!();
    let first = Ask { key: Some("key 1"), ..Ask::allowed() };
    let Submitted::Created(change) = world.try_submit(&world.agent, &first).await.unwrap() else { panic!() };
    for _ in 0..2 {
        let again = world.try_submit(&world.agent, &first).await.unwrap();
        assert_eq!(again, Submitted::Existing(change.clone()));
    }
    let other = Ask { key: Some("key 1"), ..Ask::allowed() };
    assert_eq!(code(world.try_submit(&world.agent, &other).await), "idempotency_conflict");
    // A held change of the same digest does not hide the conflict.
    let held = world.submit(&Ask { content: b"same".to_vec(), ..Ask::held() }).await;
    let reused =
        Ask { key: Some("key 1"), content: b"same".to_vec(), request: Digest::of(b"x"), ..Ask::held() };
    assert_eq!(code(world.try_submit(&world.agent, &reused).await), "idempotency_conflict");
    assert_eq!(held.state.name(), StateName::Held);
    // The key is the requester's own.
    assert!(matches!(world.try_submit(&world.pipeline, &other).await.unwrap(), Submitted::Created(_)));
}

#[tokio::test]
async fn a_live_digest_gives_the_change_that_waits_and_a_dead_one_a_new() {
    let world = world!();
    let ask = || Ask { content: b"drop the table".to_vec(), ..Ask::held() };
    let change = world.submit(&ask()).await;
    let again = Ask { key: Some("late key"), ..ask() };
    assert_eq!(world.try_submit(&world.agent, &again).await.unwrap(), Submitted::Existing(change.clone()));
    assert!(matches!(world.try_submit(&world.pipeline, &ask()).await.unwrap(), Submitted::Created(_)));
    // What policy has meanwhile come to deny is denied, not let in by the older hold.
    let denied = Ask { content: b"drop the table".to_vec(), ..Ask::of(Verdict::Deny) };
    assert_eq!(world.submit(&denied).await.state.name(), StateName::Denied);

    world.answer(&change, &world.ann, holdpoint_core::Answer::Reject).await.unwrap();
    let fresh = world.try_submit(&world.agent, &ask()).await.unwrap();
    assert!(matches!(&fresh, Submitted::Created(new) if new.id != change.id), "{fresh:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_with_one_digest_or_one_key_make_one_row() {
    let world = Arc::new(world!());
    for key in [None, Some("one key")] {
        let ask = Ask { key, ..Ask::held() };
        let (content, request) = (ask.content, ask.request);
        let mut tasks = JoinSet::new();
        for _ in 0..20 {
            let (world, content) = (Arc::clone(&world), content.clone());
            tasks.spawn(async move {
                let ask = Ask { content, request, key, ..Ask::held() };
                world.try_submit(&world.agent, &ask).await.unwrap()
            });
        }
        let results = tasks.join_all().await;
        assert_eq!(results.iter().filter(|one| matches!(one, Submitted::Created(_))).count(), 1);
        let ids: std::collections::BTreeSet<_> = results.iter().map(|one| one.change().unwrap().id).collect();
        assert_eq!(ids.len(), 1);
    }
    // And different requests under one key: one wins, the others are told.
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            let ask = Ask { key: Some("contended"), ..Ask::held() };
            world.try_submit(&world.agent, &ask).await
        });
    }
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|one| matches!(one, Ok(Submitted::Created(_)))).count(), 1);
    let told = |one: &&Result<Submitted, Error>| {
        matches!(one, Err(Error::Conflict { code: "idempotency_conflict", .. }))
    };
    assert_eq!(results.iter().filter(told).count(), 19);
}

#[tokio::test]
async fn lists_are_newest_first_filtered_and_paged() {
    let world = world!();
    let mut made = Vec::new();
    for n in 0..5 {
        let ask = if n % 2 == 0 { Ask::held() } else { Ask::allowed() };
        made.push(world.submit(&ask).await.id);
    }
    made.reverse();
    let mut conn = world.db.conn().await.unwrap();
    let ids = |list: Vec<changes::StoredChange>| list.into_iter().map(|change| change.id).collect::<Vec<_>>();
    let all = changes::list(&mut conn, &Filter::default(), None, 3).await.unwrap();
    assert_eq!(ids(all), made[..3]);
    let rest = changes::list(&mut conn, &Filter::default(), Some(made[2]), 10).await.unwrap();
    assert_eq!(ids(rest), made[3..]);
    let held = Filter { states: vec![StateName::Held], ..Filter::default() };
    assert_eq!(changes::list(&mut conn, &held, None, 10).await.unwrap().len(), 3);
    for (search, count) in [("T-1", 5), ("BILLING", 5), ("nothing like it", 0), ("%", 0)] {
        let filter = Filter { search: Some(search.to_owned()), ..Filter::default() };
        assert_eq!(changes::list(&mut conn, &filter, None, 10).await.unwrap().len(), count, "{search}");
    }
    let of = Filter { requester: Some(world.pipeline.id.clone()), ..Filter::default() };
    assert!(changes::list(&mut conn, &of, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_row_that_no_code_writes_is_named_not_guessed_at() {
    let world = world!();
    let change = world.submit(&Ask::allowed()).await;
    let mut root = world.superuser().await;
    root.execute("set session_replication_role = replica").await.unwrap();
    let sql = format!(
        "update holdpoint.changes set requirements = '{{\"x\": 1}}', verdict = 'hold' where id = '{}'",
        change.id
    );
    root.execute(AssertSqlSafe(sql)).await.unwrap();
    let result = changes::get(&mut world.db.conn().await.unwrap(), change.id).await;
    assert!(matches!(result, Err(Error::Inconsistent { table: "changes", .. })), "{result:?}");

    let other = world.submit(&Ask::allowed()).await;
    let sql = format!(
        "alter table holdpoint.changes alter column digest drop expression; update holdpoint.changes set digest = sha256('y') where id = '{}'",
        other.id
    );
    root.execute(AssertSqlSafe(sql)).await.unwrap();
    let result = changes::load(&mut world.db.conn().await.unwrap(), other.id).await;
    assert!(matches!(result, Err(Error::Inconsistent { .. })), "{result:?}");
}
