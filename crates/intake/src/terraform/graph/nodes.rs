//! The resources of a plan as nodes.

use std::collections::HashMap;

use holdpoint_core::{Graph, Node};
use serde_json::value::RawValue;

use super::Seen;
use super::address::Address;
use super::configuration::Configuration;
use super::prior::Prior;
use super::values::{Named, Said, Side, look};
use crate::patterns::Patterns;
use crate::signs::Sign;
use crate::table::Table;

/// What the values said, beside what is in the nodes.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) named: Vec<Named<'a>>,
    /// Marks of what is sensitive, by node: before and after.
    pub(super) marks: Vec<[&'a str; 2]>,
    /// The names that data sources found, each with the data source's address without keys.
    pub(super) data: Vec<(String, Vec<&'a str>)>,
    /// Nodes with more names than were looked up.
    pub(super) cut: Vec<u32>,
    /// The addresses that moved resources had.
    pub(super) moved: HashMap<String, u32>,
}

/// A resource goes by few names; a list that is longer is not one of names.
const MAX_NAMES: usize = 64;

/// Adds a node for each managed resource, and looks at the values of all.
pub(super) fn read<'a>(
    seen: &[Seen<'a>],
    prior: &[Prior<'a>],
    graph: &mut Graph,
    table: &'static Table,
    patterns: &Patterns,
) -> Found<'a> {
    let mut reader = Reader { found: Found::default(), graph, table, patterns };
    let text = |raw: Option<&'a RawValue>| raw.map_or("null", RawValue::get);
    // A deposed object only stands for its resource where nothing else does.
    for deposed in [false, true] {
        for one in seen.iter().filter(|one| one.deposed == deposed) {
            let sides =
                [(one.before, one.sensitive[0]), (one.after, one.sensitive[1])].map(|(values, marks)| Side {
                    kind: &one.kind,
                    values: text(values),
                    sensitive: text(marks),
                });
            let exists = one.before.is_some();
            let [before, after] = sides;
            let sides = if one.changed || !exists { vec![before, after] } else { vec![before] };
            reader.take(&one.address, one.data, exists, &sides);
            if let Some(previous) = &one.previous
                && let Some(number) = reader.graph.find(&one.address)
            {
                reader.found.moved.insert(previous.clone().into_owned(), number);
            }
        }
    }
    for one in prior.iter().filter(|one| !one.deposed) {
        let known =
            |address: &str| reader.graph.find(address).is_some() || reader.found.moved.contains_key(address);
        if one.data || !known(&one.address) {
            let side = Side { kind: &one.kind, values: one.values, sensitive: one.sensitive };
            reader.take(&one.address, one.data, true, &[side]);
        }
    }
    reader.found
}

struct Reader<'r, 'a> {
    found: Found<'a>,
    graph: &'r mut Graph,
    table: &'static Table,
    patterns: &'r Patterns,
}

impl<'a> Reader<'_, 'a> {
    fn take(&mut self, address: &str, data: bool, exists: bool, sides: &[Side<'_, 'a>]) {
        if !data && self.graph.find(address).is_some() {
            return;
        }
        let number = u32::try_from(self.graph.nodes().len()).unwrap_or(u32::MAX);
        let kind = sides.first().map_or("", |side| side.kind);
        let mut node = Node { address: address.to_owned(), kind: kind.to_owned(), exists, ..Node::default() };
        let mut said = Said { named: std::mem::take(&mut self.found.named), ..Said::default() };
        let known = said.named.len();
        for side in sides {
            look(number, *side, &mut node, &mut said, self.table, self.patterns);
        }
        self.found.named = said.named;
        if data {
            self.found.named.truncate(known);
            if let Some(address) = Address::parse(&node.address) {
                self.found.data.push((address.config(), said.own));
            }
            return;
        }
        node.class = self.table.class(kind, said.manifest);
        node.identifiers = said.own.iter().take(MAX_NAMES).map(|name| (*name).to_owned()).collect();
        if let Some(environment) = self.patterns.of_name(&node.address)
            && node.sign.as_ref().is_none_or(|(known, _)| environment > *known)
        {
            node.sign = Some((environment, Sign::Address.says(environment, &node.address)));
        }
        if said.cut {
            self.found.cut.push(number);
        }
        let marks = |side: Option<&Side<'_, 'a>>| side.map_or("null", |side| side.sensitive);
        self.found.marks.push([marks(sides.first()), marks(sides.get(1))]);
        self.graph.node(node);
    }
}

/// Adds what is known of account and region by the configuration of providers, and what the account says.
pub(super) fn locate(graph: &mut Graph, configuration: &Configuration<'_>, patterns: &Patterns) {
    for number in 0..u32::try_from(graph.nodes().len()).unwrap_or(u32::MAX) {
        let Some(node) = graph.node_mut(number) else { break };
        if (node.account.is_none() || node.region.is_none())
            && let Some(provider) = configuration.provider_of(&node.address)
        {
            node.account = node.account.take().or_else(|| provider.account.clone());
            node.region = node.region.take().or_else(|| provider.region.clone());
        }
        let said = node.account.as_ref().and_then(|account| patterns.accounts.get_key_value(account));
        // What an operator configured says more than a name.
        if let Some((account, environment)) = said
            && node.sign.as_ref().is_none_or(|(known, _)| environment >= known)
        {
            node.sign = Some((*environment, Sign::Account(account).says(*environment, &node.address)));
        }
    }
}
