//! The blast radius as a tree of text: what falls, and below it what depends on that. ASCII only, so that any terminal
//! and any log shows it.

use std::collections::BTreeMap;

use holdpoint_core::{EffectKind, Environment, Radius};

use crate::cli::print::plain;
use crate::web::radius::fold::{Folded, Group, Limits, Role, fold};
use crate::web::radius::words;
use crate::web::words::{count, grouped};

/// With the sentence, what is not listed and the gaps, this makes at most 40 lines.
const LIMITS: Limits = Limits { groups: 28, tallest: 12, columns: 4 };

/// How many sources that did not answer are named.
const SILENT: usize = 3;

/// The tree, at most 40 lines of at most `width` characters (but never narrower than 40).
pub(crate) fn text(radius: &Radius, width: usize) -> String {
    let folded = fold(radius, LIMITS);
    let mut lines = vec![format!("blast radius: {}", words::sentence(radius))];
    let children = children(&folded);
    for (number, group) in folded.groups.iter().enumerate() {
        if group.column == 0 || !children.values().any(|below| below.contains(&number)) {
            branch(&folded, &children, number, "  ", "", &mut lines);
        }
    }
    for column in &folded.columns {
        let away = words::column(column);
        for (n, what) in [(column.falls_unlisted, "destroyed"), (column.unlisted, "reached")] {
            if n > 0 {
                lines.push(format!("  ... {} more {what}, {away}, not listed", grouped(n)));
            }
        }
    }
    gaps(radius, &mut lines);
    lines.iter().map(|line| clip(&ascii(&plain(line)), width.max(40))).collect::<Vec<_>>().join("\n")
}

/// Each group hangs below the first it depends on, one hop nearer; what else it depends on is said beside it.
fn children(folded: &Folded) -> BTreeMap<usize, Vec<usize>> {
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, group) in folded.groups.iter().enumerate() {
        if let Some(first) = parents(folded, number, group).first() {
            children.entry(*first).or_default().push(number);
        }
    }
    children
}

fn parents(folded: &Folded, number: usize, group: &Group) -> Vec<usize> {
    let nearer = group.column.checked_sub(1);
    let lines = folded.lines.iter().filter(|(_, to)| *to == number).map(|(from, _)| *from);
    lines.filter(|from| folded.groups.get(*from).map(|parent| parent.column) == nearer).collect()
}

fn branch(
    folded: &Folded,
    children: &BTreeMap<usize, Vec<usize>>,
    number: usize,
    indent: &str,
    twig: &str,
    lines: &mut Vec<String>,
) {
    let Some(group) = folded.groups.get(number) else { return };
    let also = parents(folded, number, group).len().saturating_sub(1);
    lines.push(format!("{indent}{twig}{}", says(group, also)));
    // What hangs below goes on in line with this one's own twig.
    let below = match twig {
        "" => indent.to_owned(),
        "|-- " => format!("{indent}|   "),
        _ => format!("{indent}    "),
    };
    let own = children.get(&number).map(Vec::as_slice).unwrap_or_default();
    for (place, child) in own.iter().enumerate() {
        let twig = if place.saturating_add(1) == own.len() { "`-- " } else { "|-- " };
        branch(folded, children, *child, &below, twig, lines);
    }
}

fn says(group: &Group, also: usize) -> String {
    let mark = match group.role {
        Role::Falls if group.effects.contains(&EffectKind::Delete) => "[x] ",
        Role::Falls => "[+-] ",
        Role::Touched => "[~] ",
        Role::Depends => "",
    };
    let what = match group.role {
        Role::Depends => String::new(),
        _ => format!("{} ", words::becomes(group)),
    };
    let mut notes: Vec<String> = Vec::new();
    if group.data {
        notes.push(words::holds(&group.classes).to_owned());
    }
    if group.environment == Some(Environment::Production) {
        notes.push("production".to_owned());
    }
    match (group.workspaces.first(), group.workspaces.len()) {
        (Some(workspace), 1) => notes.push(format!("in {workspace}")),
        (Some(_), n) => notes.push(format!("in {n} other workspaces")),
        (None, _) => {}
    }
    if also > 0 {
        notes.push(format!("depends on {also} more"));
    }
    let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join(", ")) };
    format!("{mark}{what}{}{notes}", group.label)
}

