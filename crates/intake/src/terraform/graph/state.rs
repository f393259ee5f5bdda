//! What the state recorded about dependencies. Its lists hold everything that a resource depends on, also through
//! others; those are left out here, so that distances stay what they are.

use super::follow::Budget;

/// For each group, the groups that all of its instances depend on.
#[derive(Debug, Default)]
pub(super) struct Lists {
    of: Vec<Option<Vec<usize>>>,
    /// The round in which a group was last found to follow from another.
    follows: Vec<u32>,
    round: u32,
}

impl Lists {
    /// Takes the list of one instance in; it has to be sorted.
    pub(super) fn add(&mut self, group: usize, list: &[usize]) {
        let most = list.last().copied().unwrap_or_default().max(group).saturating_add(1);
        if self.of.len() < most {
            self.of.resize(most, None);
        }
        match self.of.get_mut(group) {
            Some(Some(known)) if *known == list => {}
            Some(Some(known)) => known.retain(|one| list.binary_search(one).is_ok()),
            Some(slot) => *slot = Some(list.to_vec()),
            None => {}
        }
    }

    fn get(&self, group: usize) -> &[usize] {
        self.of.get(group).and_then(Option::as_deref).unwrap_or_default()
    }

    /// The part of a list from which the rest follows. One that follows from another has a shorter list than that,
    /// and that a shorter one than the whole: so nothing can follow from itself, whatever the lists say.
    pub(super) fn direct(&mut self, list: &[usize], budget: &mut Budget) -> Vec<usize> {
        self.round = self.round.saturating_add(1);
        let mut follows = std::mem::take(&mut self.follows);
        follows.resize(self.of.len(), 0);
        for one in list {
            let behind = self.get(*one);
            if behind.len() >= list.len() {
                continue;
            }
            // These steps are far cheaper than others.
            if !budget.take(behind.len() as u64 / 64) {
                return list.to_vec();
            }
            for group in behind.iter().filter(|group| self.get(**group).len() < behind.len()) {
                if let Some(slot) = follows.get_mut(*group) {
                    *slot = self.round;
                }
            }
        }
        let direct = list.iter().filter(|group| follows.get(**group) != Some(&self.round)).copied().collect();
        self.follows = follows;
        direct
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use proptest::prelude::*;

    fn reach(from: usize, edges: &[Vec<usize>]) -> HashSet<usize> {
        let (mut seen, mut queue) = (HashSet::new(), edges[from].clone());
        while let Some(next) = queue.pop() {
            if seen.insert(next) {
                queue.extend(&edges[next]);
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
            let whole: Vec<Vec<usize>> = (0..raw.len()).map(|group| lists.get(group).to_vec()).collect();
            let direct: Vec<Vec<usize>> = whole.iter().map(|list| lists.direct(list, &mut Budget::of(1))).collect();
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
        assert_eq!(lists.direct(&[0, 1, 2], &mut Budget::of(1)), [2]);
    }
}
