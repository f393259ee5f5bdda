//! Walking from what falls to what depends on it: breadth first, by hop, each node once.

use super::Graph;

/// For each node, who depends on it: one array of offsets and one of neighbours (compressed sparse rows).
#[derive(Debug, Clone)]
pub struct Dependents {
    offsets: Vec<u32>,
    neighbours: Vec<u32>,
}

/// Memory that walks share, so that thousands of them allocate once.
#[derive(Debug, Default)]
pub struct Walk {
    /// The round in which a node was last seen; a new walk is a new round, so nothing is cleared.
    seen: Vec<u32>,
    round: u32,
    order: Vec<u32>,
    hops: Vec<u32>,
}

impl Walk {
    /// The nodes reached, roots first, nearer ones before farther ones.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Where each hop ends in [`Walk::order`]: the first number is how many roots there are.
    #[must_use]
    pub fn ends(&self) -> &[u32] {
        &self.hops
    }

    fn begin(&mut self, nodes: usize) {
        if self.seen.len() != nodes || self.round == u32::MAX {
            self.seen.clear();
            self.seen.resize(nodes, 0);
            self.round = 0;
        }
        self.round = self.round.saturating_add(1);
        self.order.clear();
        self.hops.clear();
    }

    fn visit(&mut self, node: u32) {
        if let Some(seen) = self.seen.get_mut(node as usize)
            && *seen != self.round
        {
            *seen = self.round;
            self.order.push(node);
        }
    }
}

impl Dependents {
    /// Turns a graph's edges round. Takes time and memory in proportion to nodes and edges.
    #[must_use]
    pub fn of(graph: &Graph) -> Self {
        let nodes = graph.nodes().len();
        let mut offsets = vec![0_u32; nodes.saturating_add(1)];
        for edge in graph.edges() {
            if let Some(count) = offsets.get_mut((edge.to as usize).saturating_add(1)) {
                *count = count.saturating_add(1);
            }
        }
        let mut sum = 0_u32;
        for count in &mut offsets {
            sum = sum.saturating_add(*count);
            *count = sum;
        }
        let mut next = offsets.clone();
        let mut neighbours = vec![0_u32; graph.edges().len()];
        for edge in graph.edges() {
            if let Some(at) = next.get_mut(edge.to as usize) {
                if let Some(slot) = neighbours.get_mut(*at as usize) {
                    *slot = edge.from;
                }
                *at = at.saturating_add(1);
            }
        }
        Self { offsets, neighbours }
    }

    /// Who depends directly on this node.
    #[must_use]
    pub fn on(&self, node: u32) -> &[u32] {
        let at = |i: usize| self.offsets.get(i).copied().unwrap_or_default() as usize;
        let node = node as usize;
        self.neighbours.get(at(node)..at(node.saturating_add(1))).unwrap_or_default()
    }

    /// Everything that depends on the roots, directly or through others, each once, at its smallest distance. Cycles
    /// end where they began.
    pub fn walk(&self, roots: &[u32], walk: &mut Walk) {
        walk.begin(self.offsets.len().saturating_sub(1));
        for root in roots {
            walk.visit(*root);
        }
        let mut at = 0;
        while at < walk.order.len() {
            let end = walk.order.len();
            walk.hops.push(u32::try_from(end).unwrap_or(u32::MAX));
            while at < end {
                let Some(node) = walk.order.get(at).copied() else { break };
                for dependent in self.on(node) {
                    walk.visit(*dependent);
                }
                at = at.saturating_add(1);
            }
        }
    }
}