fn gaps(radius: &Radius, lines: &mut Vec<String>) {
    let coverage = &radius.coverage;
    if !coverage.shown {
        lines.push("  ??? this format does not show what depends on what".to_owned());
    } else if words::missing(coverage) > 0 {
        let first = coverage.gaps.iter().find(|gap| !gap.resource.is_empty());
        let first = first.map_or(String::new(), |gap| format!(": {}: {}", gap.resource, gap.says));
        let missing = count(words::missing(coverage), "reference");
        lines.push(format!("  ??? {missing} could not be followed{first}"));
    }
    for gap in coverage.gaps.iter().filter(|gap| gap.resource.is_empty()).take(SILENT) {
        lines.push(format!("  ??? {}", gap.says));
    }
}

/// Our own signs in ASCII; what others wrote stays as it is.
fn ascii(line: &str) -> String {
    line.replace(" × ", " x ")
}

fn clip(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    format!("{}...", line.chars().take(width.saturating_sub(3)).collect::<String>())
}

#[cfg(test)]
mod tests {
    use holdpoint_core::{Class, Coverage, Fallen, Gap, Link};

    use super::*;

    fn fallen(address: &str, hop: u32, effect: Option<EffectKind>, on: &[u32]) -> Fallen {
        Fallen {
            workspace: String::new(),
            address: address.to_owned(),
            kind: address.split('.').next().unwrap_or_default().to_owned(),
            class: Class::Compute,
            hop,
            effect,
            environment: None,
            on: on.iter().map(|place| (*place, Link::State)).collect(),
        }
    }

    fn small() -> Radius {
        let mut listed = vec![
            fallen("aws_db_instance.main", 0, Some(EffectKind::Delete), &[]),
            fallen("aws_security_group.lb", 0, Some(EffectKind::Update), &[]),
        ];
        listed[0].class = Class::Data;
        listed.extend((0..9).map(|n| fallen(&format!("aws_instance.web[{n}]"), 1, None, &[0, 1])));
        listed.push(fallen("aws_route53_record.a", 2, None, &[2]));
        Radius {
            direct: 2,
            destroyed: 1,
            hops: vec![9, 1],
            data: 1,
            coverage: Coverage {
                references: 4,
                resolved: 3,
                shown: true,
                gaps: vec![Gap { resource: "a.b".to_owned(), says: "`c` is not in the plan".to_owned() }],
            },
            listed,
            ..Radius::default()
        }
    }

    #[test]
    fn a_tree_by_hop_that_any_terminal_shows() {
        let text = text(&small(), 100);
        let expected = "\
blast radius: 1 falls, 10 depend on them, 1 holds data; 75 % of references followed
  [x] delete aws_db_instance.main  (holds data)
  `-- 9 x aws_instance  (depends on 1 more)
      `-- aws_route53_record.a
  [~] update aws_security_group.lb
  ??? 1 reference could not be followed: a.b: `c` is not in the plan";
        assert_eq!(text, expected);
        assert!(text.is_ascii());
    }

    #[test]
    fn never_more_than_forty_lines_nor_wider_than_asked() {
        let mut radius =
            Radius { direct: 5_000, destroyed: 4_000, hops: vec![1_000; 9], ..Radius::default() };
        for n in 0..400_u32 {
            let effect = [Some(EffectKind::Delete), Some(EffectKind::Update)][n as usize % 2];
            let hop = n / 40;
            let effect = if hop == 0 { effect } else { None };
            let mut one = fallen(&format!("kind{}.{}", n % 57, "long".repeat(30)), hop, effect, &[n / 2]);
            one.class = [Class::Data, Class::Compute, Class::Watch][n as usize % 3];
            radius.listed.push(one);
        }
        radius.coverage = Coverage { references: 9, resolved: 1, shown: true, gaps: Vec::new() };
        radius.coverage.gaps = (0..9).map(|n| Gap { resource: String::new(), says: n.to_string() }).collect();
        let text = text(&radius, 72);
        assert!(text.lines().count() <= 40, "{}\n{text}", text.lines().count());
        assert!(text.lines().all(|line| line.chars().count() <= 72));
        assert!(text.contains("more destroyed") && text.contains("could not be followed"));
    }

    #[test]
    fn what_would_move_the_cursor_is_made_visible() {
        let mut radius = small();
        radius.listed[0].address = "a\u{1b}[2Jb\u{202e}c\nd".to_owned();
        let text = text(&radius, 100);
        assert!(text.contains("a⟦U+001B⟧[2Jb⟦U+202E⟧c d"), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }
}
