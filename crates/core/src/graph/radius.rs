//! The blast radius of a change: what it touches, and what depends on that.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Dependents, Graph, Link, Node, Walk};
use crate::{Change, Class, Effect, EffectKind, Environment};

/// How many nodes a radius lists; it counts all of them.
pub const MAX_LISTED: usize = 400;

/// How many gaps, accounts, regions and signs it lists.
const MAX_SAID: usize = 50;

/// A reference that leads to something that is not shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The resource that refers; empty when it is a whole source of facts that did not answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// What could not be followed, as a phrase: "`module.db.endpoint` is not in the plan".
    pub says: String,
}

/// How much of what depends on what could be resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// References found.
    pub references: u64,
    /// References followed to a resource.
    pub resolved: u64,
    /// Whether the document shows dependencies at all.
    pub shown: bool,
    /// Some of what could not be followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

impl Coverage {
    /// In percent, rounded down; 100 when there was nothing to resolve and 0 when the format shows none.
    #[must_use]
    pub fn percent(&self) -> u64 {
        match (self.shown, self.references) {
            (false, _) => 0,
            (true, 0) => 100,
            (true, references) => {
                self.resolved.saturating_mul(100).checked_div(references).unwrap_or(0).min(100)
            }
        }
    }
}

/// How much of a class is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// How many are destroyed.
    pub destroyed: u64,
    /// Of how many that are known.
    pub of: u64,
}

/// One resource in reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallen {
    /// The workspace, when it is another than the change's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub workspace: String,
    /// Its address.
    pub address: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is for.
    pub class: Class,
    /// 0 for what the change itself touches, 1 for what depends on that, and so on.
    pub hop: u32,
    /// What the change does to it; absent when it only depends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectKind>,
    /// What it says about its environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// The listed resources it depends on, by their place in the list, and how that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<(u32, Link)>,
}

/// What a change touches, and what depends on that.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radius {
    /// How many resources the change writes to.
    pub direct: u64,
    /// How many of them are destroyed.
    pub destroyed: u64,
    /// How many depend on what is destroyed or endangered, at one hop, at two, and so on.
    #[serde(default)]
    pub hops: Vec<u64>,
    /// How many hold data, among what is destroyed and what depends on it.
    pub data: u64,
    /// What those in reach say about their environment: the highest first, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<(Environment, String)>,
    /// Accounts reached.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<String>,
    /// Regions reached.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub regions: BTreeSet<String>,
    /// Regions in which something is destroyed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub regions_destroyed: BTreeSet<String>,
    /// By class, how much of what is known is destroyed; classes that lose nothing are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<Class, Share>,
    /// How much could be resolved.
    pub coverage: Coverage,
    /// Those in reach, nearest and gravest first, at most [`MAX_LISTED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<Fallen>,
}

impl Radius {
    /// How many depend on what is destroyed or endangered, at any distance.
    #[must_use]
    pub fn dependents(&self) -> u64 {
        self.hops.iter().fold(0, |sum, hop| sum.saturating_add(*hop))
    }
}

fn holds_data(class: Class) -> bool {
    matches!(class, Class::Data | Class::Backup | Class::Key)
}

/// Whether what depends on this effect's resource is endangered by it.
fn endangers(effect: &Effect) -> bool {
    effect.effect.destroys() || (effect.effect != EffectKind::Read && !effect.hazards.is_empty())
}

/// Computes the radius of a change in a graph: the document's own, with whatever else is known merged into it.
/// Deterministic; cycles count each resource once.
#[must_use]
pub fn radius(graph: &Graph, change: &Change) -> Radius {
    let mut found = Radius::default();
    let mut effects: BTreeMap<u32, &Effect> = BTreeMap::new();
    for effect in change.effects.iter().filter(|e| e.effect != EffectKind::Read) {
        found.direct = found.direct.saturating_add(1);
        found.destroyed = found.destroyed.saturating_add(u64::from(effect.effect.destroys()));
        if let Some(number) = graph.find(&effect.resource.address) {
            // A resource with a deposed twin is destroyed if either is.
            let known = effects.entry(number).or_insert(effect);
            if effect.effect.destroys() {
                *known = effect;
            }
        }
    }
    let roots: Vec<u32> = effects.iter().filter(|(_, e)| endangers(e)).map(|(n, _)| *n).collect();
    let mut walk = Walk::default();
    let dependents = Dependents::of(graph);
    dependents.walk(&roots, &mut walk);
    count(&mut found, graph, &walk, &effects);
    found.shares = shares(graph, change, &effects);
    found.coverage = coverage(graph);
    found.listed = list(graph, &walk, &effects);
    found
}

