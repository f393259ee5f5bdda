//! One or more change sets as a change: those of nested stacks under the stack that they are of.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_core::{Change, Context, EffectKind, Format};

use super::change_set::{Listed, changes, state};
use super::item::Judge;
use super::{graph, not_this, said, sorted, types};
use crate::Patterns;
use crate::ReadError;
use crate::signs::Signs;
use crate::table::Table;
use crate::value::Node;

/// Reads every change set of a document.
pub(super) fn read(sets: &[Node<'_>], patterns: &Patterns) -> Result<Change, ReadError> {
    let (table, types) = (Table::get()?, types::get()?);
    let mut context = Context::default();
    let mut signs = Signs::new(patterns.clone());
    for set in sets {
        let (errored, incomplete) = state(set);
        context.errored |= errored;
        context.incomplete |= incomplete;
        let name = text(set, "StackName");
        signs.address(&name);
        let list = |key: &str| set.get(key).map(Node::items).unwrap_or_default();
        let pair = |item: &Node<'_>, key: &str, value: &str| {
            Some((item.get(key)?.as_str()?.to_owned(), item.get(value)?.owned()))
        };
        let mut pairs: Vec<_> = list("Tags").iter().filter_map(|item| pair(item, "Key", "Value")).collect();
        pairs.extend(
            list("Parameters").iter().filter_map(|item| pair(item, "ParameterKey", "ParameterValue")),
        );
        said(&mut signs, &name, pairs.iter().map(|(key, value)| (key.as_str(), value)));
    }
    let listed = Sets::of(sets)?.all()?;
    let mut judge = Judge { table, types, signs: &mut signs };
    let mut seen = BTreeSet::new();
    for change in &listed {
        if !seen.insert(change.item.address.as_str()) {
            return Err(ReadError::Twice { address: change.item.address.chars().take(200).collect() });
        }
    }
    let effects = listed.iter().map(|change| judge.effect(change.item.clone())).collect();
    let effects = sorted(effects);
    let graph = graph::Maker { table, types }.of_changes(&listed, &effects);
    context.estate = effects.iter().filter(|e| e.effect != EffectKind::Create).count() as u64;
    context.environment_signs = signs.found();
    Ok(Change { format: Format::Cloudformation, effects, outputs: Vec::new(), context, graph })
}

fn text(set: &Node<'_>, key: &str) -> String {
    set.get(key).and_then(Node::as_str).unwrap_or_default().to_owned()
}

/// Change sets by their id.
struct Sets {
    lists: Vec<(String, String, Option<Vec<Listed>>)>,
    by_id: BTreeMap<String, usize>,
}

impl Sets {
    fn of(sets: &[Node<'_>]) -> Result<Self, ReadError> {
        let mut lists = Vec::new();
        let mut by_id = BTreeMap::new();
        for (n, set) in sets.iter().enumerate() {
            let id = text(set, "ChangeSetId");
            if !id.is_empty() && by_id.insert(id, n).is_some() {
                return Err(not_this("the same change set is there twice"));
            }
            lists.push((text(set, "StackName"), text(set, "ParentChangeSetId"), Some(changes(set)?)));
        }
        Ok(Self { lists, by_id })
    }

    fn all(mut self) -> Result<Vec<Listed>, ReadError> {
        let nested: BTreeSet<usize> = self
            .lists
            .iter()
            .flat_map(|(_, _, list)| list.iter().flatten())
            .filter_map(|change| self.by_id.get(change.nested.as_ref()?).copied())
            .collect();
        let tops: Vec<usize> = (0..self.lists.len()).filter(|n| !nested.contains(n)).collect();
        let mut out = Vec::new();
        for top in &tops {
            let name = self.lists.get(*top).map(|(name, ..)| name.clone()).unwrap_or_default();
            let module = if tops.len() > 1 && !name.is_empty() { name } else { String::new() };
            self.collect(*top, &module, &mut out);
        }
        // Sets that only name each other are of no stack that is shown.
        if self.lists.iter().any(|(_, _, list)| list.is_some()) {
            return Err(not_this("its nested change sets name each other in a circle"));
        }
        Ok(out)
    }

    fn collect(&mut self, n: usize, module: &str, out: &mut Vec<Listed>) {
        let Some(list) = self.lists.get_mut(n).and_then(|(_, _, list)| list.take()) else { return };
        let mut inner = Vec::new();
        for mut change in list {
            if !module.is_empty() {
                change.item.address = format!("{module}/{}", change.item.address);
                module.clone_into(&mut change.item.module);
            }
            if let Some(id) = &change.nested {
                match self.by_id.get(id) {
                    Some(set) => inner.push((*set, change.item.address.clone())),
                    None if change.item.effect == EffectKind::Update => {
                        let says = "it is a stack of its own, and its change set is not in the document";
                        change.item.open.push(says.to_owned());
                    }
                    None => {}
                }
            }
            out.push(change);
        }
        for (set, module) in inner {
            self.collect(set, &module, out);
        }
    }
}
