//! The tree over real events: order, proofs, exports, and what offline checking finds.

use std::sync::Arc;

use holdpoint_store::ledger::verify::{self, Verifier, VerifyError};
use holdpoint_store::ledger::{self, LedgerKey};
use serde_json::{Value, json};
use sqlx::Executor as _;
use tokio::task::JoinSet;

use crate::fixture::{Ask, World, world};

async fn export(world: &World, bodies: bool) -> String {
    let mut out = Vec::new();
    ledger::export(&mut world.db.conn().await.unwrap(), bodies, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

fn check(world: &World, export: &str, older: Option<&str>) -> Result<verify::Verified, VerifyError> {
    verify::verify(export.as_bytes(), &Verifier::parse(&world.key.verifier_key()).unwrap(), older)
}

#[tokio::test]
async fn every_event_goes_into_the_tree_once_and_in_the_order_of_its_change() {
    let world = world!();
    let change = world.approved(&Ask::held()).await;
    let before = world.kinds(&change).await;
    let done = world.sequence().await;
    assert_eq!((done.added, done.size), (10, 10), "six actors, and four events of the change");
    assert_eq!(world.sequence().await, ledger::Sequenced { added: 0, size: done.size });
    assert_eq!(world.kinds(&change).await, before);
    let mut conn = world.db.conn().await.unwrap();
    let events = ledger::events_of(&mut conn, change.id, None).await.unwrap();
    assert!(events.windows(2).all(|pair| pair[0].index < pair[1].index));
    assert_eq!(events[0].actor_name.as_deref(), Some("billing-bot"));
    let after = ledger::events_of(&mut conn, change.id, events[1].index).await.unwrap();
    assert_eq!(after, events[2..]);
    let since = ledger::since(&mut conn, 0, 100).await.unwrap();
    assert_eq!(since.iter().filter(|(_, of)| *of == Some(change.id)).count(), before.len());
    let recent = ledger::recent(&mut conn, None, 2).await.unwrap();
    assert_eq!(recent[0].kind, "change.approved");
    assert_eq!(ledger::recent(&mut conn, Some(recent[1].id), 1).await.unwrap()[0].kind, "approval.approve");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_sequencers_beside_submitters_lose_and_double_nothing() {
    let world = Arc::new(world!());
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            for _ in 0..20 {
                world.submit(&Ask::held()).await;
            }
        });
    }
    for _ in 0..3 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            for _ in 0..25 {
                ledger::sequence(&world.db, &world.key, 7).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    world.sequence().await;
    let (events, leaves, waiting): (i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from holdpoint.ledger_events), (select count(distinct event_id) from holdpoint.ledger_leaves),
           (select count(*) from holdpoint.ledger_pending)",
    )
    .fetch_one(&mut world.superuser().await)
    .await
    .unwrap();
    assert_eq!((events, leaves, waiting), (126, 126, 0));
    assert_eq!(check(&world, &export(&world, true).await, None).unwrap().bodies, 126);
}

#[tokio::test]
async fn proofs_of_every_leaf_and_every_older_head_hold_and_wrong_ones_do_not() {
    let world = world!();
    let key = Verifier::parse(&world.key.verifier_key()).unwrap();
    let mut conn = world.db.conn().await.unwrap();
    assert!(ledger::checkpoint(&mut conn).await.unwrap().is_none());
    let mut heads = Vec::new();
    for _ in 0..6 {
        world.submit(&Ask::held()).await;
        world.sequence().await;
        heads.push(ledger::checkpoint(&mut conn).await.unwrap().unwrap());
    }
    let size = ledger::entries(&mut conn, 0, 100).await.unwrap().len() as u64;
    for index in 0..size {
        let proof = ledger::inclusion(&mut conn, index).await.unwrap();
        verify::inclusion(&proof.leaf, index, &proof.hashes, &proof.checkpoint, &key).unwrap();
        assert!(
            verify::inclusion(&proof.leaf, (index + 1) % size, &proof.hashes, &proof.checkpoint, &key)
                .is_err()
        );
        let mut other = proof.leaf.clone();
        other.actor.push('x');
        assert!(verify::inclusion(&other, index, &proof.hashes, &proof.checkpoint, &key).is_err());
    }
    assert!(ledger::inclusion(&mut conn, size).await.is_err());
    let newest = heads.last().unwrap();
    for old in &heads {
        let proof = ledger::consistency(&mut conn, key.checkpoint(old).unwrap().size()).await.unwrap();
        verify::consistency(old, newest, &proof.hashes, &key).unwrap();
        if old != newest {
            assert!(verify::consistency(old, newest, &[], &key).is_err());
        }
    }
    assert!(ledger::consistency(&mut conn, 0).await.is_err());
}

