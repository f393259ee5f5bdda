//! Kubernetes: manifests and AdmissionReview documents.

mod access;
mod graph;
mod guard;
mod item;
mod manifest;
mod object;
mod pod;
mod request;
#[cfg(test)]
mod tests;
mod volume;
mod workload;

use std::collections::BTreeMap;

use holdpoint_core::{Change, Context, Effect, EffectKind, Format};

use crate::foreign::{Words, documents};
use crate::signs::Signs;
use crate::table::Table;
use crate::value::Node;
use crate::{Patterns, ReadError};
use item::{Item, Judge};

const WORDS: Words = Words {
    what: "a Kubernetes manifest or AdmissionReview",
    hand_in: "manifests as for `kubectl apply -f`, AdmissionReview documents, or `{\"verb\": …, \"old\": […], \"new\": […]}`",
};

/// Kubernetes has no YAML tags of its own.
fn tags(_: &str, _: Node<'static>) -> Option<Node<'static>> {
    None
}

/// Reads a document of this format.
///
/// # Errors
/// If it is not what the format says, by name.
pub fn read(bytes: &[u8]) -> Result<Change, ReadError> {
    read_with(bytes, &Patterns::default())
}

/// As [`read`], with these signs of an environment.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    let table = Table::get()?;
    let mut read = Read::default();
    for node in documents(bytes, WORDS, tags)? {
        read.document(node.owned(), "")?;
    }
    if !read.any {
        return Err(ReadError::Nothing { hand_in: WORDS.hand_in });
    }
    numbered(&mut read.items)?;
    let graph = graph::of(&read.items, &read.beside, read.compared, table);
    let volumes = volume::Volumes::of(read.items.iter().map(|item| &item.before).chain(&read.beside));
    let mut signs = Signs::new(patterns.clone());
    let mut judge = Judge { table, signs: &mut signs, volumes: &volumes };
    let mut effects: Vec<Effect> = read.items.into_iter().map(|item| judge.effect(item)).collect();
    effects.sort_by(|a, b| a.resource.address.cmp(&b.resource.address));
    let estate = effects.iter().filter(|e| e.before.is_some()).count() as u64;
    let context = Context {
        estate: estate.saturating_add(read.unchanged),
        unchanged: read.unchanged,
        environment_signs: signs.found(),
        ..Context::default()
    };
    Ok(Change { format: Format::Kubernetes, effects, outputs: Vec::new(), context, graph })
}

/// What has been read so far.
#[derive(Default)]
struct Read {
    items: Vec<Item>,
    /// Objects that are there and that nothing is done to.
    beside: Vec<Node<'static>>,
    unchanged: u64,
    any: bool,
    /// Whether everything there is was handed in, old and new.
    compared: bool,
}

impl Read {
    fn document(&mut self, node: Node<'static>, at: &str) -> Result<(), ReadError> {
        let list = node.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
        match node {
            Node::Null => return Ok(()),
            Node::Array(items) => {
                for (n, item) in items.into_iter().enumerate() {
                    self.document(item, &format!("{at}[{n}]"))?;
                }
            }
            Node::Object(members) if list => {
                for (_, value) in members.into_iter().filter(|(key, _)| key == "items") {
                    self.any = true;
                    self.document(value, format!("{at}.items").trim_start_matches('.'))?;
                }
            }
            other => {
                self.any = true;
                self.one(other, at)?;
            }
        }
        Ok(())
    }

    fn one(&mut self, node: Node<'static>, at: &str) -> Result<(), ReadError> {
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
        let wrapped = ["verb", "old", "new"].iter().any(|key| node.get(key).is_some());
        if text("kind") == "AdmissionReview" {
            match request::read(&node, at)? {
                Some(item) => self.items.push(item),
                None => self.unchanged = self.unchanged.saturating_add(1),
            }
            return Ok(());
        }
        if text("kind").is_empty() && wrapped {
            let compared = manifest::wrapped(&node)?;
            self.items.extend(compared.items);
            self.beside.extend(compared.same);
            self.unchanged = self.unchanged.saturating_add(compared.unchanged);
            self.compared |= compared.whole;
            return Ok(());
        }
        object::check(&node, at)?;
        self.items.extend(manifest::applied(node));
        Ok(())
    }
}

/// Refuses an object that is there twice; requests may come one after the other, and are numbered.
fn numbered(items: &mut [Item]) -> Result<(), ReadError> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for item in items {
        let count = seen.entry(item.address.clone()).or_insert(0);
        *count = count.saturating_add(1);
        if *count > 1 {
            if !item.request && !item.address.ends_with('*') {
                return Err(ReadError::Twice { address: item.address.chars().take(200).collect() });
            }
            item.address = format!("{}#{count}", item.address);
        }
    }
    Ok(())
}

/// Whether an effect writes anything.
fn writes(effect: EffectKind) -> bool {
    effect != EffectKind::Read
}
