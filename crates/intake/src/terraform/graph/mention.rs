//! Who is meant by the names that values hold.

use std::collections::{HashMap, HashSet};

use holdpoint_core::{Graph, Link};

use super::shape::{Shape, is_global};
use super::values::{As, Named};
use crate::table::Table;

/// A name that more than so many resources go by says nothing about any of them.
const MAX_OWNERS: usize = 4;

/// How many names that nobody here goes by are handed on, of one resource and of all.
const MAX_OF_ONE: usize = 200;
const MAX_OF_ALL: usize = 100_000;

/// Names, and whose they are.
#[derive(Debug, Default)]
pub(super) struct Owners<'s> {
    by_name: HashMap<&'s str, Vec<u32>>,
    /// By type and name.
    by_kind: HashMap<&'s str, Vec<u32>>,
}

impl<'s> Owners<'s> {
    pub(super) fn of(graph: &'s Graph) -> Self {
        let mut owners = Self::default();
        for (node, number) in graph.nodes().iter().zip(0_u32..) {
            for name in &node.identifiers {
                put(&mut owners.by_name, name, number);
            }
            for name in &node.names {
                put(&mut owners.by_kind, name, number);
            }
        }
        owners.by_name.values_mut().for_each(|numbers| keep_hosts(numbers, graph));
        owners
    }

    pub(super) fn named(&self, name: &str) -> &[u32] {
        self.by_name
            .get(name)
            .map(Vec::as_slice)
            .filter(|owners| owners.len() <= MAX_OWNERS)
            .unwrap_or_default()
    }

    /// An ARN, or the part of it that is somebody's: `arn:aws:s3:::acme/*` is of the bucket.
    fn arn(&self, text: &str) -> &[u32] {
        let mut rest = text;
        for _ in 0..6 {
            let owners = self.named(rest);
            if !owners.is_empty() {
                return owners;
            }
            match rest.rfind(['/', ':', '*']).and_then(|at| rest.get(..at)) {
                Some(shorter) if memchr::memchr_iter(b':', shorter.as_bytes()).count() >= 5 => rest = shorter,
                _ => break,
            }
        }
        &[]
    }

    fn meant(&self, named: &Named<'_>, table: &Table) -> Vec<u32> {
        match named.as_what {
            As::Shape(Shape::Arn) => self.arn(named.text).to_vec(),
            As::Shape(_) => self.named(named.text).to_vec(),
            As::Attribute(attribute) => {
                let kinds = table.graph.refers(attribute).unwrap_or_default();
                let of = |kind: &String| self.by_kind.get(format!("{kind}:{}", named.text).as_str());
                kinds.iter().filter_map(of).flatten().copied().take(MAX_OWNERS).collect()
            }
        }
    }
}

fn put<'s>(map: &mut HashMap<&'s str, Vec<u32>>, name: &'s str, number: u32) {
    let owners = map.entry(name).or_default();
    if owners.len() <= MAX_OWNERS && !owners.contains(&number) {
        owners.push(number);
    }
}

/// Where `aws_sns_topic` and `aws_sns_topic_policy` go by the same name, it is the topic's.
fn keep_hosts(numbers: &mut Vec<u32>, graph: &Graph) {
    if numbers.len() < 2 {
        return;
    }
    let kind = |number: &u32| graph.nodes().get(*number as usize).map_or("", |node| node.kind.as_str());
    let kinds: Vec<&str> = numbers.iter().map(kind).collect();
    let is_part = |kind: &str| {
        kinds.iter().any(|other| kind.strip_prefix(other).is_some_and(|rest| rest.starts_with('_')))
    };
    let kept: Vec<u32> = numbers.iter().filter(|number| !is_part(kind(number))).copied().collect();
    if !kept.is_empty() {
        *numbers = kept;
    }
}

/// What became of the names.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) edges: Vec<(u32, u32, Link)>,
    pub(super) mentions: Vec<(u32, String)>,
}

/// Looks every name up. `is_sensitive` says whether an attribute of a node must not be told to anyone.
pub(super) fn resolve(
    named: &[Named<'_>],
    owners: &Owners<'_>,
    table: &Table,
    is_sensitive: impl Fn(u32, &str) -> bool,
) -> Resolved {
    let mut found = Resolved::default();
    let mut told: HashSet<&str> = HashSet::new();
    let (mut of, mut known) = (u32::MAX, HashSet::new());
    for one in named {
        if one.node != of {
            of = one.node;
            told.clear();
            known.clear();
        }
        let meant = owners.meant(one, table);
        for owner in &meant {
            if *owner != one.node && known.insert(*owner) {
                found.edges.push((one.node, *owner, Link::Mention));
            }
        }
        let Some(text) = foreign(one, table).filter(|_| meant.is_empty() && !one.hidden) else { continue };
        if told.len() < MAX_OF_ONE
            && found.mentions.len() < MAX_OF_ALL
            && !is_sensitive(one.node, one.top)
            && told.insert(text)
        {
            found.mentions.push((one.node, text.to_owned()));
        }
    }
    found
}

/// The name as it would be somebody else's, if it can be told from any other string.
fn foreign<'a>(named: &Named<'a>, table: &Table) -> Option<&'a str> {
    match named.as_what {
        As::Shape(shape @ Shape::Arn) => {
            let text = named.text.trim_end_matches(['*', '/', ':']);
            is_global(text, shape).then_some(text)
        }
        As::Shape(shape) => is_global(named.text, shape).then_some(named.text),
        As::Attribute(attribute) => {
            let everywhere = |kind: &String| table.once(kind).any(|row| row.everywhere);
            let global = table.graph.refers(attribute).unwrap_or_default().iter().any(everywhere);
            (global && !named.text.contains('\\')).then_some(named.text)
        }
    }
}
