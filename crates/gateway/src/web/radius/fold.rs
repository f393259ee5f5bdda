//! Folds what is in reach into few enough groups to look at: first siblings, then types, then classes, wherever it is
//! fullest. The list keeps everything; only the picture is folded.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_core::{Class, EffectKind, Environment, Fallen, Radius};

/// Folding ends here: by what becomes of it, and by whether it holds data.
const HARDEST: u8 = 4;

/// How much may be drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Groups in all, with what is left out counted.
    pub(crate) groups: usize,
    /// Groups in one column.
    pub(crate) tallest: usize,
    /// Columns; the last takes in everything beyond.
    pub(crate) columns: usize,
}

/// What becomes of a resource. The order is by gravity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// It is destroyed.
    Falls,
    /// The change writes to it, and that endangers what depends on it.
    Touched,
    /// It only depends.
    Depends,
}

impl Role {
    fn of(effect: Option<EffectKind>) -> Self {
        match effect {
            Some(effect) if effect.destroys() => Role::Falls,
            Some(_) => Role::Touched,
            None => Role::Depends,
        }
    }
}

/// Resources that are drawn as one.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) column: usize,
    pub(crate) role: Role,
    /// Whether each of them holds data, is a backup or a key.
    pub(crate) data: bool,
    /// Places in the radius' list.
    pub(crate) members: Vec<usize>,
    /// An address, or a count with what they have in common; as agents wrote it.
    pub(crate) label: String,
    pub(crate) classes: BTreeSet<Class>,
    pub(crate) effects: BTreeSet<EffectKind>,
    /// The workspaces they are of, where another than the change's own.
    pub(crate) workspaces: BTreeSet<String>,
    /// The highest that any of them says.
    pub(crate) environment: Option<Environment>,
}

/// One column: what is as many hops away.
#[derive(Debug)]
pub(crate) struct Column {
    /// The hop of its first.
    pub(crate) hop: u32,
    /// It also holds everything farther away.
    pub(crate) beyond: bool,
    /// How many there are.
    pub(crate) total: u64,
    /// How many of them are destroyed, and not listed.
    pub(crate) falls_unlisted: u64,
    /// How many others are not listed.
    pub(crate) unlisted: u64,
}

/// A radius, folded.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) columns: Vec<Column>,
    /// By column, gravest first.
    pub(crate) groups: Vec<Group>,
    /// From what is depended on to what depends, as numbers of groups.
    pub(crate) lines: BTreeSet<(usize, usize)>,
}

/// Folds a radius. The same radius gives the same groups.
pub(crate) fn fold(radius: &Radius, limits: Limits) -> Folded {
    let columns = columns(radius, limits.columns);
    let unlisted = columns
        .iter()
        .map(|column| usize::from(column.unlisted > 0) + usize::from(column.falls_unlisted > 0))
        .sum::<usize>();
    let room = limits.groups.saturating_sub(unlisted);
    let mut levels = vec![0_u8; columns.len()];
    loop {
        let (groups, home) = groups(radius, &levels, columns.len());
        let mut sizes = vec![0_usize; columns.len()];
        for group in &groups {
            if let Some(size) = sizes.get_mut(group.column) {
                *size += 1;
            }
        }
        let fits = groups.len() <= room && sizes.iter().all(|size| *size <= limits.tallest);
        let fullest = sizes
            .iter()
            .zip(levels.iter_mut())
            .filter(|(_, level)| **level < HARDEST)
            .max_by_key(|(size, _)| **size);
        match fullest {
            Some((_, level)) if !fits => *level += 1,
            _ => {
                let lines = lines(radius, &home);
                return Folded { columns, groups, lines };
            }
        }
    }
}

fn columns(radius: &Radius, most: usize) -> Vec<Column> {
    let listed = |hop: u32, falls: Option<bool>| {
        let those = radius.listed.iter().filter(|f| f.hop == hop);
        those.filter(|f| falls.is_none_or(|falls| falls == (Role::of(f.effect) == Role::Falls))).count()
            as u64
    };
    let harmless = radius.direct.saturating_sub(radius.destroyed);
    let mut columns = vec![Column {
        hop: 0,
        beyond: false,
        total: radius.direct,
        falls_unlisted: radius.destroyed.saturating_sub(listed(0, Some(true))),
        unlisted: harmless.saturating_sub(listed(0, Some(false))),
    }];
    for (hop, total) in (1_u32..).zip(&radius.hops) {
        let unlisted = total.saturating_sub(listed(hop, None));
        match columns.last_mut() {
            Some(last) if hop as usize >= most => {
                last.beyond = true;
                last.total = last.total.saturating_add(*total);
                last.unlisted = last.unlisted.saturating_add(unlisted);
            }
            _ => columns.push(Column { hop, beyond: false, total: *total, falls_unlisted: 0, unlisted }),
        }
    }
    columns
}

