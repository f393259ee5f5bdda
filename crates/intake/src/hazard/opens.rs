//! Values that open or grant something where they newly appear, and numbers that go to zero.

use holdpoint_core::{EffectKind, Hazard, HazardKind};

use super::{Subject, hazard, name};
use crate::table::{Opens, Table, scalar};
use crate::value::{Node, find};

pub(super) fn read(subject: &Subject<'_, '_>, table: &Table, out: &mut Vec<Hazard>) {
    let Some(after) = subject.after else { return };
    for row in table.opens(subject.kind) {
        if row.update_only && subject.effect != EffectKind::Update {
            continue;
        }
        let was = subject.before.map(|before| matching(row, before)).unwrap_or_default();
        for (pointer, value) in matching(row, after) {
            if was.iter().any(|(_, before)| *before == value) {
                continue;
            }
            let shown = if subject.masked.covers(&pointer) { "a sensitive value" } else { value };
            let verb = if subject.effect == EffectKind::Create { "is" } else { "becomes" };
            out.push(hazard(row.hazard, pointer.clone(), format!("`{}` {verb} {shown}", name(&pointer))));
        }
    }
    if subject.effect == EffectKind::Update {
        floors(subject, after, table, out);
    }
}

/// The leaves that the row speaks of, with their pointers.
fn matching<'n>(row: &Opens, root: &'n Node<'_>) -> Vec<(String, &'n str)> {
    let fits = |node: &'n Node<'_>| {
        let text = scalar(node)?;
        row.values.iter().any(|pattern| is_like(pattern, text)).then_some(text)
    };
    let mut found = Vec::new();
    for (pointer, node) in find(root, &row.attribute) {
        found.extend(fits(node).map(|text| (pointer.clone(), text)));
        for (n, item) in node.items().iter().enumerate() {
            found.extend(fits(item).map(|text| (format!("{pointer}/{n}"), text)));
        }
    }
    found
}

fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some("") => text == "*",
        Some(end) => text.ends_with(end),
        None => pattern == text,
    }
}

fn floors(subject: &Subject<'_, '_>, after: &Node<'_>, table: &Table, out: &mut Vec<Hazard>) {
    let Some(before) = subject.before else { return };
    for attribute in table.floors(subject.kind).flat_map(|row| &row.attributes) {
        let will = find(after, attribute);
        for (pointer, was) in find(before, attribute) {
            let Some(from) = was.as_number().filter(|n| *n > 0.0) else { continue };
            let zero = will.iter().any(|(p, node)| *p == pointer && node.as_number() == Some(0.0));
            if zero {
                let evidence = format!("`{}` goes from {from} to 0", name(&pointer));
                out.push(hazard(HazardKind::Capacity, pointer, evidence));
            }
        }
    }
}
