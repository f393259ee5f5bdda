//! From blocks of the configuration to the instances there are of them.

use std::collections::HashMap;
use std::ops::Range;

use super::address::Address;
use super::follow::{Budget, Landing, OWN, Want};

/// One instance: its keys from the outermost module to its own, and its node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instance<'s> {
    pub(super) keys: Vec<&'s str>,
    pub(super) node: u32,
}

/// All instances of all resources, by their address without keys.
#[derive(Debug, Default)]
pub(super) struct Groups<'s> {
    numbers: HashMap<String, usize>,
    groups: Vec<Vec<Instance<'s>>>,
    /// The names of the modules that a group is in.
    modules: Vec<Vec<&'s str>>,
}

impl<'s> Groups<'s> {
    /// Takes an instance in; `None` when its address is none.
    pub(super) fn add(&mut self, address: &'s str, node: u32) -> Option<usize> {
        let address = Address::parse(address)?;
        let next = self.groups.len();
        let number = *self.numbers.entry(address.config()).or_insert(next);
        if number == next {
            self.groups.push(Vec::new());
            self.modules.push(address.modules.iter().map(|(name, _)| *name).collect());
        }
        self.groups.get_mut(number)?.push(Instance { keys: address.keys(), node });
        Some(number)
    }

    /// Has to be called once, when all are in.
    pub(super) fn sort(&mut self) {
        self.groups.iter_mut().for_each(|group| group.sort_unstable());
    }

    pub(super) fn find(&self, config: &str) -> Option<usize> {
        self.numbers.get(config).copied()
    }

    pub(super) fn of(&self, group: usize) -> &[Instance<'s>] {
        self.groups.get(group).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many of the outermost modules two groups share.
    pub(super) fn shared(&self, one: usize, other: usize) -> usize {
        let of = |group: usize| self.modules.get(group).map(Vec::as_slice).unwrap_or_default();
        of(one).iter().zip(of(other)).take_while(|(a, b)| a == b).count()
    }

    /// Calls back with each instance of a group that a reference from `from` lands on; `false` when that is more than
    /// is followed.
    pub(super) fn landed(
        &self,
        group: usize,
        from: &[&str],
        landing: &Landing,
        budget: &mut Budget,
        mut found: impl FnMut(u32),
    ) -> bool {
        let all = self.of(group);
        let near = match all {
            [_] => all,
            _ => all.get(same(all, from, landing.same)).filter(|near| !near.is_empty()).unwrap_or(all),
        };
        if !budget.take(near.len() as u64) {
            return false;
        }
        if let [only] = near {
            found(only.node);
            return true;
        }
        let mut chosen: Vec<&Instance<'_>> = near.iter().collect();
        for (place, want) in &landing.wants {
            let Some(wanted) = wanted(want, from) else { continue };
            // What has no such instance may still be meant as a whole: rather too many than too few.
            if chosen.iter().any(|instance| at(&instance.keys, *place) == Some(wanted)) {
                chosen.retain(|instance| at(&instance.keys, *place) == Some(wanted));
            }
        }
        chosen.into_iter().for_each(|instance| found(instance.node));
        true
    }
}

/// Those whose outermost keys are the same. Instances are sorted by key, so they stand together.
fn same(all: &[Instance<'_>], from: &[&str], depth: usize) -> Range<usize> {
    let Some(wanted) = from.get(..depth).filter(|wanted| !wanted.is_empty()) else { return 0..all.len() };
    let begins = |instance: &Instance<'_>| instance.keys.get(..depth).map(|keys| keys.cmp(wanted));
    let start = all.partition_point(|instance| begins(instance).is_none_or(std::cmp::Ordering::is_lt));
    let end = all.partition_point(|instance| begins(instance).is_none_or(std::cmp::Ordering::is_le));
    start..end
}

fn at<'k>(keys: &[&'k str], place: usize) -> Option<&'k str> {
    if place == OWN { keys.last().copied() } else { keys.get(place).copied() }
}

fn wanted<'w>(want: &'w Want, from: &[&'w str]) -> Option<&'w str> {
    match want {
        Want::Literal(key) => Some(key.as_str()),
        Want::Same(place) => at(from, *place),
    }
    .filter(|key| !key.is_empty())
}