/// What those of one group share; which of it counts depends on how hard is folded.
type Key<'a> =
    (Role, bool, Option<Class>, Option<&'a str>, Option<&'a str>, Option<EffectKind>, BTreeSet<usize>);

fn key<'a>(fallen: &'a Fallen, level: u8, parents: BTreeSet<usize>) -> Key<'a> {
    let role = Role::of(fallen.effect);
    let (sibling, kind, class) = (level < 2, level < 3, level < HARDEST);
    (
        role,
        !holds_data(fallen.class),
        class.then_some(fallen.class),
        kind.then_some(&fallen.workspace),
        kind.then_some(&fallen.kind),
        fallen.effect.filter(|_| sibling),
        if sibling { parents } else { BTreeSet::new() },
    )
}

/// The groups, and for each listed resource the one it is in.
fn groups(radius: &Radius, levels: &[u8], columns: usize) -> (Vec<Group>, Vec<Option<usize>>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut home: Vec<Option<usize>> = vec![None; radius.listed.len()];
    for (column, level) in levels.iter().enumerate() {
        let mut found: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
        for (place, fallen) in radius.listed.iter().enumerate() {
            if (fallen.hop as usize).min(columns.saturating_sub(1)) != column {
                continue;
            }
            // Within a column nothing has a group yet, so these are the parents one hop nearer.
            let parents = fallen.on.iter().filter_map(|(to, _)| home.get(*to as usize).copied().flatten());
            found.entry(key(fallen, *level, parents.collect())).or_default().push(place);
        }
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for (key, members) in found {
            let named = if key.0 == Role::Falls && !key.1 { 6 } else { 3 };
            if *level == 0 && members.len() <= named {
                sets.extend(members.into_iter().map(|place| vec![place]));
            } else {
                sets.push(members);
            }
        }
        for members in sets {
            for place in &members {
                if let Some(home) = home.get_mut(*place) {
                    *home = Some(groups.len());
                }
            }
            groups.extend(group(radius, column, members));
        }
    }
    (groups, home)
}

fn group(radius: &Radius, column: usize, members: Vec<usize>) -> Option<Group> {
    let those: Vec<&Fallen> = members.iter().filter_map(|place| radius.listed.get(*place)).collect();
    let first = *those.first()?;
    Some(Group {
        column,
        role: Role::of(first.effect),
        data: holds_data(first.class),
        label: label(&those),
        classes: those.iter().map(|f| f.class).collect(),
        effects: those.iter().filter_map(|f| f.effect).collect(),
        workspaces: those.iter().filter(|f| !f.workspace.is_empty()).map(|f| f.workspace.clone()).collect(),
        environment: those.iter().filter_map(|f| f.environment).max(),
        members,
    })
}

fn label(those: &[&Fallen]) -> String {
    let kinds: BTreeSet<&str> = those.iter().map(|f| f.kind.as_str()).collect();
    let classes: BTreeSet<Class> = those.iter().map(|f| f.class).collect();
    match (those, kinds.first(), classes.first()) {
        ([one], ..) => one.address.clone(),
        (_, Some(kind), _) if kinds.len() == 1 => format!("{} × {kind}", those.len()),
        (_, _, Some(class)) if classes.len() == 1 => {
            format!("{} × {}, {} types", those.len(), class.as_str(), kinds.len())
        }
        _ => format!("{} of {} types", those.len(), kinds.len()),
    }
}

fn lines(radius: &Radius, home: &[Option<usize>]) -> BTreeSet<(usize, usize)> {
    let mut lines = BTreeSet::new();
    for (fallen, own) in radius.listed.iter().zip(home) {
        let Some(own) = own else { continue };
        for (to, _) in &fallen.on {
            if let Some(Some(to)) = home.get(*to as usize)
                && to != own
            {
                lines.insert((*to, *own));
            }
        }
    }
    lines
}

/// Whether losing one of this class loses data.
pub(crate) fn holds_data(class: Class) -> bool {
    matches!(class, Class::Data | Class::Backup | Class::Key)
}
