//! What runs out, by the database's clock, with any number of daemons at it.

use holdpoint_core::StateName;
use holdpoint_store::changes;
use time::Duration;

use crate::fixture::{Ask, attempt_id, world};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_runs_out_once_and_nothing_else_does() {
    let world = world!();
    let soon = Duration::milliseconds(500);
    let mut due = Vec::new();
    for _ in 0..5 {
        due.push((world.submit(&Ask { hold_for: soon, ..Ask::held() }).await, StateName::Expired));
        due.push((world.submit(&Ask { grant_for: soon, ..Ask::allowed() }).await, StateName::Lapsed));
        due.push((world.approved(&Ask { grant_for: soon, ..Ask::held() }).await, StateName::Lapsed));
        let running = world.submit(&Ask::allowed()).await;
        world.claim_for(&running, attempt_id(), soon).await.unwrap();
        due.push((running, StateName::Unknown));
    }
    let later =
        [world.submit(&Ask::held()).await, world.submit(&Ask::allowed()).await, world.executing().await.0];
    tokio::time::sleep(std::time::Duration::from_millis(520)).await;
    let mut moved = Vec::new();
    loop {
        let (a, b) = tokio::join!(changes::run_out(&world.db, 3), changes::run_out(&world.db, 3));
        let (a, b) = (a.unwrap(), b.unwrap());
        if a.is_empty() && b.is_empty() {
            break;
        }
        assert!(a.len() <= 3 && b.len() <= 3);
        moved.extend(a);
        moved.extend(b);
    }
    moved.sort();
    let mut expected: Vec<_> = due.iter().map(|(change, _)| change.id).collect();
    expected.sort();
    assert_eq!(moved, expected, "each once");
    for (change, state) in due {
        assert_eq!(world.get(&change).await.state.name(), state);
        let mut conn = world.db.conn().await.unwrap();
        let events = holdpoint_store::ledger::events_of(&mut conn, change.id, None).await.unwrap();
        assert_eq!(events.last().unwrap().actor, "holdpoint");
    }
    for change in later {
        assert_eq!(world.get(&change).await.state.name(), change.state.name());
    }
}
