//! The dependencies between the nodes of a plan, from all that shows them.

use std::collections::{HashMap, HashSet};

use holdpoint_core::{Gap, Graph, Link};

use super::address::Address;
use super::configuration::{Block, Configuration, What};
use super::follow::{Budget, Followed, Follower, Landing, TOO_MUCH};
use super::instances::Groups;
use super::mention::{self, Owners};
use super::nodes::Found;
use super::prior::Prior;
use super::state::Lists;
use super::values::is_sensitive;
use crate::table::Table;

/// What was found, on its way into the graph.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    edges: Vec<(u32, u32, Link)>,
    mentions: Vec<(u32, String)>,
    resolved: u64,
    gaps: Vec<Gap>,
    /// Nodes of which it is not known what they depend on.
    unclear: Vec<u32>,
}

impl Drawn {
    /// Puts everything into the graph; answers the nodes of which too little is known.
    pub(super) fn put(mut self, graph: &mut Graph) -> Vec<u32> {
        for (from, to, how) in self.edges {
            graph.edge(from, to, how);
        }
        graph.settle();
        graph.resolved = self.resolved;
        self.gaps.sort();
        graph.gaps = self.gaps;
        graph.mentions = self.mentions;
        self.unclear
    }
}

/// Finds every dependency.
pub(super) fn draw(
    graph: &Graph,
    configuration: &Configuration<'_>,
    prior: &[Prior<'_>],
    found: &Found<'_>,
    table: &Table,
) -> Drawn {
    let owners = Owners::of(graph);
    let mut groups = Groups::default();
    let group_of: Vec<Option<usize>> =
        graph.nodes().iter().zip(0_u32..).map(|(node, number)| groups.add(&node.address, number)).collect();
    groups.sort();
    let mut data: HashMap<&str, Vec<u32>> = HashMap::new();
    for (address, names) in &found.data {
        let known = data.entry(address).or_default();
        known.extend(names.iter().flat_map(|name| owners.named(name)).take(1000));
        known.sort_unstable();
        known.dedup();
    }
    let places = places(configuration, &groups, &data);
    let mut drawing = Drawing {
        graph,
        configuration,
        groups,
        group_of,
        places,
        data,
        covered: Vec::new(),
        locals: Vec::new(),
        budget: Budget::of(graph.nodes().len().saturating_add(configuration.blocks.len())),
        drawn: Drawn::default(),
    };
    drawing.references();
    drawing.state(prior, found);
    let names = mention::resolve(&found.named, &owners, table, |node, attribute| {
        let marks = found.marks.get(node as usize).copied().unwrap_or(["true"; 2]);
        marks.iter().any(|marks| is_sensitive(marks, attribute))
    });
    for number in &found.cut {
        let address =
            graph.nodes().get(*number as usize).map(|node| node.address.chars().take(400).collect());
        let says = "it names more than is looked up".to_owned();
        drawing.drawn.gaps.push(Gap { resource: address.unwrap_or_default(), says });
        drawing.drawn.unclear.push(*number);
    }
    drawing.drawn.edges.extend(names.edges);
    drawing.drawn.mentions = names.mentions;
    drawing.drawn
}

/// Where a block of the configuration leads.
#[derive(Debug, Default)]
struct Place {
    /// Its instances.
    group: Option<usize>,
    /// What a data source found.
    found: Vec<u32>,
    /// What to say when there should be an instance, and is none.
    missing: Option<String>,
}

fn places(
    configuration: &Configuration<'_>,
    groups: &Groups<'_>,
    data: &HashMap<&str, Vec<u32>>,
) -> Vec<Place> {
    let place = |block: &Block<'_>| {
        let Some(module) = configuration.modules.get(block.module) else { return Place::default() };
        let address = || format!("{}{}", module.path, block.name);
        match block.what {
            What::Managed => {
                let group = groups.find(&address());
                // With `count` and `for_each` there may be none.
                let missing = group.is_none() && !block.repeated && !module.repeated;
                let missing = missing.then(|| format!("`{}` is not in the plan", address()));
                Place { group, missing, ..Place::default() }
            }
            What::Data => {
                Place { found: data.get(address().as_str()).cloned().unwrap_or_default(), ..Place::default() }
            }
            What::Variable | What::Output | What::Call => Place::default(),
        }
    };
    configuration.blocks.iter().map(place).collect()
}

struct Drawing<'g, 'a> {
    graph: &'g Graph,
    configuration: &'g Configuration<'a>,
    groups: Groups<'g>,
    /// The group of each node.
    group_of: Vec<Option<usize>>,
    /// Where each block of the configuration leads.
    places: Vec<Place>,
    /// What data sources found, by their address without keys.
    data: HashMap<&'g str, Vec<u32>>,
    /// Groups that the configuration already connects.
    covered: Vec<Vec<usize>>,
    /// References that only the state can resolve, by group.
    locals: Vec<(usize, u64, Vec<String>)>,
    budget: Budget,
    drawn: Drawn,
}

impl Drawing<'_, '_> {
    /// Follows the references of everything that there are instances of.
    fn references(&mut self) {
        let mut follower = Follower::new(self.configuration);
        for (number, block) in self.configuration.blocks.iter().enumerate() {
            if block.what != What::Managed {
                continue;
            }
            let Some(group) = self.places.get(number).and_then(|place| place.group) else { continue };
            let followed = follower.follow(number, &mut self.budget);
            self.connect(group, followed, &follower);
        }
    }

