//! A blast radius in words, the same for pages and terminals.

use std::collections::BTreeSet;

use holdpoint_core::{Class, Coverage, EffectKind, Link, Radius};

use super::fold::{Column, Group, Role};
use crate::web::words::{count, grouped};

/// `3 fall, 14 depend on them, 2 hold data; 96 % of references followed`.
pub(crate) fn sentence(radius: &Radius) -> String {
    let falls = match radius.destroyed {
        0 => format!("nothing falls, {} changed", is_or_are(radius.direct)),
        1 => "1 falls".to_owned(),
        n => format!("{} fall", grouped(n)),
    };
    let of = if radius.destroyed == 1 && radius.direct == 1 { "it" } else { "them" };
    let depends = match radius.dependents() {
        0 if !radius.coverage.shown => "what depends on that is not known".to_owned(),
        0 => "nothing known depends on that".to_owned(),
        1 => format!("1 depends on {of}"),
        n => format!("{} depend on {of}", grouped(n)),
    };
    let data = match radius.data {
        0 => "none is known to hold data".to_owned(),
        1 => "1 holds data".to_owned(),
        n => format!("{} hold data", grouped(n)),
    };
    format!("{falls}, {depends}, {data}; {}", coverage(&radius.coverage))
}

fn is_or_are(n: u64) -> String {
    if n == 1 { "1 is".to_owned() } else { format!("{} are", grouped(n)) }
}

/// How much could be followed.
pub(crate) fn coverage(coverage: &Coverage) -> String {
    match (coverage.shown, coverage.references) {
        (false, _) => "this format does not show what depends on what".to_owned(),
        (true, 0) => "there are no references to follow".to_owned(),
        (true, _) => format!("{} % of references followed", coverage.percent()),
    }
}

/// How many references could not be followed.
pub(crate) fn missing(coverage: &Coverage) -> u64 {
    coverage.references.saturating_sub(coverage.resolved)
}

/// `The change`, `1 hop away`, `7 hops away and farther`.
pub(crate) fn column(column: &Column) -> String {
    match (column.hop, column.beyond) {
        (0, _) => "the change itself".to_owned(),
        (hop, true) => format!("{} away and farther", count(u64::from(hop), "hop")),
        (hop, false) => format!("{} away", count(u64::from(hop), "hop")),
    }
}

/// What becomes of a group: `delete and replace`, `update`, `depends`.
pub(crate) fn becomes(group: &Group) -> String {
    if group.role == Role::Depends {
        return "depends".to_owned();
    }
    let words: Vec<String> = group.effects.iter().map(|effect| effect.as_str().to_owned()).collect();
    crate::web::words::list(&words)
}

/// What is lost with one of these classes, in words; empty when nothing is.
pub(crate) fn holds(classes: &BTreeSet<Class>) -> &'static str {
    let mut classes = classes.iter();
    match (classes.next(), classes.next()) {
        (Some(class), None) => match class {
            Class::Data => "holds data",
            Class::Backup => "backup",
            Class::Key => "key",
            _ => "",
        },
        (Some(Class::Data | Class::Backup | Class::Key), _) => "holds data",
        _ => "",
    }
}

/// The gravest effect of a group, for its sign.
pub(crate) fn gravest(group: &Group) -> Option<EffectKind> {
    EffectKind::ALL.into_iter().find(|kind| group.effects.contains(kind))
}

/// How it is known that one resource depends on another.
pub(crate) fn link(link: Link) -> &'static str {
    match link {
        Link::Reference => "an expression refers to it",
        Link::DependsOn => "listed in depends_on",
        Link::State => "recorded in the state",
        Link::Mention => "a value holds its id, ARN or name",
        Link::Owner => "owns or contains it",
        Link::Selector => "a selector matches it",
        Link::Learnt => "learnt from an earlier change",
    }
}

/// The same in a word or two, for tables.
pub(crate) fn link_short(link: Link) -> &'static str {
    match link {
        Link::Reference => "reference",
        Link::DependsOn => "depends_on",
        Link::State => "state",
        Link::Mention => "mentioned",
        Link::Owner => "owner",
        Link::Selector => "selector",
        Link::Learnt => "learnt",
    }
}
