//! What depends on what: a graph of resources, as documents show it and as earlier changes taught it.

mod radius;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use radius::{Coverage, Fallen, Gap, MAX_LISTED, Radius, Share, radius};
pub use walk::{Dependents, Walk};

use crate::{Class, Environment};

/// A resource as a node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Node {
    /// The workspace it is of; empty for the one that the change itself is about.
    #[serde(default)]
    pub workspace: String,
    /// Its address in its own format.
    pub address: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is for.
    pub class: Class,
    /// Ids, ARNs and endpoints under which other resources' values may name it.
    #[serde(default)]
    pub identifiers: Vec<String>,
    /// Names that may be used once only, each as `type:name`.
    #[serde(default)]
    pub names: Vec<String>,
    /// The account or project it lies in, where shown.
    #[serde(default)]
    pub account: Option<String>,
    /// The region it lies in, where shown.
    #[serde(default)]
    pub region: Option<String>,
    /// What its own tags or name say about its environment, and the words that say so. A sign can only raise.
    #[serde(default)]
    pub sign: Option<(Environment, String)>,
    /// Whether it exists before the change.
    #[serde(default)]
    pub exists: bool,
}

/// How one resource was found to depend on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// An expression in the configuration refers to it.
    Reference,
    /// It is listed in `depends_on`.
    DependsOn,
    /// The state recorded it.
    State,
    /// A value holds its id, ARN or name.
    Mention,
    /// It owns it, or contains it.
    Owner,
    /// A selector matches it.
    Selector,
    /// An earlier change taught it.
    Learnt,
}

impl Link {
    /// The word used in the database, the API and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Link::Reference => "reference",
            Link::DependsOn => "depends_on",
            Link::State => "state",
            Link::Mention => "mention",
            Link::Owner => "owner",
            Link::Selector => "selector",
            Link::Learnt => "learnt",
        }
    }
}

/// `from` depends on `to`; both are numbers of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The dependent.
    pub from: u32,
    /// What it depends on.
    pub to: u32,
    /// How that is known.
    pub how: Link,
}

/// Nodes are numbered in the order in which they came; the same input gives the same numbers.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    numbers: HashMap<(String, String), u32>,
    edges: Vec<Edge>,
    /// References that were followed, and found something.
    pub resolved: u64,
    /// References that lead to something that is not shown.
    pub gaps: Vec<Gap>,
    /// Identifiers that a node's values name and that no node of this graph has: (node, identifier).
    pub mentions: Vec<(u32, String)>,
    /// Whether the format shows dependencies at all. Where it does not, coverage is not known.
    pub shown: bool,
}

impl Graph {
    /// Adds a node, or answers the number of the one with that workspace and address.
    pub fn node(&mut self, node: Node) -> u32 {
        let key = (node.workspace.clone(), node.address.clone());
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.numbers.insert(key, number);
        self.nodes.push(node);
        number
    }

    /// The number of a node of the change's own workspace.
    #[must_use]
    pub fn find(&self, address: &str) -> Option<u32> {
        self.find_in("", address)
    }

    /// The number of a node.
    #[must_use]
    pub fn find_in(&self, workspace: &str, address: &str) -> Option<u32> {
        self.numbers.get(&(workspace.to_owned(), address.to_owned())).copied()
    }

    /// Adds a dependency. One on itself says nothing and is left out; numbers that are no nodes, too.
    pub fn edge(&mut self, from: u32, to: u32, how: Link) {
        let last = self.nodes.len();
        if from != to && (from as usize) < last && (to as usize) < last {
            self.edges.push(Edge { from, to, how });
        }
    }

    /// Every node, by number.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// To complete a node that was added early.
    pub fn node_mut(&mut self, number: u32) -> Option<&mut Node> {
        self.nodes.get_mut(number as usize)
    }

    /// Every dependency; the same pair may be there more than once, found in different ways.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Sorts the edges and leaves each pair once, with the plainest way it was found.
    pub fn settle(&mut self) {
        self.edges.sort_unstable();
        self.edges.dedup_by_key(|edge| (edge.from, edge.to));
    }
}
