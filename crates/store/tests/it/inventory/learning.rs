//! What documents and applied changes teach.

use std::time::Instant;

use holdpoint_core::{Class, EffectKind, Environment, Graph, Link, Node, Outcome};
use holdpoint_store::Error;
use holdpoint_store::inventory::{self, Filter, Learnt};
use sqlx::Executor as _;

use super::{Doc, node, reached};
use crate::fixture::{Ask, world};

fn shop() -> Doc {
    Doc::default()
        .has("aws_db_instance.main", Class::Data, &["db-1", "arn:db-1"])
        .has("aws_instance.app", Class::Compute, &["i-1"])
        .makes("aws_s3_bucket.logs", Class::Data)
        .depends("aws_instance.app", "aws_db_instance.main")
        .signed("aws_db_instance.main", Environment::Production)
        .named("aws_db_instance.main", "aws_db_instance:main")
}

#[tokio::test]
async fn what_a_document_shows_is_listed_and_shown_with_its_neighbours() {
    let world = world!();
    let change = world.teach(&world.agent, None, "shop", &shop()).await;
    let other = Doc::default().has("aws_lambda_function.report", Class::Compute, &[]);
    let other = other.mentions("aws_lambda_function.report", "arn:db-1");
    world.teach(&world.pipeline, None, "reports", &other).await;

    let mut c = world.db.conn().await.unwrap();
    let shown = inventory::show(&mut c, "shop", "aws_db_instance.main").await.unwrap().unwrap();
    assert_eq!((shown.row.kind.as_str(), shown.row.class), ("aws_db_instance", Class::Data));
    assert_eq!(shown.row.identifiers, ["arn:db-1", "db-1"]);
    assert_eq!(shown.row.names, ["aws_db_instance:main"]);
    assert_eq!(shown.row.sign, Some((Environment::Production, "`aws_db_instance.main` says so".to_owned())));
    assert!(shown.row.present && shown.row.born_at.is_none() && shown.row.pending.is_none());
    let key = |workspace: &str, address: &str| (workspace.to_owned(), address.to_owned());
    assert_eq!(
        shown.dependents,
        [
            (key("reports", "aws_lambda_function.report"), Link::Mention),
            (key("shop", "aws_instance.app"), Link::Reference)
        ]
    );
    let app = inventory::show(&mut c, "shop", "aws_instance.app").await.unwrap().unwrap();
    assert_eq!(app.dependencies, [(key("shop", "aws_db_instance.main"), Link::Reference)]);
    let report = inventory::show(&mut c, "reports", "aws_lambda_function.report").await.unwrap().unwrap();
    assert_eq!(report.dependencies, [(key("shop", "aws_db_instance.main"), Link::Mention)]);
    assert_eq!(inventory::show(&mut c, "shop", "aws_nothing.at_all").await.unwrap(), None);

    let logs = world.row("shop", "aws_s3_bucket.logs").await.unwrap();
    assert_eq!((logs.present, logs.pending), (false, Some((change.id, EffectKind::Create))));
    let workspaces = inventory::workspaces(&mut c).await.unwrap();
    let counts: Vec<_> = workspaces.iter().map(|w| (w.name.as_str(), w.resources)).collect();
    assert_eq!(counts, [("reports", 1), ("shop", 2)]);
    assert_eq!(workspaces[1].change, change.id);

    let found = async |filter: Filter| {
        world.rows(&filter).await.into_iter().map(|row| row.address).collect::<Vec<_>>()
    };
    assert_eq!(found(Filter::default()).await.len(), 4);
    let data = Filter { workspace: Some("shop".to_owned()), class: Some(Class::Data), ..Filter::default() };
    assert_eq!(found(data).await, ["aws_db_instance.main", "aws_s3_bucket.logs"]);
    let there = Filter { present: Some(false), ..Filter::default() };
    assert_eq!(found(there).await, ["aws_s3_bucket.logs"]);
    let search = Filter { search: Some("ARN:DB".to_owned()), ..Filter::default() };
    assert_eq!(found(search).await, ["aws_db_instance.main"]);
    let mut after = None;
    let mut paged = Vec::new();
    loop {
        let page = inventory::list(&mut c, &Filter::default(), after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.workspace.clone(), last.address.clone()));
        paged.extend(page);
    }
    assert_eq!(paged, world.rows(&Filter::default()).await);
}

