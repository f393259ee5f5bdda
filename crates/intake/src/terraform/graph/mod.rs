//! What depends on what, as far as a plan shows it: by the references of its configuration, by what its state
//! recorded, and by the names that values hold.

mod address;
mod configuration;
mod cursor;
mod edges;
mod follow;
mod instances;
mod mention;
mod nodes;
mod prior;
mod shape;
mod signs;
mod state;
#[cfg(test)]
mod tests;
mod values;

use std::borrow::Cow;

use holdpoint_core::{Effect, Environment, Graph};
use serde_json::value::RawValue;

use super::raw::RawResource;
use crate::patterns::Patterns;
use crate::table::Table;

/// What is kept of a plan until all of it was read.
#[derive(Default)]
pub(super) struct Draft<'a> {
    seen: Vec<Seen<'a>>,
    pub(super) configuration: Option<&'a RawValue>,
    pub(super) prior_state: Option<&'a RawValue>,
    pub(super) variables: Option<&'a RawValue>,
}

/// A resource or data source with a planned change, even if that is none.
struct Seen<'a> {
    address: Cow<'a, str>,
    previous: Option<Cow<'a, str>>,
    kind: Cow<'a, str>,
    data: bool,
    deposed: bool,
    /// Both sides differ.
    changed: bool,
    before: Option<&'a RawValue>,
    after: Option<&'a RawValue>,
    sensitive: [Option<&'a RawValue>; 2],
}

impl<'a> Draft<'a> {
    /// Keeps a resource; its values stay where they are in the text.
    pub(super) fn note(&mut self, raw: &RawResource<'a>, changed: bool) {
        self.seen.push(Seen {
            address: raw.address.clone(),
            previous: raw.previous_address.clone(),
            kind: raw.kind.clone(),
            data: raw.mode == "data",
            deposed: raw.deposed.is_some(),
            changed,
            before: raw.change.before,
            after: raw.change.after,
            sensitive: [raw.change.before_sensitive, raw.change.after_sensitive],
        });
    }

    /// The graph, and the signs of an environment on what the effects touch or endanger.
    pub(super) fn build(
        self,
        effects: &[Effect],
        table: &'static Table,
        patterns: &Patterns,
    ) -> (Graph, Vec<(Environment, String)>) {
        let text = |raw: Option<&'a RawValue>| raw.map_or("null", RawValue::get);
        let prior = prior::read(text(self.prior_state));
        let configuration =
            configuration::Configuration::read(text(self.configuration), text(self.variables));
        let mut graph = Graph::default();
        graph.shown = self.configuration.is_some() || !prior.is_empty();
        let found = nodes::read(&self.seen, &prior, &mut graph, table, patterns);
        let drawn = edges::draw(&graph, &configuration, &prior, &found, table);
        nodes::locate(&mut graph, &configuration, patterns);
        let unclear = drawn.put(&mut graph);
        let signs = signs::of(effects, &graph, &unclear, patterns);
        (graph, signs)
    }
}
