//! Signs of an environment, as sentences a reviewer reads.

use holdpoint_core::Environment;

use crate::Patterns;
use crate::mask::Masked;
use crate::table::Table;
use crate::value::{Node, find};

/// As many as a reviewer can use.
const MOST: usize = 20;

/// Collects signs of what a document touches, one a resource, where a format keeps no signs on its nodes.
#[derive(Debug)]
pub(crate) struct Signs {
    patterns: Patterns,
    found: Vec<(String, Environment, String)>,
}

impl Signs {
    pub(crate) fn new(patterns: Patterns) -> Self {
        Self { patterns, found: Vec::new() }
    }

    /// What an address says by itself.
    pub(crate) fn address(&mut self, address: &str) {
        if let Some(environment) = self.patterns.of_name(address) {
            self.add(address, environment, Sign::Address);
        }
    }

    /// What tags and names of a resource say. Masked values are not looked at, so that none is quoted.
    pub(crate) fn values(&mut self, address: &str, node: &Node<'_>, masked: &Masked) {
        let Ok(table) = Table::get() else { return };
        for path in &table.signs.tags {
            for (pointer, tags) in find(node, path) {
                for (key, value) in tags.members() {
                    let text = value.as_str().unwrap_or_default();
                    let said = self.patterns.of_tag(key, text).filter(|_| !masked.covers(&pointer));
                    if let Some(environment) = said {
                        return self.add(address, environment, Sign::Tag(key, text));
                    }
                }
            }
        }
        for path in &table.signs.names {
            for (pointer, value) in find(node, path) {
                let text = value.as_str().unwrap_or_default();
                let said = self.patterns.of_name(text).filter(|_| !masked.covers(&pointer));
                if let Some(environment) = said {
                    return self.add(address, environment, Sign::Name(path, text));
                }
            }
        }
    }

    fn add(&mut self, address: &str, environment: Environment, sign: Sign<'_>) {
        if self.found.len() < MOST && !self.found.iter().any(|(of, ..)| of == address) {
            self.found.push((address.to_owned(), environment, sign.says(environment, address)));
        }
    }

    /// What was found, by address.
    pub(crate) fn found(mut self) -> Vec<(Environment, String)> {
        self.found.sort();
        self.found.into_iter().map(|(_, environment, says)| (environment, says)).collect()
    }
}

/// What says it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign<'s> {
    /// A tag with this key and value.
    Tag(&'s str, &'s str),
    /// An attribute at this path, with this value.
    Name(&'s str, &'s str),
    Address,
    Account(&'s str),
}

impl Sign<'_> {
    /// The sentence about the resource at this address.
    pub(crate) fn says(self, environment: Environment, address: &str) -> String {
        let address = shown(address);
        match self {
            Sign::Tag(key, value) => format!("`{address}` is tagged {}={}", shown(key), shown(value)),
            Sign::Name(path, value) => format!("`{address}` has the {} `{}`", shown(path), shown(value)),
            Sign::Address => format!("`{address}` has {} in its address", environment.as_str()),
            Sign::Account(account) => {
                format!(
                    "`{address}` lies in `{}`, which is set to be {}",
                    shown(account),
                    environment.as_str()
                )
            }
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}