#[tokio::test]
async fn the_same_document_again_touches_its_workspace_alone() {
    let world = world!();
    world.teach(&world.agent, None, "shop", &shop()).await;
    let mut root = world.superuser().await;
    let mut versions = async || -> (String, String, String) {
        sqlx::query_as(
            "select (select string_agg(xmin::text, ' ' order by address) from holdpoint.inventory_resources),
               (select string_agg(xmin::text, ' ') from holdpoint.inventory_edges),
               (select string_agg(xmin::text, ' ') from holdpoint.inventory_workspaces)",
        )
        .fetch_one(&mut root)
        .await
        .unwrap()
    };
    let before = versions().await;
    let seen = world.row("shop", "aws_instance.app").await.unwrap().seen_at;
    world.teach(&world.agent, None, "shop", &shop()).await;
    let after = versions().await;
    assert_eq!((&after.0, &after.1), (&before.0, &before.1));
    assert_ne!(after.2, before.2);
    assert!(world.row("shop", "aws_instance.app").await.unwrap().seen_at > seen);
    // Any difference is taken in.
    let more = shop().does("aws_instance.app", EffectKind::Delete);
    world.teach(&world.agent, None, "shop", &more).await;
    let app = world.row("shop", "aws_instance.app").await.unwrap();
    assert_eq!(app.pending.map(|(_, effect)| effect), Some(EffectKind::Delete));
}

#[tokio::test]
async fn what_a_document_leaves_out_is_gone_and_counts_for_a_day() {
    let world = world!();
    world.teach(&world.agent, None, "shop", &shop()).await;
    let less = Doc::default().has("aws_db_instance.main", Class::Data, &[]);
    world.teach(&world.agent, None, "shop", &less).await;
    let app = world.row("shop", "aws_instance.app").await.unwrap();
    assert!(!app.present && app.gone_at.is_some() && app.gone_by.is_none(), "{app:?}");
    assert_eq!(world.row("shop", "aws_s3_bucket.logs").await, None, "what never came to be is forgotten");
    // A thinner document hides neither the dependent, nor an identifier, nor a sign.
    let main = world.row("shop", "aws_db_instance.main").await.unwrap();
    assert_eq!((main.identifiers.len(), main.sign.map(|s| s.0)), (2, Some(Environment::Production)));
    let target = "aws_db_instance.main";
    assert_eq!(reached(&world.reach(Some("shop"), target, &[], 100).await, target), ["aws_instance.app"]);
    world.a_day_passes().await;
    assert!(reached(&world.reach(Some("shop"), target, &[], 100).await, target).is_empty());
    // It comes back.
    world.teach(&world.agent, None, "shop", &shop()).await;
    assert_eq!(reached(&world.reach(Some("shop"), target, &[], 100).await, target), ["aws_instance.app"]);
    assert_eq!(world.row("shop", "aws_instance.app").await.unwrap().gone_at, None);
}

#[tokio::test]
async fn what_is_left_out_after_something_was_applied_counts_no_more() {
    let world = world!();
    let target = "aws_db_instance.main";
    world.teach(&world.agent, None, "shop", &shop()).await;
    let switch = shop().does("aws_instance.app", EffectKind::Update);
    world.apply(&world.agent, None, "shop", &switch).await;
    let after = Doc::default()
        .has("aws_db_instance.main", Class::Data, &["db-2"])
        .has("aws_instance.app", Class::Compute, &["i-1"])
        .has("aws_s3_bucket.logs", Class::Data, &[]);
    world.teach(&world.agent, None, "shop", &after).await;
    assert!(reached(&world.reach(Some("shop"), target, &[], 100).await, target).is_empty());
    let main = world.row("shop", target).await.unwrap();
    assert_eq!((main.identifiers, main.sign), (vec!["db-2".to_owned()], None));
    // Only the next document is believed.
    let empty = Doc::default().has(target, Class::Data, &[]);
    world.teach(&world.agent, None, "shop", &empty).await;
    assert_eq!(world.row("shop", target).await.unwrap().identifiers, ["db-2"]);
}

#[tokio::test]
async fn an_applied_change_makes_and_removes_and_a_failed_one_does_not() {
    let world = world!();
    let doc = shop().does("aws_instance.app", EffectKind::Delete);
    let failed = world.teach(&world.agent, None, "shop", &doc).await;
    world.end(&failed, Outcome::Failed).await;
    let app = world.row("shop", "aws_instance.app").await.unwrap();
    assert!(app.present && app.pending.is_none(), "what ended is not under way: {app:?}");
    let doc = shop().does("aws_instance.app", EffectKind::Delete);
    world.apply(&world.agent, None, "shop", &doc).await;
    let app = world.row("shop", "aws_instance.app").await.unwrap();
    assert_eq!((app.present, app.gone_by.as_deref()), (false, Some("billing-bot")));
    let logs = world.row("shop", "aws_s3_bucket.logs").await.unwrap();
    assert_eq!((logs.present, logs.born_by.as_deref(), logs.pending), (true, Some("billing-bot"), None));
    let target = "aws_db_instance.main";
    assert!(reached(&world.reach(Some("shop"), target, &[], 100).await, target).is_empty(), "gone at once");
    assert_eq!(inventory::workspaces(&mut world.db.conn().await.unwrap()).await.unwrap()[0].resources, 2);
}

