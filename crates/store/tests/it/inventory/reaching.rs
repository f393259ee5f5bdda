//! What depends on something, across workspaces and at any distance.

use std::time::Instant;

use holdpoint_core::{Class, EffectKind, Environment, Graph, Link, Node};
use holdpoint_store::inventory::{self, Target};

use super::{Doc, node, reached};
use crate::fixture::world;

const DB: &str = "aws_db_instance.main";

fn database() -> Doc {
    Doc::default()
        .has(DB, Class::Data, &["db-1", "arn:db-1"])
        .has("aws_route53_record.db", Class::Traffic, &["db.example.com"])
        .depends("aws_route53_record.db", DB)
        .signed(DB, Environment::Staging)
        .named(DB, "aws_db_instance:main")
}

#[tokio::test]
async fn dependents_are_found_across_workspaces_and_hops() {
    let world = world!();
    world.teach(&world.agent, None, "data", &database()).await;
    let shop = Doc::default()
        .has("aws_ecs_service.shop", Class::Compute, &["svc-1"])
        .has("aws_lb.shop", Class::Traffic, &["lb-1"])
        .has("aws_instance.unrelated", Class::Compute, &["i-9"])
        .mentions("aws_ecs_service.shop", "arn:db-1")
        .mentions("aws_instance.unrelated", "db-2")
        .depends("aws_lb.shop", "aws_ecs_service.shop")
        .signed("aws_lb.shop", Environment::Production);
    world.teach(&world.pipeline, None, "shop", &shop).await;
    let edge = Doc::default().has("cdn.site", Class::Traffic, &[]).mentions("cdn.site", "lb-1");
    world.teach(&world.pipeline, None, "edge", &edge).await;
    // The same database under another name.
    let copy = Doc::default()
        .has("aws_db_instance.imported", Class::Data, &["db-1"])
        .has("aws_iam_role.reader", Class::Identity, &[])
        .depends("aws_iam_role.reader", "aws_db_instance.imported");
    world.teach(&world.pipeline, None, "copy", &copy).await;

    let reach = world.reach(Some("data"), DB, &[], 100).await;
    assert!(reach.complete);
    let expected = [
        "aws_route53_record.db",
        "copy/aws_db_instance.imported",
        "copy/aws_iam_role.reader",
        "edge/cdn.site",
        "shop/aws_ecs_service.shop",
        "shop/aws_lb.shop",
    ];
    assert_eq!(reached(&reach, DB), expected);
    let own = reach.nodes.iter().find(|node| node.address == DB && node.workspace.is_empty()).unwrap();
    assert_eq!(own.names, ["aws_db_instance:main"]);
    assert_eq!(own.sign.as_ref().map(|sign| sign.0), Some(Environment::Staging));
    assert!(own.exists);
    let sign = reach.nodes.iter().find(|node| node.address == "aws_lb.shop").unwrap().sign.clone();
    assert_eq!(sign.map(|sign| sign.0), Some(Environment::Production));
    let key = |workspace: &str, address: &str| (workspace.to_owned(), address.to_owned());
    for (from, to) in [
        (key("", "aws_route53_record.db"), key("", DB)),
        (key("shop", "aws_ecs_service.shop"), key("", DB)),
        (key("shop", "aws_lb.shop"), key("shop", "aws_ecs_service.shop")),
        (key("edge", "cdn.site"), key("shop", "aws_lb.shop")),
        (key("copy", "aws_db_instance.imported"), key("", DB)),
    ] {
        assert!(reach.edges.contains(&(from.clone(), to.clone())), "{from:?} on {to:?}: {:?}", reach.edges);
    }
    // Every edge is between nodes that are there, so that a graph can be made of it.
    for (from, to) in &reach.edges {
        for end in [from, to] {
            assert!(
                reach.nodes.iter().any(|node| (&node.workspace, &node.address) == (&end.0, &end.1)),
                "{end:?}"
            );
        }
    }
    assert_eq!(world.reach(Some("data"), DB, &[], 100).await, reach, "the same again");

    // By identifiers alone, as a command line knows it.
    let reach = world.reach(None, "aws rds delete-db-instance", &["db-1", "arn:db-1"], 100).await;
    let mut expected: Vec<String> = expected.iter().map(|&e| e.to_owned()).collect();
    expected[0] = "data/aws_route53_record.db".to_owned();
    expected.push(format!("data/{DB}"));
    expected.sort();
    assert_eq!(reached(&reach, ""), expected);
    // What the change itself knows of its target counts before anything was learnt of it.
    let reach = world.reach(Some("new"), "aws_db_instance.x", &["db-2"], 100).await;
    assert_eq!(reached(&reach, ""), ["shop/aws_instance.unrelated"]);
    let nothing = world.reach(Some("new"), "aws_db_instance.x", &["db-3"], 100).await;
    assert!(nothing.complete && nothing.nodes.is_empty() && nothing.edges.is_empty());
}

#[tokio::test]
async fn cycles_and_self_references_end() {
    let world = world!();
    let mut doc = Doc::default();
    for name in ["a.a", "b.b", "c.c"] {
        doc = doc.has(name, Class::Other, &[name]).mentions(name, name);
    }
    doc = doc.depends("a.a", "b.b").depends("b.b", "c.c").depends("c.c", "a.a");
    world.teach(&world.agent, None, "round", &doc).await;
    let reach = world.reach(Some("round"), "a.a", &["a.a"], 100).await;
    assert!(reach.complete);
    assert_eq!(reached(&reach, "a.a"), ["b.b", "c.c"]);
    assert_eq!(reach.edges.len(), 3, "{:?}", reach.edges);
}

