use super::*;
use crate::{Change, Context, Digest, Effect, EffectKind, Format, Hazard, HazardKind, Resource};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn node(address: &str, class: Class) -> Node {
    Node { address: address.to_owned(), kind: "t".to_owned(), class, exists: true, ..Node::default() }
}

fn graph(nodes: u32, edges: &[(u32, u32)]) -> Graph {
    let mut graph = Graph { shown: true, ..Graph::default() };
    for n in 0..nodes {
        graph.node(node(&format!("t.{n}"), if n % 3 == 0 { Class::Data } else { Class::Compute }));
    }
    for (from, to) in edges {
        graph.edge(*from, *to, Link::Reference);
    }
    graph.settle();
    graph
}

fn change(effects: &[(EffectKind, u32)]) -> Change {
    let effects = effects
        .iter()
        .map(|(kind, n)| Effect {
            effect: *kind,
            resource: Resource {
                address: format!("t.{n}"),
                kind: "t".to_owned(),
                provider: String::new(),
                module: String::new(),
                deposed: None,
            },
            create_before_destroy: false,
            moved_from: None,
            imported_as: None,
            deferred: None,
            forced_by: vec![],
            unknown: vec![],
            sensitive: vec![],
            sensitive_changed: vec![],
            before: None,
            after: None,
            values: Digest::of(b""),
            class: if n % 3 == 0 { Class::Data } else { Class::Compute },
            backup: crate::Backup::default(),
            hazards: vec![],
            manners: vec![],
        })
        .collect();
    Change {
        format: Format::Terraform,
        effects,
        outputs: vec![],
        context: Context::default(),
        graph: Graph::default(),
    }
}

#[test]
fn what_depends_falls_by_hop() {
    // 3 -> 2 -> 1 -> 0, and 4 -> 1.
    let graph = graph(6, &[(1, 0), (2, 1), (3, 2), (4, 1)]);
    let found = radius(&graph, &change(&[(EffectKind::Delete, 0), (EffectKind::Update, 5)]));
    assert_eq!((found.direct, found.destroyed, found.hops.as_slice()), (2, 1, [1, 2, 1].as_slice()));
    assert_eq!(found.data, 2);
    let listed: Vec<_> = found.listed.iter().map(|f| (f.address.as_str(), f.hop)).collect();
    assert_eq!(listed, [("t.0", 0), ("t.1", 1), ("t.2", 2), ("t.4", 2), ("t.3", 3)]);
    assert_eq!(found.listed.last().unwrap().on, [(2, Link::Reference)]);
}

#[test]
fn an_ordinary_update_endangers_nobody_and_a_hazard_does() {
    let graph = graph(2, &[(1, 0)]);
    let mut change = change(&[(EffectKind::Update, 0)]);
    assert_eq!(radius(&graph, &change).dependents(), 0);
    change.effects[0].hazards.push(Hazard {
        kind: HazardKind::Capacity,
        attribute: String::new(),
        evidence: String::new(),
    });
    assert_eq!(radius(&graph, &change).dependents(), 1);
}

#[test]
fn cycles_and_self_references_end() {
    let graph = graph(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]);
    let found = radius(&graph, &change(&[(EffectKind::Delete, 0)]));
    assert_eq!(found.hops, [1, 1]);
}

#[test]
fn a_hundred_thousand_dependents_of_one_are_counted_and_not_all_listed() {
    let edges: Vec<(u32, u32)> = (1..=100_000).map(|n| (n, 0)).collect();
    let graph = graph(100_001, &edges);
    let found = radius(&graph, &change(&[(EffectKind::Delete, 0)]));
    assert_eq!(found.hops, [100_000]);
    assert!(found.listed.len() <= MAX_LISTED);
}

#[test]
fn coverage_says_what_is_missing() {
    let mut graph = graph(2, &[]);
    graph.resolved = 3;
    graph.gaps.push(Gap { resource: "t.1".to_owned(), says: "`var.x` leads out of the plan".to_owned() });
    let found = radius(&graph, &change(&[(EffectKind::Delete, 0)]));
    assert_eq!((found.coverage.references, found.coverage.percent()), (4, 75));
    assert_eq!(Coverage::default().percent(), 0);
}

proptest! {
    /// Against the plainest closure there is.
    #[test]
    fn the_walk_finds_the_closure(
        nodes in 1_u32..30,
        edges in prop::collection::vec((0_u32..30, 0_u32..30), 0..120),
        root in 0_u32..30,
    ) {
        let root = root % nodes;
        let edges: Vec<_> = edges.into_iter().map(|(a, b)| (a % nodes, b % nodes)).collect();
        let graph = graph(nodes, &edges);
        let mut expected = BTreeSet::from([root]);
        loop {
            let more: Vec<u32> =
                edges.iter().filter(|(from, to)| expected.contains(to) && !expected.contains(from)).map(|(from, _)| *from).collect();
            if more.is_empty() {
                break;
            }
            expected.extend(more);
        }
        let mut walk = Walk::default();
        Dependents::of(&graph).walk(&[root], &mut walk);
        let found: BTreeSet<u32> = walk.order().iter().copied().collect();
        prop_assert_eq!(walk.order().len(), found.len());
        prop_assert_eq!(found, expected);
        prop_assert_eq!(walk.ends().last().copied(), Some(walk.order().len() as u32));
    }
}
