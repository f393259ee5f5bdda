//! A resource's properties under the names of the resource table, so that one table serves both.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::intrinsic::function;
use super::types::{Kind, snake};
use crate::value::{Node, step};

/// One side of a resource, translated.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) node: Option<Node<'static>>,
    /// Where a translated value stands in the original, by JSON pointer.
    pub(super) origin: BTreeMap<String, String>,
    /// Translated pointers of values that a function or reference leaves open.
    pub(super) open: BTreeSet<String>,
}

/// Translates one side; `null` is no side.
pub(super) fn side(node: &Node<'_>, kind: Option<&Kind>) -> Side {
    let mut side = Side::default();
    if *node != Node::Null {
        let at = At { path: String::new(), from: String::new(), to: String::new(), verbatim: false };
        side.node = Some(walk(node, &at, kind, &mut side.origin, &mut side.open));
    }
    side
}

/// What a property is called in the resource table.
pub(super) fn name(path: &str, key: &str, kind: Option<&Kind>) -> String {
    kind.and_then(|kind| kind.rename.get(path)).cloned().unwrap_or_else(|| snake(key))
}

struct At {
    /// The dotted path of the original.
    path: String,
    /// Pointers of the original and of the translation.
    from: String,
    to: String,
    /// Within a policy document, whose words are its own.
    verbatim: bool,
}

fn walk(
    node: &Node<'_>,
    at: &At,
    kind: Option<&Kind>,
    origin: &mut BTreeMap<String, String>,
    open: &mut BTreeSet<String>,
) -> Node<'static> {
    origin.insert(at.to.clone(), at.from.clone());
    if function(node).is_some() || node.as_str().is_some_and(|text| text.starts_with("{{changeSet:")) {
        open.insert(at.to.clone());
        return Node::Null;
    }
    match node {
        Node::Array(items) if is_pairs(items) && !at.verbatim => pairs(items, at, origin, open),
        Node::Array(items) => {
            let item = |(n, item): (usize, &Node<'_>)| {
                let (from, to) = (format!("{}/{n}", at.from), format!("{}/{n}", at.to));
                let at = At { path: at.path.clone(), from, to, verbatim: at.verbatim };
                walk(item, &at, kind, origin, open)
            };
            Node::Array(items.iter().enumerate().map(item).collect())
        }
        Node::Object(members) => {
            let verbatim = at.verbatim || node.get("Statement").is_some();
            let mut out: Vec<(Cow<'static, str>, Node<'static>)> = Vec::new();
            for (key, value) in members {
                let path = if at.path.is_empty() { key.to_string() } else { format!("{}.{key}", at.path) };
                let to = if verbatim { key.to_string() } else { name(&path, key, kind) };
                let at = At { path, from: step(&at.from, key), to: step(&at.to, &to), verbatim };
                out.push((Cow::Owned(to), walk(value, &at, kind, origin, open)));
            }
            out.sort_by(|(a, _), (b, _)| a.cmp(b));
            Node::Object(out)
        }
        Node::String(text) => Node::String(Cow::Owned(text.to_string())),
        Node::Number(text) => Node::Number(Cow::Owned(text.to_string())),
        Node::Bool(flag) => Node::Bool(*flag),
        Node::Null => Node::Null,
    }
}

/// Tags and attributes, as most types write them.
fn is_pairs(items: &[Node<'_>]) -> bool {
    let pair =
        |item: &Node<'_>| item.get("Key").and_then(Node::as_str).is_some() && item.get("Value").is_some();
    !items.is_empty() && items.iter().all(pair)
}

fn pairs(
    items: &[Node<'_>],
    at: &At,
    origin: &mut BTreeMap<String, String>,
    open: &mut BTreeSet<String>,
) -> Node<'static> {
    let mut out: BTreeMap<String, Node<'static>> = BTreeMap::new();
    for (n, item) in items.iter().enumerate() {
        let key = item.get("Key").and_then(Node::as_str).unwrap_or_default().replace('.', "_");
        let Some(value) = item.get("Value") else { continue };
        let to = step(&at.to, &key);
        origin.insert(to.clone(), format!("{}/{n}/Value", at.from));
        let value = match value {
            Node::String(text) | Node::Number(text) => Node::String(Cow::Owned(text.to_string())),
            Node::Bool(flag) => Node::Bool(*flag),
            _ => {
                open.insert(to);
                Node::Null
            }
        };
        out.insert(key, value);
    }
    Node::Object(out.into_iter().map(|(key, value)| (Cow::Owned(key), value)).collect())
}
