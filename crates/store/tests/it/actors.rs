//! Agents, people, sign-in, sessions and workspaces.

use holdpoint_core::{ActorKind, AgentId, Environment, SeenState};
use holdpoint_store::agents::{self, NewAgent};
use holdpoint_store::{Error, ledger, people, sessions, workspaces};
use time::Duration;

use crate::fixture::{Ask, code, epoch, unique, world};

#[tokio::test]
async fn a_token_opens_until_it_is_revoked_and_names_are_taken_once() {
    let world = world!();
    let mut tx = world.db.begin().await.unwrap();
    let agent = agents::by_token(&mut tx, &[101; 32]).await.unwrap().unwrap();
    assert_eq!((agent.actor(), agent.operator_name.as_deref()), (world.agent.clone(), Some("Olga")));
    assert!(agent.last_seen_at.is_some());
    assert!(agents::by_token(&mut tx, &[55; 32]).await.unwrap().is_none());
    let new = |name| NewAgent {
        id: AgentId::new(epoch(), unique()).to_string(),
        kind: ActorKind::Agent,
        name,
        operator: None,
        environment: Some(Environment::Staging),
    };
    tx.commit().await.unwrap();
    let mut tx = world.db.begin().await.unwrap();
    assert_eq!(code(agents::create(&mut tx, &new("Billing-Bot"), &[1; 32], "holdpoint").await), "name_taken");
    drop(tx);

    let mut tx = world.db.begin().await.unwrap();
    for _ in 0..2 {
        let gone = agents::revoke(&mut tx, &agent.id, &world.olga.id.to_string()).await.unwrap();
        assert!(gone.revoked_at.is_some());
    }
    assert!(agents::by_token(&mut tx, &[101; 32]).await.unwrap().is_none());
    let second = agents::create(&mut tx, &new("billing-bot"), &[1; 32], "holdpoint").await.unwrap();
    assert_eq!(second.environment, Some(Environment::Staging));
    assert_eq!(agents::list(&mut tx).await.unwrap().len(), 3);
    assert!(matches!(agents::revoke(&mut tx, "agt_x", "x").await, Err(Error::NotFound { .. })));
    tx.commit().await.unwrap();
    let mut conn = world.db.conn().await.unwrap();
    let kinds: Vec<_> =
        ledger::recent(&mut conn, None, 3).await.unwrap().into_iter().map(|e| (e.kind, e.actor)).collect();
    assert_eq!(kinds[1], ("agent.revoked".to_owned(), world.olga.id.to_string()));
    assert_eq!(kinds[0], ("agent.created".to_owned(), "holdpoint".to_owned()));
    let text = format!("{:?}", ledger::recent(&mut conn, None, 100).await.unwrap());
    assert!(!text.contains("token"), "no event holds a token's hash");
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_in_time() {
    let world = world!();
    let mut tx = world.db.begin().await.unwrap();
    let hour = Duration::hours(1);
    sessions::create_link(&mut tx, world.ann.id, &[1; 32], hour, "holdpoint").await.unwrap();
    sessions::create_link(&mut tx, world.ann.id, &[2; 32], Duration::milliseconds(1), "holdpoint")
        .await
        .unwrap();
    let person = sessions::redeem(&mut tx, &[1; 32], &[10; 32], hour, hour).await.unwrap();
    assert_eq!(person, world.ann);
    tx.commit().await.unwrap();
    for link in [[1; 32], [2; 32], [3; 32]] {
        let mut tx = world.db.begin().await.unwrap();
        let again = sessions::redeem(&mut tx, &link, &[11; 32], hour, hour).await;
        assert!(matches!(again, Err(Error::NotFound { .. })), "{again:?}");
    }
}

#[tokio::test]
async fn a_session_ends_by_idleness_age_sign_out_and_revocation() {
    let world = world!();
    let hour = Duration::hours(1);
    let open = |n: u8, idle, absolute| {
        let (db, ann) = (world.db.clone(), world.ann.id);
        async move {
            let mut tx = db.begin().await.unwrap();
            sessions::create_link(&mut tx, ann, &[n; 32], hour, "holdpoint").await.unwrap();
            sessions::redeem(&mut tx, &[n; 32], &[n; 32], idle, absolute).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    let short = Duration::milliseconds(300);
    open(1, short, hour).await;
    open(2, hour, short).await;
    open(3, hour, hour).await;
    open(4, hour, hour).await;
    let mut conn = world.db.conn().await.unwrap();
    // Use keeps the idle one alive, and does nothing for the aged one.
    for _ in 0..4 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert!(sessions::lookup(&mut conn, &[1; 32]).await.unwrap().is_some());
    }
    assert!(sessions::lookup(&mut conn, &[2; 32]).await.unwrap().is_none());
    tokio::time::sleep(std::time::Duration::from_millis(310)).await;
    assert!(sessions::lookup(&mut conn, &[1; 32]).await.unwrap().is_none());
    let mut tx = world.db.begin().await.unwrap();
    assert!(sessions::end(&mut tx, &[3; 32]).await.unwrap());
    assert!(!sessions::end(&mut tx, &[3; 32]).await.unwrap());
    tx.commit().await.unwrap();
    assert!(sessions::lookup(&mut conn, &[3; 32]).await.unwrap().is_none());
    assert_eq!(sessions::lookup(&mut conn, &[4; 32]).await.unwrap(), Some(world.ann.clone()));
    let mut tx = world.db.begin().await.unwrap();
    people::revoke(&mut tx, world.ann.id, "holdpoint").await.unwrap();
    assert!(people::by_token(&mut tx, &[0; 32]).await.unwrap().is_none());
    assert!(people::by_token(&mut tx, &[1; 32]).await.unwrap().is_some());
    tx.commit().await.unwrap();
    assert!(sessions::lookup(&mut conn, &[4; 32]).await.unwrap().is_none());
    sessions::sweep(&mut conn).await.unwrap();
}

#[tokio::test]
async fn a_workspace_remembers_its_newest_state() {
    let world = world!();
    let change = world.submit(&Ask::allowed()).await.id;
    let mut tx = world.db.begin().await.unwrap();
    assert!(workspaces::seen(&mut tx, "shop").await.unwrap().is_none());
    for (lineage, serial, expected) in [("a", 3, 3), ("a", 5, 5), ("a", 4, 5), ("b", 1, 1)] {
        workspaces::saw(&mut tx, "shop", lineage, serial, change).await.unwrap();
        let seen = workspaces::seen(&mut tx, "shop").await.unwrap();
        assert_eq!(seen, Some(SeenState { lineage: lineage.to_owned(), serial: expected }));
    }
}