    fn connect(&mut self, group: usize, mut followed: Followed, follower: &Follower<'_, '_>) {
        let instances = self.groups.of(group).to_vec();
        let mut covered: Vec<usize> = Vec::new();
        for target in &followed.targets {
            let Some(place) = self.places.get(target.block) else { continue };
            let Some(to) = place.group else {
                for owner in &place.found {
                    self.drawn.edges.extend(instances.iter().map(|from| (from.node, *owner, Link::Mention)));
                }
                followed.gaps.extend(place.missing.clone().filter(|_| followed.gaps.len() < 20));
                continue;
            };
            covered.push(to);
            let Some(landing) = follower.landing(target.landing) else { continue };
            for from in &instances {
                let edges = &mut self.drawn.edges;
                let land = |node| edges.push((from.node, node, target.how));
                if !self.groups.landed(to, &from.keys, landing, &mut self.budget, land) {
                    followed.gaps.push(TOO_MUCH.to_owned());
                    break;
                }
            }
        }
        covered.sort_unstable();
        covered.dedup();
        if self.covered.len() <= group {
            self.covered.resize(group.saturating_add(1), Vec::new());
        }
        if let Some(known) = self.covered.get_mut(group) {
            *known = covered;
        }
        followed.gaps.sort();
        followed.gaps.dedup();
        let followed_well = followed.references.saturating_sub(followed.gaps.len() as u64);
        self.drawn.resolved = self.drawn.resolved.saturating_add(followed_well);
        self.gaps(group, followed.gaps);
        if !followed.locals.is_empty() {
            self.locals.push((group, followed_well, followed.locals));
        }
    }

    fn gaps(&mut self, group: usize, gaps: Vec<String>) {
        let first = self.groups.of(group).first().and_then(|one| self.graph.nodes().get(one.node as usize));
        let address = first.and_then(|node| Address::parse(&node.address)).map(|address| address.config());
        let address = address.unwrap_or_default();
        if !gaps.is_empty() {
            self.drawn.unclear.extend(self.groups.of(group).iter().map(|instance| instance.node));
        }
        let gap = |says| Gap { resource: address.chars().take(400).collect(), says };
        self.drawn.gaps.extend(gaps.into_iter().map(gap));
    }

    /// Adds what only the state shows, and tells which locals it does not speak for.
    fn state(&mut self, prior: &[Prior<'_>], found: &Found<'_>) {
        let mut known: HashMap<&str, Option<usize>> = HashMap::new();
        let mut lists = Lists::default();
        let mut all = Vec::new();
        let mut recorded = HashSet::new();
        for one in prior.iter().filter(|one| !one.data && !one.deposed) {
            let number =
                self.graph.find(&one.address).or_else(|| found.moved.get(one.address.as_ref()).copied());
            let Some(number) = number else { continue };
            recorded.insert(number);
            let Some(group) = self.group_of.get(number as usize).copied().flatten() else { continue };
            let mut list: Vec<usize> = Vec::with_capacity(one.depends_on.len());
            for address in &one.depends_on {
                let group = known.entry(address).or_insert_with(|| {
                    Address::parse(address).and_then(|address| self.groups.find(&address.config()))
                });
                list.extend(*group);
                if let Some(owners) = self.data.get(address.as_ref()) {
                    self.drawn.edges.extend(owners.iter().map(|owner| (number, *owner, Link::Mention)));
                }
            }
            list.retain(|other| *other != group);
            list.sort_unstable();
            list.dedup();
            lists.add(group, &list);
            all.push((number, group, list));
        }
        // Where the configuration shows dependencies of what exists and the state has none at all, it was not kept.
        let speaks = all.iter().any(|(.., list)| !list.is_empty())
            || !all
                .iter()
                .any(|(_, group, _)| self.covered.get(*group).is_some_and(|covered| !covered.is_empty()));
        for (number, group, list) in all {
            let direct = lists.direct(&list, &mut self.budget);
            self.recorded(number, group, &direct);
        }
        for (group, followed, locals) in std::mem::take(&mut self.locals) {
            let instances = self.groups.of(group);
            if speaks && instances.iter().all(|instance| recorded.contains(&instance.node)) {
                continue;
            }
            let lost = followed.min(locals.len() as u64);
            self.drawn.resolved = self.drawn.resolved.saturating_sub(lost);
            self.gaps(group, locals);
        }
    }

    fn recorded(&mut self, number: u32, group: usize, list: &[usize]) {
        let Some(node) = self.graph.nodes().get(number as usize) else { return };
        let Some(from) = Address::parse(&node.address) else { return };
        let keys = from.keys();
        for to in list {
            if self.covered.get(group).is_some_and(|covered| covered.binary_search(to).is_ok()) {
                continue;
            }
            let landing = Landing::within(self.groups.shared(group, *to));
            let edges = &mut self.drawn.edges;
            let land = |to| edges.push((number, to, Link::State));
            if !self.groups.landed(*to, &keys, &landing, &mut self.budget, land) {
                return self.gaps(group, vec![TOO_MUCH.to_owned()]);
            }
        }
    }
}
