//! Protections and backups that go off.

use holdpoint_core::{EffectKind, Hazard};

use super::{Subject, hazard, name};
use crate::table::{Switch, Table, scalar};
use crate::value::{Node, find};

pub(super) fn read(subject: &Subject<'_, '_>, table: &Table, out: &mut Vec<Hazard>) {
    let Some(before) = subject.before else { return };
    for row in table.switches(subject.kind) {
        let was = find(before, &row.attribute);
        if !was.iter().any(|(_, node)| is_on(row, node)) {
            continue;
        }
        let will = subject.after.map(|after| find(after, &row.attribute)).unwrap_or_default();
        if will.iter().any(|(_, node)| is_on(row, node)) {
            out.extend(lowered(row, subject, &was, &will));
            continue;
        }
        let Some((pointer, node)) = was.iter().find(|(_, node)| is_on(row, node)) else { continue };
        let attribute = name(pointer);
        let now = will.iter().find(|(p, _)| p == pointer).or_else(|| will.first()).map(|(_, node)| *node);
        let evidence = if now.is_none_or(Node::is_empty) && subject.is_unknown(pointer) {
            // A new resource gets whatever its provider gives it; on one that stays, unknown is taken for off.
            if subject.effect == EffectKind::Replace {
                continue;
            }
            format!("`{attribute}` is on, and what it will be is only known afterwards")
        } else if row.set {
            format!("`{attribute}` is removed")
        } else {
            let (from, to) = (subject.quote(pointer, Some(node)), subject.quote(pointer, now));
            format!("`{attribute}` goes from {from} to {to}")
        };
        let evidence = if row.says.is_empty() { evidence } else { format!("{evidence}, so {}", row.says) };
        out.push(hazard(row.hazard, pointer.clone(), evidence));
    }
}

fn is_on(row: &Switch, node: &Node<'_>) -> bool {
    match (row.at_least, row.set) {
        (Some(least), _) => node.as_number().is_some_and(|n| n >= least),
        (None, true) => !node.is_empty(),
        (None, false) => scalar(node).is_some_and(|text| row.on.iter().any(|on| on == text)),
    }
}

fn lowered(
    row: &Switch,
    subject: &Subject<'_, '_>,
    was: &[(String, &Node<'_>)],
    will: &[(String, &Node<'_>)],
) -> Option<Hazard> {
    if !row.lowering {
        return None;
    }
    was.iter().find_map(|(pointer, before)| {
        let (_, after) = will.iter().find(|(p, _)| p == pointer)?;
        let (from, to) = (before.as_number()?, after.as_number()?);
        (to < from).then(|| {
            let (from, to) = (subject.quote(pointer, Some(before)), subject.quote(pointer, Some(after)));
            let evidence =
                format!("`{}` is lowered from {from} to {to}, so what is older goes at once", name(pointer));
            hazard(row.hazard, pointer.clone(), evidence)
        })
    })
}