#[tokio::test]
async fn a_search_stops_at_its_limits_and_says_so() {
    let world = world!();
    let mut graph = Graph::default();
    let hub = graph.node(Node { exists: true, ..node("aws_vpc.main", Class::Network, &["vpc-1"]) });
    for n in 0..100_000_u32 {
        let leaf = graph.node(Node { exists: true, ..node(&format!("aws_x.n[{n}]"), Class::Other, &[]) });
        graph.edge(leaf, hub, Link::Reference);
    }
    world.teach(&world.agent, None, "hub", &Doc { graph, effects: Vec::new() }).await;
    let started = Instant::now();
    let reach = world.reach(Some("hub"), "aws_vpc.main", &["vpc-1"], 1_000).await;
    println!("100,000 edges out of one node, cut at 1,000: {:?}", started.elapsed());
    assert!(!reach.complete);
    assert!(reach.nodes.len() <= 1_000 && reach.edges.len() <= 4_000);
    assert!(reach.nodes.len() > 500, "what is found until then is there");

    // Deeper than twenty hops.
    let mut chain = Doc::default().has("n.0", Class::Other, &[]);
    for n in 1..=25 {
        chain = chain.has(&format!("n.{n}"), Class::Other, &[]);
        chain = chain.depends(&format!("n.{n}"), &format!("n.{}", n - 1));
    }
    world.teach(&world.agent, None, "chain", &chain).await;
    let reach = world.reach(Some("chain"), "n.0", &[], 1_000).await;
    assert!(!reach.complete && reach.nodes.len() == 21, "{}", reach.nodes.len());
    assert!(world.reach(Some("chain"), "n.6", &[], 1_000).await.complete);
    assert!(!world.reach(Some("chain"), "n.20", &[], 3).await.complete, "fewer than there are");
    assert!(world.reach(Some("chain"), "n.20", &[], 6).await.complete);
}

#[tokio::test]
async fn names_and_addresses_that_are_taken_are_told() {
    let world = world!();
    world.teach(&world.agent, None, "data", &database()).await;
    let planned = Doc::default().makes("aws_x.planned", Class::Other).named("aws_x.planned", "aws_x:p");
    world.teach(&world.agent, None, "plans", &planned).await;
    let existing = async |workspace: Option<&str>, address: &str, names: &[&str]| {
        let creates = [(address.to_owned(), names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>())];
        let mut c = world.db.conn().await.unwrap();
        inventory::existing(&mut c, workspace, &creates, &["aws_db_instance"]).await.unwrap()
    };
    // The address, in its own workspace only.
    let found = existing(Some("data"), DB, &[]).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].address == DB && found[0].says.contains("`data`"), "{found:?}");
    assert!(existing(Some("other"), DB, &[]).await.is_empty());
    // The name, anywhere; what is only planned is not there.
    let names = ["aws_db_instance:main", "aws_x:p", "aws_db_instance:other"];
    for workspace in [Some("data"), Some("other"), None] {
        let found = existing(workspace, "aws_db_instance.second", &names).await;
        assert_eq!(found.len(), 1, "{workspace:?}: {found:?}");
        assert!(found[0].says.contains("aws_db_instance:main") && found[0].says.contains(DB), "{found:?}");
    }
    // Once an applied change has removed it, its name is free.
    let removed = database().does(DB, EffectKind::Delete);
    world.apply(&world.agent, None, "data", &removed).await;
    assert!(existing(Some("data"), DB, &names).await.is_empty());
    // A document that leaves everything out frees nothing for a day: that is how a lost state looks.
    world.teach(&world.agent, None, "data", &database()).await;
    world.teach(&world.agent, None, "data", &database()).await;
    world.teach(&world.agent, None, "data", &Doc::default()).await;
    assert_eq!(existing(Some("data"), DB, &[]).await.len(), 1);
    world.a_day_passes().await;
    assert!(existing(Some("data"), DB, &names).await.is_empty());
}

#[tokio::test]
async fn many_targets_are_asked_about_at_once() {
    let world = world!();
    let mut doc = Doc::default();
    for n in 0..2_000 {
        doc = doc.has(&format!("a.n[{n}]"), Class::Other, &[&format!("id-{n}")]);
        doc = doc.has(&format!("b.n[{n}]"), Class::Other, &[]);
        doc = doc.mentions(&format!("b.n[{n}]"), &format!("id-{n}"));
    }
    world.teach(&world.agent, None, "many", &doc).await;
    let asked: Vec<(String, Vec<String>)> =
        (0..2_000).map(|n| (format!("a.n[{n}]"), vec![format!("id-{n}")])).collect();
    let targets: Vec<Target<'_>> =
        asked.iter().map(|(address, identifiers)| Target { address, identifiers }).collect();
    let started = Instant::now();
    let mut c = world.db.conn().await.unwrap();
    let reach = inventory::dependents(&mut c, Some("many"), &targets, 10_000).await.unwrap();
    println!("2,000 targets: {:?}", started.elapsed());
    assert!(reach.complete && reach.nodes.len() == 4_000 && reach.edges.len() == 2_000);
}
