//! From a folded radius to what is drawn: a node for each group, for what is not listed, and for what is not known.

use std::collections::BTreeMap;

use holdpoint_core::{Environment, Radius};

use super::fold::{Column, Folded, Group, Role};
use super::layout::{Scene, Shape, Spot};
use super::words;
use crate::web::words::{count, glyph, grouped};

/// How many addresses a tooltip names.
const NAMED: usize = 12;
/// How many sources that did not answer get a node of their own.
const SOURCES: usize = 2;
/// How many nodes stand for what is not known, at most.
pub(super) const GAPS: usize = SOURCES + 1;

/// Builds the scene.
pub(crate) fn scene(radius: &Radius, folded: &Folded) -> Scene {
    let mut scene = Scene::default();
    for column in &folded.columns {
        let many = if column.hop == 0 {
            format!("{} written to, {} destroyed", grouped(column.total), grouped(radius.destroyed))
        } else {
            count(column.total, "resource")
        };
        scene.headings.push((words::column(column), many));
    }
    scene.spots.extend(folded.groups.iter().map(|group| spot(radius, group)));
    scene.lines.extend(folded.lines.iter().copied());
    let mut unlisted: BTreeMap<usize, usize> = BTreeMap::new();
    for (number, column) in folded.columns.iter().enumerate() {
        for (n, falls) in [(column.falls_unlisted, true), (column.unlisted, false)] {
            if n > 0 {
                unlisted.entry(number).or_insert(scene.spots.len());
                scene.spots.push(rest(column, number, n, falls));
            }
        }
    }
    orphans(folded, &unlisted, &mut scene);
    gaps(radius, &mut scene);
    scene
}

fn spot(radius: &Radius, group: &Group) -> Spot {
    let mut notes = vec![words::becomes(group)];
    notes.extend(Some(words::holds(&group.classes).to_owned()).filter(|_| group.data));
    notes.extend(match group.environment {
        Some(Environment::Production) => Some("production".to_owned()),
        _ => None,
    });
    notes.extend(match group.workspaces.len() {
        0 => None,
        1 => group.workspaces.iter().next().map(|workspace| format!("in {workspace}")),
        n => Some(format!("in {n} other workspaces")),
    });
    let mut title = format!("{}: {}", group.label, notes.join(", "));
    if group.members.len() > 1 {
        let named = group.members.iter().take(NAMED).filter_map(|place| radius.listed.get(*place));
        let named: Vec<&str> = named.map(|fallen| fallen.address.as_str()).collect();
        let more = group.members.len().saturating_sub(named.len());
        title += &format!("; {}", named.join(", "));
        if more > 0 {
            title += &format!(" and {more} more");
        }
    }
    Spot {
        column: group.column,
        shape: match group.role {
            Role::Falls => Shape::Falls,
            Role::Touched => Shape::Touched,
            Role::Depends => Shape::Depends,
        },
        sign: words::gravest(group).map_or("↳", glyph),
        label: group.label.clone(),
        note: notes.join(" · "),
        title,
        data: group.data,
        many: group.members.len() > 1,
    }
}

fn rest(column: &Column, number: usize, n: u64, falls: bool) -> Spot {
    let (label, note) = match (column.hop, falls) {
        (0, true) => (format!("{} more", grouped(n)), "destroyed, not listed one by one"),
        (0, false) => (format!("{} more", grouped(n)), "written to, not listed one by one"),
        _ => (format!("{} more", grouped(n)), "depend, not listed one by one"),
    };
    Spot {
        column: number,
        shape: if falls { Shape::Falls } else { Shape::Rest },
        sign: if falls { "−" } else { "…" },
        title: format!("{label}: {note}"),
        label,
        note: note.to_owned(),
        data: false,
        many: true,
    }
}

/// What depends on something that is not listed hangs on the node that stands for that.
fn orphans(folded: &Folded, unlisted: &BTreeMap<usize, usize>, scene: &mut Scene) {
    for (number, group) in folded.groups.iter().enumerate() {
        let nearer = group.column.checked_sub(1);
        let has_parent = folded.lines.iter().any(|(from, to)| {
            *to == number && folded.groups.get(*from).map(|parent| parent.column) == nearer
        });
        if let Some(rest) = nearer.and_then(|column| unlisted.get(&column))
            && !has_parent
        {
            scene.lines.push((*rest, number));
        }
    }
}

fn gaps(radius: &Radius, scene: &mut Scene) {
    let coverage = &radius.coverage;
    let mut spots: Vec<(String, &str, String)> = Vec::new();
    let silent: Vec<_> = coverage.gaps.iter().filter(|gap| gap.resource.is_empty()).collect();
    for gap in silent.iter().take(SOURCES) {
        spots.push(("not answered".to_owned(), "what it knows is missing here", gap.says.clone()));
    }
    let missing = words::missing(coverage);
    if !coverage.shown {
        let says = words::coverage(coverage);
        spots.push(("dependents not shown".to_owned(), "the format does not show them", says));
    } else if missing > 0 {
        let own: Vec<String> = coverage
            .gaps
            .iter()
            .filter(|gap| !gap.resource.is_empty())
            .take(NAMED)
            .map(|gap| format!("{}: {}", gap.resource, gap.says))
            .collect();
        let label = count(missing, "reference");
        let title = format!("{label} could not be followed; {}", own.join("; "));
        spots.push((label, "could not be followed; may lead here", title));
    }
    if spots.is_empty() {
        return;
    }
    while scene.headings.len() < 2 {
        scene.headings.push(("1 hop away".to_owned(), "none is known".to_owned()));
    }
    for (label, note, title) in spots {
        let (shape, note) = (Shape::Gap, note.to_owned());
        scene.spots.push(Spot { column: 1, shape, sign: "?", label, note, title, data: false, many: false });
    }
}
