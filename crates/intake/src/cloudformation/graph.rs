//! What depends on what in a stack.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_core::{Effect, Gap, Graph, Link, Node as Place};

use super::change_set::Listed;
use super::intrinsic::{imports, references};
use super::template::Stack;
use super::types::Kind;
use crate::table::Table;
use crate::value::Node;

/// What the nodes of a stack have in common.
pub(super) struct Maker {
    pub(super) table: &'static Table,
    pub(super) types: &'static BTreeMap<String, Kind>,
}

impl Maker {
    fn place(&self, address: &str, kind: &str, exists: bool) -> Place {
        let like = self.types.get(kind).map_or(kind, |kind| kind.like.as_str());
        Place {
            address: address.to_owned(),
            kind: kind.to_owned(),
            class: self.table.class(like, None),
            exists,
            ..Place::default()
        }
    }

    /// Everything that two templates show.
    pub(super) fn of_templates(&self, stack: &Stack<'_>) -> Graph {
        let mut graph = Graph::default();
        graph.shown = true;
        let resources = |template: &Node<'_>| -> Vec<(String, Node<'static>)> {
            let members = template.get("Resources").map(Node::members).unwrap_or_default();
            members.iter().map(|(id, node)| (id.to_string(), node.owned())).collect()
        };
        let (old, new) = (resources(&stack.old), resources(&stack.new));
        let kind = |node: &Node<'_>| node.get("Type").and_then(Node::as_str).unwrap_or_default().to_owned();
        for (id, node) in &old {
            graph.node(self.place(id, &kind(node), true));
        }
        for (id, node) in &new {
            graph.node(self.place(id, &kind(node), false));
        }
        let mut others: BTreeSet<String> = BTreeSet::new();
        for template in [&stack.old, &stack.new] {
            let parameters = template.get("Parameters").map(Node::members).unwrap_or_default();
            others.extend(parameters.iter().map(|(name, _)| name.to_string()));
        }
        for (id, node) in old.iter().chain(&new) {
            edges(&mut graph, id, node, &others);
        }
        for template in [&stack.old, &stack.new] {
            exports(&mut graph, template);
        }
        tidy(&mut graph);
        graph
    }

    /// What change sets show, which is only what makes a resource change.
    pub(super) fn of_changes(&self, listed: &[Listed], effects: &[Effect]) -> Graph {
        let mut graph = Graph::default();
        let mut physical: BTreeMap<&str, u32> = BTreeMap::new();
        for change in listed {
            let exists = effects.iter().any(|e| {
                e.resource.address == change.item.address && e.effect != holdpoint_core::EffectKind::Create
            });
            let mut place = self.place(&change.item.address, &change.item.kind, exists);
            place.identifiers.extend((!change.physical.is_empty()).then(|| change.physical.clone()));
            (place.account, place.region) = change.lies.clone();
            let number = graph.node(place);
            if change.physical.len() > 3 {
                physical.insert(&change.physical, number);
            }
        }
        for change in listed {
            let Some(from) = graph.find(&change.item.address) else { continue };
            let prefix = change
                .item
                .address
                .rsplit_once('/')
                .map(|(stack, _)| format!("{stack}/"))
                .unwrap_or_default();
            for cause in &change.causes {
                if let Some(to) = graph.find(&format!("{prefix}{cause}")) {
                    graph.edge(from, to, Link::Reference);
                    graph.resolved = graph.resolved.saturating_add(1);
                }
            }
            for side in [&change.item.before, &change.item.after] {
                mentions(side, &mut |text| {
                    if let Some(to) = physical.get(text) {
                        graph.edge(from, *to, Link::Mention);
                    }
                });
            }
        }
        tidy(&mut graph);
        graph
    }
}

fn tidy(graph: &mut Graph) {
    graph.settle();
    graph.gaps.sort();
    graph.gaps.dedup();
    graph.mentions.sort();
    graph.mentions.dedup();
}

fn mentions(node: &Node<'_>, see: &mut impl FnMut(&str)) {
    match node {
        Node::String(text) => see(text),
        Node::Array(items) => items.iter().for_each(|item| mentions(item, see)),
        Node::Object(members) => members.iter().for_each(|(_, value)| mentions(value, see)),
        _ => {}
    }
}

fn edges(graph: &mut Graph, id: &str, resource: &Node<'_>, parameters: &BTreeSet<String>) {
    let Some(from) = graph.find(id) else { return };
    let mut names = Vec::new();
    references(resource, &mut names);
    let listed = match resource.get("DependsOn") {
        Some(Node::Array(items)) => items.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        Some(Node::String(name)) => vec![name.to_string()],
        _ => Vec::new(),
    };
    let named = names.into_iter().map(|name| (name, Link::Reference));
    for (name, how) in named.chain(listed.into_iter().map(|name| (name, Link::DependsOn))) {
        if name.starts_with("AWS::") || parameters.contains(&name) {
            continue;
        }
        match graph.find(&name) {
            Some(to) => {
                graph.edge(from, to, how);
                graph.resolved = graph.resolved.saturating_add(1);
            }
            None => graph
                .gaps
                .push(Gap { resource: id.to_owned(), says: format!("`{name}` is not in the template") }),
        }
    }
    let mut imported = Vec::new();
    imports(resource, &mut imported);
    graph.mentions.extend(imported.into_iter().map(|name| (from, format!("export:{name}"))));
}

/// Names under which other stacks import what this one exports.
fn exports(graph: &mut Graph, template: &Node<'_>) {
    for (_, output) in template.get("Outputs").map(Node::members).unwrap_or_default() {
        let Some(name) = output.get("Export").and_then(|export| export.get("Name")).and_then(Node::as_str)
        else {
            continue;
        };
        let mut names = Vec::new();
        output.get("Value").into_iter().for_each(|value| references(value, &mut names));
        for number in names.iter().filter_map(|name| graph.find(name)).collect::<Vec<_>>() {
            if let Some(place) = graph.node_mut(number) {
                let name = format!("export:{name}");
                if !place.identifiers.contains(&name) {
                    place.identifiers.push(name);
                }
            }
        }
    }
}
