//! Parameters under the names of the resource table, so that one table serves calls as well: `DeletionProtection` is
//! `deletion_protection`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::cloudformation::types::snake;
use crate::value::{Node, step};

/// Parameters, translated.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) node: Node<'static>,
    /// Where each value stands among the parameters as they came, by JSON pointers.
    pub(super) origin: BTreeMap<String, String>,
}

/// Translates; `rename` has dotted paths of translated names that the resource table calls otherwise.
pub(super) fn translate(parameters: &Node<'_>, rename: &BTreeMap<String, String>) -> Translated {
    let mut origin = BTreeMap::new();
    let node = walk(parameters, &At::default(), rename, &mut origin);
    Translated { node, origin }
}

#[derive(Debug, Default)]
struct At {
    from: String,
    to: String,
    path: String,
}

fn walk(
    node: &Node<'_>,
    at: &At,
    rename: &BTreeMap<String, String>,
    origin: &mut BTreeMap<String, String>,
) -> Node<'static> {
    origin.insert(at.to.clone(), at.from.clone());
    match node {
        Node::Object(members) => {
            let mut out: Vec<(Cow<'static, str>, Node<'static>)> = Vec::with_capacity(members.len());
            for (key, value) in members {
                let plain = snake(key);
                let path = if at.path.is_empty() { plain.clone() } else { format!("{}.{plain}", at.path) };
                let name = rename.get(&path).cloned().unwrap_or(plain);
                let inner = At { from: step(&at.from, key), to: step(&at.to, &name), path };
                out.push((Cow::Owned(name), walk(value, &inner, rename, origin)));
            }
            out.sort_by(|(a, _), (b, _)| a.cmp(b));
            out.dedup_by(|(a, _), (b, _)| a == b);
            Node::Object(out)
        }
        Node::Array(items) => {
            let each = items.iter().enumerate().map(|(n, item)| {
                let inner = At {
                    from: format!("{}/{n}", at.from),
                    to: format!("{}/{n}", at.to),
                    path: at.path.clone(),
                };
                walk(item, &inner, rename, origin)
            });
            Node::Array(each.collect())
        }
        other => other.owned(),
    }
}