/// Whatever a document holds, it is learnt, and nothing of it is mistaken for something else.
#[tokio::test]
async fn hostile_texts_are_learnt_or_passed_over() {
    let world = world!();
    let long = "x".repeat(100_000);
    let mut doc = Doc::default().has("a\u{0}b", Class::Data, &["id\u{0}1", "id\u{1f}2", &long, ""]);
    doc = doc.has("a\u{fffd}b", Class::Data, &[]).has(&long, Class::Data, &[]).has("", Class::Data, &[]);
    doc = doc.has("'; drop table x; --", Class::Data, &[]).depends("'; drop table x; --", "a\u{0}b");
    doc = doc.depends(&long, "a\u{0}b").mentions("a\u{0}b", &long).mentions("a\u{0}b", "\u{0}");
    doc =
        doc.mentions("a\u{0}b", "\u{0}").named("a\u{0}b", "t:\u{0}").signed("a\u{0}b", Environment::Staging);
    let many: Vec<String> = (0..1_000).map(|n| format!("id-{n}")).collect();
    let number = doc.graph.find("'; drop table x; --").unwrap();
    doc.graph.node_mut(number).unwrap().identifiers = many;
    // Another workspace's nodes are not this one's to teach.
    doc.graph.node(Node { workspace: "other".to_owned(), exists: true, ..node("theirs", Class::Data, &[]) });
    world.teach(&world.agent, None, "odd", &doc).await;
    let rows = world.rows(&Filter::default()).await;
    let addresses: Vec<_> = rows.iter().map(|row| row.address.as_str()).collect();
    assert_eq!(addresses, ["'; drop table x; --", "a\u{fffd}b"]);
    assert_eq!(rows[0].identifiers.len(), 64);
    assert_eq!(rows[1].identifiers, ["id\u{fffd}1", "id\u{fffd}2"]);
    let reach = world.reach(Some("odd"), "a\u{0}b", &["\u{0}", &long], 100).await;
    assert_eq!(reached(&reach, "a\u{fffd}b"), ["'; drop table x; --"]);
}

#[tokio::test]
async fn what_cannot_be_learnt_does_not_spoil_the_submission() {
    let world = world!();
    let mut tx = world.db.begin().await.unwrap();
    let submitted = world.submit_on(&mut tx, &world.agent, &Ask::allowed()).await.unwrap();
    let change = submitted.change().unwrap().clone();
    for workspace in ["", "\u{0}", &"w".repeat(801)] {
        let learnt = Learnt {
            workspace,
            change: change.id,
            requester: &world.agent.id,
            session: None,
            graph: &Graph::default(),
            effects: &[],
        };
        let refused = inventory::learn(&mut tx, &learnt).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
    // A reader that waits for too long is told so, and the transaction goes on.
    let mut root = world.superuser().await;
    root.execute("begin; lock table holdpoint.inventory_resources").await.unwrap();
    let started = Instant::now();
    let late = inventory::own(&mut tx, "shop", &world.agent.id, None, &[]).await;
    assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
    assert!(started.elapsed() < std::time::Duration::from_secs(4), "{:?}", started.elapsed());
    tx.commit().await.unwrap();
    assert_eq!(world.get(&change).await, change);
}

#[tokio::test]
async fn a_large_document_is_learnt_fast() {
    let world = world!();
    let mut graph = Graph::default();
    for n in 0..10_000_u32 {
        let address = format!("module.service_{}.aws_instance.node[{n}]", n % 100);
        let ids = [format!("i-{n:017}"), format!("arn:aws:ec2:eu-west-1:123456789012:instance/i-{n:017}")];
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        graph.node(Node { exists: true, ..node(&address, Class::Compute, &ids) });
    }
    for n in 0..50_000_u32 {
        graph.edge(n % 10_000, (n.wrapping_mul(7_919) + n / 10_000 * 31) % 10_000, Link::Reference);
    }
    let doc = Doc { graph, effects: Vec::new() };
    let mut times = Vec::new();
    let mut changed = doc.clone();
    changed.graph.node(Node { exists: true, ..node("aws_instance.one_more", Class::Compute, &[]) });
    for doc in [&doc, &doc, &changed] {
        let started = Instant::now();
        world.teach(&world.agent, None, "large", doc).await;
        times.push(started.elapsed());
    }
    println!("10,000 nodes and 50,000 edges: learnt, the same again, with one more: {times:?}");
    // Generous: a machine under load, an unoptimised build. What is quadratic takes minutes.
    assert!(times.iter().all(|time| *time < std::time::Duration::from_secs(20)), "{times:?}");
    let started = Instant::now();
    let reach = world
        .reach(Some("large"), "module.service_7.aws_instance.node[7]", &["i-00000000000000007"], 20_000)
        .await;
    println!("reach of {} nodes and {} edges: {:?}", reach.nodes.len(), reach.edges.len(), started.elapsed());
    assert!(reach.nodes.len() > 1_000);
}