fn count(found: &mut Radius, graph: &Graph, walk: &Walk, effects: &BTreeMap<u32, &Effect>) {
    let mut ends = walk.ends().iter().copied();
    let mut last = ends.next().unwrap_or_default();
    for end in ends {
        found.hops.push(u64::from(end.saturating_sub(last)));
        last = end;
    }
    let mut signs: BTreeSet<(std::cmp::Reverse<Environment>, String)> = BTreeSet::new();
    for number in walk.order() {
        let Some(node) = graph.nodes().get(*number as usize) else { continue };
        let destroyed = effects.get(number).is_some_and(|e| e.effect.destroys());
        if holds_data(node.class) {
            found.data = found.data.saturating_add(1);
        }
        put(&mut found.accounts, node.account.as_ref());
        put(&mut found.regions, node.region.as_ref());
        if destroyed {
            put(&mut found.regions_destroyed, node.region.as_ref());
        }
        if let Some((environment, says)) = &node.sign {
            signs.insert((std::cmp::Reverse(*environment), says.clone()));
        }
    }
    found.environments = signs.into_iter().take(MAX_SAID).map(|(e, says)| (e.0, says)).collect();
}

fn put(set: &mut BTreeSet<String>, value: Option<&String>) {
    if let Some(value) = value
        && set.len() < MAX_SAID
    {
        set.insert(value.clone());
    }
}

fn shares(graph: &Graph, change: &Change, effects: &BTreeMap<u32, &Effect>) -> BTreeMap<Class, Share> {
    let mut shares: BTreeMap<Class, Share> = BTreeMap::new();
    for node in graph.nodes().iter().filter(|node| node.exists && node.workspace.is_empty()) {
        let share = shares.entry(node.class).or_default();
        share.of = share.of.saturating_add(1);
    }
    for effect in change.effects.iter().filter(|e| e.effect.destroys()) {
        let share = shares.entry(effect.class).or_default();
        share.destroyed = share.destroyed.saturating_add(1);
        // What is destroyed and is no node existed all the same.
        let known = graph.find(&effect.resource.address).is_some_and(|n| effects.contains_key(&n));
        share.of = share.of.saturating_add(u64::from(!known));
    }
    shares.retain(|_, share| share.destroyed > 0);
    shares
}

fn coverage(graph: &Graph) -> Coverage {
    let missing = graph.gaps.len() as u64;
    let mut gaps: Vec<_> = graph.gaps.iter().take(MAX_SAID.saturating_mul(20)).cloned().collect();
    gaps.sort();
    gaps.dedup();
    gaps.truncate(MAX_SAID);
    Coverage {
        references: graph.resolved.saturating_add(missing),
        resolved: graph.resolved,
        shown: graph.shown,
        gaps,
    }
}

/// What falls before what only depends, what holds data before what does not.
fn gravity(node: &Node, effect: Option<&&Effect>) -> (bool, bool, Class) {
    (!effect.is_some_and(|e| e.effect.destroys()), !holds_data(node.class), node.class)
}

fn list(graph: &Graph, walk: &Walk, effects: &BTreeMap<u32, &Effect>) -> Vec<Fallen> {
    let mut chosen: Vec<(u32, u32)> = Vec::new();
    let mut start = 0_usize;
    for (hop, end) in walk.ends().iter().enumerate() {
        let end = *end as usize;
        let mut of_hop: Vec<u32> = walk.order().get(start..end).unwrap_or_default().to_vec();
        let node = |number: &u32| graph.nodes().get(*number as usize);
        of_hop.sort_by_cached_key(|n| {
            node(n).map(|node| (gravity(node, effects.get(n)), node.address.clone()))
        });
        let room = MAX_LISTED.saturating_sub(chosen.len());
        // No hop crowds out the ones behind it.
        let room = if hop == 0 { room / 2 } else { room };
        chosen.extend(of_hop.into_iter().take(room).map(|n| (n, u32::try_from(hop).unwrap_or(u32::MAX))));
        start = end;
    }
    let places: BTreeMap<u32, u32> = chosen.iter().zip(0_u32..).map(|((n, _), place)| (*n, place)).collect();
    let mut on: BTreeMap<u32, BTreeSet<(u32, Link)>> = BTreeMap::new();
    for edge in graph.edges() {
        if let (Some(_), Some(to)) = (places.get(&edge.from), places.get(&edge.to)) {
            on.entry(edge.from).or_default().insert((*to, edge.how));
        }
    }
    let fallen = |(number, hop): (u32, u32)| {
        let node = graph.nodes().get(number as usize)?;
        Some(Fallen {
            workspace: node.workspace.clone(),
            address: node.address.clone(),
            kind: node.kind.clone(),
            class: node.class,
            hop,
            effect: effects.get(&number).map(|e| e.effect),
            environment: node.sign.as_ref().map(|(environment, _)| *environment),
            on: on.remove(&number).map(|on| on.into_iter().take(20).collect()).unwrap_or_default(),
        })
    };
    chosen.into_iter().filter_map(fallen).collect()
}
