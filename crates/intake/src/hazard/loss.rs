//! Destruction without a delete: blocks that disappear, and names that change under a resource that stays.

use holdpoint_core::{Class, Hazard, HazardKind};

use super::{Subject, hazard, name, says_nothing};
use crate::table::Table;
use crate::value::{Node, find, step};

/// Blocks are looked for this deep; deeper ones are details of what was found above.
const DEEPEST: usize = 4;

pub(super) fn read(subject: &Subject<'_, '_>, class: Class, table: &Table, out: &mut Vec<Hazard>) {
    let (Some(before), Some(after)) = (subject.before, subject.after) else { return };
    let holds = matches!(class, Class::Data | Class::Backup | Class::Key);
    blocks(subject, (table, holds), "", (before, after), 0, out);
    for attribute in table.identities(subject.kind).flat_map(|row| &row.attributes) {
        for (pointer, was) in find(before, attribute) {
            let now = find(after, attribute).into_iter().find(|(p, _)| *p == pointer);
            if was.is_empty() || subject.is_unknown(&pointer) || now.is_some_and(|(_, node)| node == was) {
                continue;
            }
            let evidence =
                format!("`{}` changes, so what knows it by the old one no longer finds it", name(&pointer));
            out.push(hazard(HazardKind::Cascade, pointer, evidence));
        }
    }
}

fn blocks(
    subject: &Subject<'_, '_>,
    (table, data): (&Table, bool),
    pointer: &str,
    (before, after): (&Node<'_>, &Node<'_>),
    depth: usize,
    out: &mut Vec<Hazard>,
) {
    for (key, was) in before.members() {
        let null = Node::Null;
        let now = after.get(key).unwrap_or(&null);
        if was.is_empty() || was == now || table.is_ordinary_block(key) {
            continue;
        }
        let here = step(pointer, key);
        if subject.is_unknown(&here) {
            continue;
        }
        let (had, has) = (count(was), count(now));
        let holds = table.held(subject.kind).find(|row| row.blocks.contains(&key.to_string()));
        let lost = had.saturating_sub(has);
        let exchanged =
            || depth > 0 && holds.is_none() && !data && has == 0 && is_exchanged(key, before, after);
        if lost > 0 && (has == 0 || holds.is_some() || lost * 2 > had) && !exchanged() {
            let evidence = match (had, has) {
                (1, 0) => format!("`{}` is removed", name(&here)),
                _ => format!("`{}` loses {lost} of {had} blocks", name(&here)),
            };
            out.push(match holds {
                Some(row) => hazard(HazardKind::DataLoss, here, format!("{evidence}, so {}", row.says)),
                None => hazard(HazardKind::Cascade, here, evidence),
            });
        } else if depth < DEEPEST {
            let pair = match (was, now) {
                (Node::Object(_), Node::Object(_)) => Some((here, was, now)),
                (Node::Array(a), Node::Array(b)) => match (a.as_slice(), b.as_slice()) {
                    ([a], [b]) => Some((format!("{here}/0"), a, b)),
                    _ => None,
                },
                _ => None,
            };
            if let Some((pointer, was, now)) = pair {
                blocks(subject, (table, data), &pointer, (was, now), depth + 1, out);
            }
        }
    }
}

/// Whether something else newly stands where a block was: `none` for `count`, a policy for the settings it replaces.
/// Of what holds data, a block that goes is looked at whatever comes.
fn is_exchanged(gone: &str, before: &Node<'_>, after: &Node<'_>) -> bool {
    let stands = |node: Option<&Node<'_>>| match node {
        Some(Node::Array(items)) => !items.is_empty(),
        Some(other) => !other.is_empty(),
        None => false,
    };
    after.members().iter().any(|(key, now)| key != gone && stands(Some(now)) && !stands(before.get(key)))
}

/// How many blocks a value is: a list of objects counts each, an object is one, anything else is none. Blocks that say
/// nothing do not count.
fn count(node: &Node<'_>) -> usize {
    match node {
        Node::Array(items) => items.iter().filter(|item| is_block(item)).count(),
        Node::Object(_) => usize::from(is_block(node)),
        _ => 0,
    }
}

fn is_block(node: &Node<'_>) -> bool {
    matches!(node, Node::Object(members) if !members.is_empty()) && !says_nothing(node)
}
