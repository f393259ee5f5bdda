//! Destruction without a delete: blocks that disappear, and names that change under a resource that stays.

use holdpoint_core::{Hazard, HazardKind};

use super::{Subject, hazard, name};
use crate::table::Table;
use crate::value::{Node, find, step};

/// Blocks are looked for this deep; deeper ones are details of what was found above.
const DEEPEST: usize = 4;

pub(super) fn read(subject: &Subject<'_, '_>, table: &Table, out: &mut Vec<Hazard>) {
    let (Some(before), Some(after)) = (subject.before, subject.after) else { return };
    blocks(subject, table, "", (before, after), 0, out);
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
    table: &Table,
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
        if lost > 0 && (has == 0 || holds.is_some() || lost * 2 > had) {
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
                blocks(subject, table, &pointer, (was, now), depth + 1, out);
            }
        }
    }
}

/// How many blocks a value is: a list of objects counts each, an object is one, anything else is none.
fn count(node: &Node<'_>) -> usize {
    match node {
        Node::Array(items) => {
            items.iter().filter(|item| matches!(item, Node::Object(m) if !m.is_empty())).count()
        }
        Node::Object(members) => usize::from(!members.is_empty()),
        _ => 0,
    }
}