#[tokio::test]
async fn an_export_verifies_offline_with_and_without_bodies_and_against_older_heads() {
    let world = world!();
    world.approved(&Ask::held()).await;
    world.sequence().await;
    let older = ledger::checkpoint(&mut world.db.conn().await.unwrap()).await.unwrap().unwrap();
    world.approved(&Ask::held()).await;
    world.sequence().await;
    let whole = export(&world, true).await;
    let good = check(&world, &whole, Some(&older)).unwrap();
    assert_eq!(
        (good.origin.as_str(), good.bodies, good.continues),
        ("test.example/ledger", good.size, Some(10))
    );
    assert_eq!(check(&world, &export(&world, false).await, Some(&older)).unwrap().bodies, 0);

    // A person's data is deleted; every root and proof stays.
    world.superuser().await.execute("delete from holdpoint.ledger_bodies where event_id <= 3").await.unwrap();
    let less = check(&world, &export(&world, true).await, Some(&older)).unwrap();
    assert_eq!((less.root, less.bodies), (good.root, good.size - 3));

    let stranger = LedgerKey::from_bytes(&[1; 32], "test.example/ledger").unwrap().verifier_key();
    let result = verify::verify(whole.as_bytes(), &Verifier::parse(&stranger).unwrap(), None);
    assert!(matches!(result, Err(VerifyError::Checkpoint { .. })), "{result:?}");
}

/// Whoever holds the key and the database can sign another past; an older checkpoint that somebody kept finds it.
#[tokio::test]
async fn a_rewritten_or_cut_ledger_does_not_continue_the_older_head() {
    let world = world!();
    world.approved(&Ask::held()).await;
    world.sequence().await;
    let older = ledger::checkpoint(&mut world.db.conn().await.unwrap()).await.unwrap().unwrap();
    let mut root = world.superuser().await;
    root.execute(
        "set session_replication_role = replica;
         delete from holdpoint.ledger_leaves; delete from holdpoint.ledger_nodes;
         update holdpoint.ledger_head set size = 0, checkpoint = '';
         update holdpoint.ledger_events set actor = 'somebody else' where kind = 'change.approved';
         insert into holdpoint.ledger_pending (event_id) select id from holdpoint.ledger_events;",
    )
    .await
    .unwrap();
    world.sequence().await;
    let rewritten = export(&world, true).await;
    check(&world, &rewritten, None).expect("by itself it is a good ledger");
    let result = check(&world, &rewritten, Some(&older));
    assert!(matches!(result, Err(VerifyError::Forked { size: 10 })), "{result:?}");
}

#[tokio::test]
async fn events_of_no_table_are_appended_and_those_of_tables_cannot_be_forged() {
    let world = world!();
    let change = world.submit(&Ask::held()).await;
    let mut tx = world.db.begin().await.unwrap();
    let body = json!({"why": "\u{0}<script>"});
    ledger::append(&mut tx, "drill.held", &world.ann.id.to_string(), Some(change.id), &body).await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = world.db.conn().await.unwrap();
    let event = ledger::events_of(&mut conn, change.id, None).await.unwrap().pop().unwrap();
    assert_eq!(
        (event.kind.as_str(), event.body, event.actor_name.as_deref()),
        ("drill.held", body, Some("Ann"))
    );
    for kind in ["change.approved", "approval.approve", "session.started", "freeze.set", "Drill", "drill"] {
        let mut tx = world.db.begin().await.unwrap();
        let result = ledger::append(&mut tx, kind, "x", None, &Value::Null).await;
        assert!(matches!(result, Err(holdpoint_store::Error::Refused(_))), "{kind}: {result:?}");
    }
}
