//! What a request asks for, where the state before is not shown: a protection that is asked to be off was on, as far as
//! anybody knows.

use std::collections::BTreeMap;

use holdpoint_core::{EffectKind, Hazard, HazardKind};

use super::{Subject, document, expiry, hazard, name, world};
use crate::table::{Reads, Switch, Table, World, scalar};
use crate::value::{Node, find};

/// The hazards of values that are asked for on a resource of this type. Names in sentences are those that `origin` has
/// for a pointer.
pub(crate) fn asked(
    subject: &Subject<'_, '_>,
    origin: &BTreeMap<String, String>,
    table: &Table,
) -> Vec<Hazard> {
    let mut out = Vec::new();
    let Some(after) = subject.after else { return out };
    expiry::read(subject, &mut out);
    if subject.effect != EffectKind::Update {
        return out;
    }
    let called = |pointer: &str| name(origin.get(pointer).map_or(pointer, String::as_str));
    for row in table.switches(subject.kind) {
        let found = within(after, &row.attribute);
        if found.is_empty() || found.iter().any(|(_, node)| is_on(row, node)) {
            continue;
        }
        let Some((pointer, node)) = found.first() else { continue };
        let evidence = format!("`{}` is asked to be {}", called(pointer), subject.quote(pointer, Some(node)));
        let evidence = if row.says.is_empty() { evidence } else { format!("{evidence}, so {}", row.says) };
        out.push(hazard(row.hazard, pointer.clone(), evidence));
    }
    for attribute in table.floors(subject.kind).flat_map(|row| &row.attributes) {
        for (pointer, node) in find(after, attribute) {
            if node.as_number() == Some(0.0) {
                let evidence = format!("`{}` goes to 0", called(&pointer));
                out.push(hazard(HazardKind::Capacity, pointer, evidence));
            }
        }
    }
    out
}

/// What stands at a path, be it within one block more than the resource table has, such as a `…Configuration`.
fn within<'n, 'a>(root: &'n Node<'a>, path: &str) -> Vec<(String, &'n Node<'a>)> {
    let found = find(root, path);
    if !found.is_empty() {
        return found;
    }
    let blocks = root.members().iter().filter(|(_, value)| matches!(value, Node::Object(_)));
    blocks
        .flat_map(|(key, value)| {
            find(value, path).into_iter().map(move |(pointer, node)| (format!("/{key}{pointer}"), node))
        })
        .collect()
}

fn is_on(row: &Switch, node: &Node<'_>) -> bool {
    // `{"Value": true}`, as EC2 writes what may be left out.
    let node = match node {
        Node::Object(_) if node.members().len() == 1 => node.get("value").unwrap_or(node),
        other => other,
    };
    match (row.at_least, row.set) {
        (Some(least), _) => node.as_number().is_some_and(|n| n >= least),
        (None, true) => !node.is_empty(),
        (None, false) => {
            scalar(node).is_some_and(|text| row.on.iter().any(|on| on.eq_ignore_ascii_case(text)))
        }
    }
}

/// What rules of this row let in from everywhere.
pub(crate) fn lets_in(row: &World, root: &Node<'_>) -> Vec<Hazard> {
    world::asked(row, root)
}

/// What a policy document does that is a hazard: its kind, and a phrase.
pub(crate) fn said_in(reads: Reads, document: &Node<'_>) -> Vec<(HazardKind, &'static str)> {
    document::findings(reads, document).into_iter().map(|(kind, says, _)| (kind, says)).collect()
}
