//! Signs of a production environment in what a document names and tags. A sign only ever raises the environment.

use holdpoint_core::Environment;

use crate::mask::Masked;
use crate::table::SignTable;
use crate::value::{Node, find};

/// As many as a reviewer can use.
const MOST: usize = 20;

/// Collects signs, one a resource.
#[derive(Debug)]
pub(crate) struct Signs<'t> {
    table: &'t SignTable,
    found: Vec<(String, String)>,
}

impl<'t> Signs<'t> {
    pub(crate) fn new(table: &'t SignTable) -> Self {
        Self { table, found: Vec::new() }
    }

    /// What an address says by itself.
    pub(crate) fn address(&mut self, address: &str) {
        if self.found.len() < MOST && self.table.names_production(address) {
            self.add(address, format!("`{}` has production in its address", shown(address)));
        }
    }

    /// What tags and names of a resource say. Masked values are not looked at, so that none is quoted.
    pub(crate) fn values(&mut self, address: &str, node: &Node<'_>, masked: &Masked) {
        let table = self.table;
        if self.found.len() >= MOST || self.found.iter().any(|(of, _)| of == address) {
            return;
        }
        for path in &table.tags {
            for (pointer, tags) in find(node, path) {
                for (key, value) in tags.members() {
                    let text = value.as_str().unwrap_or_default();
                    if table.is_tag(key, text) && !masked.covers(&pointer) {
                        let says = format!("`{}` is tagged {}={}", shown(address), shown(key), shown(text));
                        return self.add(address, says);
                    }
                }
            }
        }
        for path in &table.names {
            for (pointer, value) in find(node, path) {
                let text = value.as_str().unwrap_or_default();
                if table.names_production(text) && !masked.covers(&pointer) {
                    let says = format!("`{}` has the {path} `{}`", shown(address), shown(text));
                    return self.add(address, says);
                }
            }
        }
    }

    fn add(&mut self, address: &str, says: String) {
        if !self.found.iter().any(|(of, _)| of == address) {
            self.found.push((address.to_owned(), says));
        }
    }

    pub(crate) fn found(mut self) -> Vec<(Environment, String)> {
        self.found.sort();
        self.found.into_iter().map(|(_, says)| (Environment::Production, says)).collect()
    }
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}
