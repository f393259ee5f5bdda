//! Joining what is remembered with what a document shows.

use holdpoint_core::{Change, Graph, Link, Node};
use holdpoint_store::inventory::Reach;

/// The document's graph, to be added to. Every resource of the change is a node in it, also where the format shows no
/// dependencies.
pub(super) fn copy(graph: &Graph, change: &Change) -> Graph {
    let mut graph = graph.clone();
    for effect in &change.effects {
        let resource = &effect.resource;
        graph.node(Node {
            address: resource.address.clone(),
            kind: resource.kind.clone(),
            class: effect.class,
            exists: effect.effect != holdpoint_core::EffectKind::Create,
            ..Node::default()
        });
    }
    graph
}

/// Adds what the inventory knows. A resource of the change's own workspace is the document's node of that address, where
/// there is one: the document is newer.
pub(super) fn take(graph: &mut Graph, workspace: Option<&str>, reach: &Reach) {
    let number = |graph: &Graph, key: &(String, String)| {
        let own = workspace == Some(key.0.as_str());
        let in_document = if own { graph.find(&key.1) } else { None };
        in_document.or_else(|| graph.find_in(&key.0, &key.1))
    };
    for node in &reach.nodes {
        let key = (node.workspace.clone(), node.address.clone());
        match number(graph, &key) {
            Some(known) => {
                // Only what the document leaves open is filled in.
                if let Some(known) = graph.node_mut(known) {
                    known.sign = known.sign.take().or_else(|| node.sign.clone());
                    known.account = known.account.take().or_else(|| node.account.clone());
                    known.region = known.region.take().or_else(|| node.region.clone());
                }
            }
            None => {
                graph.node(node.clone());
            }
        }
    }
    for (from, to) in &reach.edges {
        if let (Some(from), Some(to)) = (number(graph, from), number(graph, to)) {
            graph.edge(from, to, Link::Learnt);
        }
    }
    graph.settle();
}
