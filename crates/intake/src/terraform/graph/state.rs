//! What the state recorded about dependencies. Its lists hold everything that a resource depends on, also through
//! others; those are left out here, so that distances stay what they are.

use std::collections::{HashMap, HashSet};

use super::follow::Budget;

/// For each group, the groups that all of its instances depend on.
#[derive(Debug, Default)]
pub(super) struct Lists {
    of: HashMap<usize, Vec<usize>>,
}

impl Lists {
    /// Takes the list of one instance in; it has to be sorted.
    pub(super) fn add(&mut self, group: usize, list: &[usize]) {
        match self.of.get_mut(&group) {
            Some(known) if *known == list => {}
            Some(known) => known.retain(|one| list.binary_search(one).is_ok()),
            None => drop(self.of.insert(group, list.to_vec())),
        }
    }

    fn get(&self, group: usize) -> &[usize] {
        self.of.get(&group).map(Vec::as_slice).unwrap_or_default()
    }

    /// The part of a list from which the rest follows. One that follows from another has a shorter list than that,
    /// and that a shorter one than the whole: so nothing can follow from itself, whatever the lists say.
    pub(super) fn direct(&self, list: &[usize], budget: &mut Budget) -> Vec<usize> {
        let mut follows: HashSet<usize> = HashSet::new();
        for one in list {
            let behind = self.get(*one);
            if behind.len() >= list.len() {
                continue;
            }
            if !budget.take(behind.len() as u64) {
                return list.to_vec();
            }
            follows.extend(behind.iter().filter(|group| self.get(**group).len() < behind.len()));
        }
        list.iter().filter(|group| !follows.contains(group)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reach(from: usize, edges: &dyn Fn(usize) -> Vec<usize>) -> HashSet<usize> {
        let (mut seen, mut queue) = (HashSet::new(), edges(from));
        while let Some(next) = queue.pop() {
            if seen.insert(next) {
                queue.extend(edges(next));
            }
        }
        seen
    }

    proptest! {
        /// Whatever the lists say, closed or not, cyclic or not: nothing that a list holds gets out of reach.
        #[test]
        fn leaving_out_what_follows_loses_nothing(raw in prop::collection::vec(prop::collection::btree_set(0_usize..8, 0..6), 8)) {
            let mut lists = Lists::default();
            for (group, list) in raw.iter().enumerate() {
                lists.add(group, &list.iter().copied().collect::<Vec<_>>());
            }
            let direct = |group: usize| lists.direct(lists.get(group), &mut Budget::default());
            let whole = |group: usize| lists.get(group).to_vec();
            for group in 0..raw.len() {
                prop_assert_eq!(reach(group, &direct), reach(group, &whole));
            }
        }
    }

    #[test]
    fn a_chain_is_a_chain_again() {
        let mut lists = Lists::default();
        for (group, list) in [vec![], vec![0], vec![0, 1], vec![0, 1, 2]].iter().enumerate() {
            lists.add(group, list);
        }
        assert_eq!(lists.direct(&[0, 1, 2], &mut Budget::default()), [2]);
    }
}
