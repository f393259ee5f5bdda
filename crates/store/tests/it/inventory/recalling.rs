//! Backups and what is a session's own: what rests on applied changes, and what a document cannot claim.

use holdpoint_core::{Actor, Class, EffectKind, Outcome, Point, Seen};
use holdpoint_store::inventory::{self, Target};

use super::Doc;
use crate::fixture::{World, world};

const DB: &str = "aws_db_instance.main";
const SNAP: &str = "aws_db_snapshot.nightly";

fn database() -> Doc {
    Doc::default().has(DB, Class::Data, &["db-1"])
}

/// The database's backup, kept in another workspace.
fn snapshot() -> Doc {
    Doc::default().has(SNAP, Class::Backup, &["snap-1"]).mentions(SNAP, "db-1")
}

async fn backups(world: &World, workspace: Option<&str>, by: &Actor, session: Option<&str>) -> Vec<Point> {
    let identifiers = ["db-1".to_owned()];
    let targets = [Target { address: DB, identifiers: &identifiers }];
    let mut c = world.db.conn().await.unwrap();
    let found = inventory::backups_of(&mut c, workspace, &targets, &by.id, session).await.unwrap();
    assert!(found.iter().all(|(target, _)| target == DB));
    found.into_iter().map(|(_, point)| point).collect()
}

#[tokio::test]
async fn a_backup_counts_when_more_than_the_requesters_own_word_shows_it() {
    let world = world!();
    world.teach(&world.agent, None, "data", &database()).await;
    assert!(backups(&world, Some("data"), &world.agent, None).await.is_empty());
    world.teach(&world.agent, None, "backups", &snapshot()).await;
    let [only_told] = backups(&world, Some("data"), &world.agent, None).await.try_into().unwrap();
    assert_eq!(only_told.seen, Seen::Document, "{only_told:?}");
    // To another requester, it is not their own word.
    let [told] = backups(&world, Some("data"), &world.pipeline, None).await.try_into().unwrap();
    assert!(told.seen == Seen::Inventory && told.outlives && told.what.contains(SNAP), "{told:?}");
    // A second one confirms it.
    world.teach(&world.pipeline, None, "backups", &snapshot()).await;
    let [confirmed] = backups(&world, Some("data"), &world.agent, None).await.try_into().unwrap();
    assert!(
        confirmed.seen == Seen::Inventory && confirmed.outlives && confirmed.at.is_some(),
        "{confirmed:?}"
    );
    // By identifiers alone, too.
    assert_eq!(backups(&world, None, &world.agent, None).await, [confirmed]);
}

#[tokio::test]
async fn a_backup_in_the_same_workspace_made_by_an_applied_change_counts() {
    let world = world!();
    let doc = database().makes(SNAP, Class::Backup).depends(SNAP, DB);
    let planned = world.teach(&world.agent, None, "data", &doc).await;
    assert!(backups(&world, Some("data"), &world.agent, None).await.is_empty(), "it is planned only");
    world.end(&planned, Outcome::Applied).await;
    let [made] = backups(&world, Some("data"), &world.agent, None).await.try_into().unwrap();
    assert!(made.seen == Seen::Inventory && made.outlives, "{made:?}");
    assert_eq!(made.owner.as_deref(), Some("billing-bot"));
}

#[tokio::test]
async fn a_backup_that_the_requester_removed_is_not_made_good_for_a_day() {
    let world = world!();
    world.teach(&world.pipeline, None, "data", &database()).await;
    world.teach(&world.pipeline, None, "backups", &snapshot()).await;
    // Left out of a document it is gone, and by nobody.
    world.teach(&world.agent, Some("s1"), "backups", &Doc::default()).await;
    assert!(backups(&world, Some("data"), &world.agent, Some("s1")).await.is_empty());
    world.teach(&world.pipeline, None, "backups", &snapshot()).await;
    let removal = snapshot().does(SNAP, EffectKind::Delete);
    world.apply(&world.agent, Some("s1"), "backups", &removal).await;
    // The document after it shows neither the snapshot nor what it was of.
    world.teach(&world.agent, Some("s1"), "backups", &Doc::default().has("a.b", Class::Other, &[])).await;
    for (session, who) in [(Some("s1"), "this session"), (Some("s2"), "this requester")] {
        let [gone] = backups(&world, Some("data"), &world.agent, session).await.try_into().unwrap();
        assert!(!gone.outlives && gone.seen == Seen::Inventory && gone.what.contains(who), "{gone:?}");
    }
    assert!(backups(&world, Some("data"), &world.pipeline, None).await.is_empty(), "not by that one");
    world.a_day_passes().await;
    assert!(backups(&world, Some("data"), &world.agent, Some("s1")).await.is_empty());
}

async fn own(world: &World, by: &Actor, session: Option<&str>, address: &str) -> bool {
    let mut c = world.db.conn().await.unwrap();
    let asked = [address.to_owned(), "aws_x.other".to_owned()];
    let own = inventory::own(&mut c, "lab", &by.id, session, &asked).await.unwrap();
    assert!(own.len() <= 1);
    own == [address]
}

#[tokio::test]
async fn what_a_session_made_within_a_day_is_its_own() {
    let world = world!();
    let address = "aws_instance.try";
    let doc = Doc::default().makes(address, Class::Compute);
    let change = world.teach(&world.agent, Some("s1"), "lab", &doc).await;
    assert!(!own(&world, &world.agent, Some("s1"), address).await, "it is planned only");
    world.end(&change, Outcome::Applied).await;
    assert!(own(&world, &world.agent, Some("s1"), address).await);
    for (by, session) in [(&world.agent, Some("s2")), (&world.agent, None), (&world.pipeline, Some("s1"))] {
        assert!(!own(&world, by, session, address).await, "{session:?}");
    }
    // The next document shows it, and it stays the session's own.
    world
        .teach(&world.agent, Some("s1"), "lab", &Doc::default().has(address, Class::Compute, &["i-1"]))
        .await;
    assert!(own(&world, &world.agent, Some("s1"), address).await);
    world.a_day_passes().await;
    assert!(!own(&world, &world.agent, Some("s1"), address).await);
}

/// Claiming to have created what was there before takes more than documents.
#[tokio::test]
async fn what_was_seen_before_is_nobodys_own() {
    let world = world!();
    let address = "aws_db_instance.prod";
    let there = Doc::default().has(address, Class::Data, &["db-1"]);
    let pretence = Doc::default().makes(address, Class::Data);
    world.teach(&world.pipeline, None, "lab", &there).await;
    // The agent's document says that it is not there yet, and the agent says that it created it.
    world.apply(&world.agent, Some("s1"), "lab", &pretence).await;
    assert!(!own(&world, &world.agent, Some("s1"), address).await);
    // The same after a document that left it out, and after a day.
    world.teach(&world.pipeline, None, "lab", &there).await;
    world.teach(&world.agent, Some("s1"), "lab", &Doc::default()).await;
    world.a_day_passes().await;
    world.apply(&world.agent, Some("s1"), "lab", &pretence).await;
    assert!(!own(&world, &world.agent, Some("s1"), address).await);
    // What an applied change removed and another made again is new.
    world.apply(&world.pipeline, None, "lab", &there.clone().does(address, EffectKind::Delete)).await;
    world.apply(&world.agent, Some("s1"), "lab", &pretence).await;
    assert!(own(&world, &world.agent, Some("s1"), address).await);
}
