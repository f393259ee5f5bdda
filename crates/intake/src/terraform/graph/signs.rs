//! Which signs of an environment speak for a change: those on what it touches or endangers, not those on what merely
//! stands in the same plan.

use std::cmp::Reverse;
use std::collections::HashSet;

use holdpoint_core::{Dependents, Effect, EffectKind, Environment, Graph, Walk};

use crate::patterns::Patterns;
use crate::signs::Sign;

/// As many as a reviewer can use.
const MOST: usize = 20;

/// The signs, highest first, each as a sentence.
pub(super) fn of(
    effects: &[Effect],
    graph: &Graph,
    unclear: &[u32],
    patterns: &Patterns,
) -> Vec<(Environment, String)> {
    let mut found: Vec<(Environment, String)> = Vec::new();
    let mut roots = Vec::new();
    for effect in effects.iter().filter(|effect| effect.effect != EffectKind::Read) {
        let address = &effect.resource.address;
        match graph.find(address) {
            Some(number) => {
                found.extend(sign(graph, number));
                if effect.effect.destroys() || !effect.hazards.is_empty() {
                    roots.push(number);
                }
            }
            None => found.extend(patterns.of_name(address).map(|is| (is, Sign::Address.says(is, address)))),
        }
    }
    if !graph.shown {
        // Nothing says what depends on what, so everything may.
        found.extend((0_u32..).zip(graph.nodes()).filter_map(|(_, node)| node.sign.clone()));
    } else if !roots.is_empty() {
        let mut walk = Walk::default();
        Dependents::of(graph).walk(&roots, &mut walk);
        found.extend(walk.order().iter().filter_map(|number| sign(graph, *number)));
        found.extend(unclear.iter().filter_map(|number| sign(graph, *number)));
    }
    let mut said = HashSet::new();
    found.retain(|(_, says)| said.insert(says.clone()));
    found.sort_by_key(|(is, _)| Reverse(*is));
    found.truncate(MOST);
    found
}

fn sign(graph: &Graph, number: u32) -> Option<(Environment, String)> {
    graph.nodes().get(number as usize)?.sign.clone()
}
