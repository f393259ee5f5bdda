//! The resource table: `resources.toml`, read once.

mod condition;
mod index;
mod naming;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use holdpoint_core::Class;
use serde::Deserialize;

pub(crate) use condition::{Condition, is_like, scalar};
use index::Rows;
pub(crate) use naming::{Naming, Role};
pub(crate) use rows::{Document, Fate, Floor, Held, Identity, Once, Opens, Reads, Removal, Switch, World};

use crate::ReadError;

/// The table as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    class: BTreeMap<Class, Vec<String>>,
    manifest: BTreeMap<Class, Vec<String>>,
    secrets: SecretTable,
    signs: SignTable,
    #[serde(rename = "switch")]
    switches: Rows<Switch>,
    opens: Rows<Opens>,
    #[serde(rename = "world")]
    worlds: Rows<World>,
    #[serde(rename = "document")]
    documents: Rows<Document>,
    #[serde(rename = "floor")]
    floors: Rows<Floor>,
    #[serde(rename = "fate")]
    fates: Rows<Fate>,
    #[serde(rename = "removal")]
    removals: Rows<Removal>,
    held: Rows<Held>,
    #[serde(rename = "identity")]
    identities: Rows<Identity>,
    ordinary: Ordinary,
    naming: naming::NamingTable,
    #[serde(rename = "once")]
    onces: Rows<Once>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretTable {
    suffixes: Vec<String>,
    except: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ordinary {
    blocks: BTreeSet<String>,
}

/// The table, as it is asked.
#[derive(Debug)]
pub(crate) struct Table {
    file: File,
    classes: BTreeMap<String, Class>,
    manifests: BTreeMap<String, Class>,
    pub(crate) secrets: Secrets,
    pub(crate) signs: SignTable,
    pub(crate) graph: Naming,
}

impl Table {
    /// The table of this build.
    pub(crate) fn get() -> Result<&'static Table, ReadError> {
        static TABLE: OnceLock<Option<Table>> = OnceLock::new();
        TABLE
            .get_or_init(|| Table::parse(include_str!("resources.toml")).ok())
            .as_ref()
            .ok_or(ReadError::Table)
    }

    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut file: File = toml::from_str(text)?;
        let flip = |lists: &mut BTreeMap<Class, Vec<String>>| {
            let pairs = std::mem::take(lists).into_iter();
            pairs.flat_map(|(class, names)| names.into_iter().map(move |name| (name, class))).collect()
        };
        let secrets = std::mem::replace(&mut file.secrets, SecretTable { suffixes: vec![], except: vec![] });
        let signs = std::mem::take(&mut file.signs);
        let onces = file.onces.iter().map(|row| row.attribute.as_str());
        let graph = Naming::new(std::mem::take(&mut file.naming), &signs.tags, &signs.names, onces);
        Ok(Self {
            classes: flip(&mut file.class),
            manifests: flip(&mut file.manifest),
            secrets: Secrets::new(secrets),
            signs,
            graph,
            file,
        })
    }

    /// What a type is for; `manifest` is the kind of a Kubernetes object that is written as one.
    pub(crate) fn class(&self, kind: &str, manifest: Option<&str>) -> Class {
        let by_manifest = manifest.and_then(|kind| self.manifests.get(kind));
        by_manifest.or_else(|| self.classes.get(kind)).copied().unwrap_or_default()
    }

    pub(crate) fn switches(&self, kind: &str) -> impl Iterator<Item = &Switch> {
        self.file.switches.of(kind)
    }

    pub(crate) fn opens(&self, kind: &str) -> impl Iterator<Item = &Opens> {
        self.file.opens.of(kind)
    }

    pub(crate) fn worlds(&self, kind: &str) -> impl Iterator<Item = &World> {
        self.file.worlds.of(kind)
    }

    pub(crate) fn documents(&self, kind: &str) -> impl Iterator<Item = &Document> {
        self.file.documents.of(kind)
    }

    pub(crate) fn floors(&self, kind: &str) -> impl Iterator<Item = &Floor> {
        self.file.floors.of(kind)
    }

    pub(crate) fn fates(&self, kind: &str) -> impl Iterator<Item = &Fate> {
        self.file.fates.of(kind)
    }

    pub(crate) fn removals(&self, kind: &str) -> impl Iterator<Item = &Removal> {
        self.file.removals.of(kind)
    }

    pub(crate) fn held(&self, kind: &str) -> impl Iterator<Item = &Held> {
        self.file.held.of(kind)
    }

    pub(crate) fn identities(&self, kind: &str) -> impl Iterator<Item = &Identity> {
        self.file.identities.of(kind)
    }

    /// Attributes that name one thing of this type only.
    pub(crate) fn once(&self, kind: &str) -> impl Iterator<Item = &Once> {
        self.file.onces.of(kind)
    }

    /// Whether any hazard of a type is read from this attribute at its top.
    pub(crate) fn watches(&self, kind: &str, attribute: &str) -> bool {
        let is = |path: &str| path.split('.').next() == Some(attribute);
        self.switches(kind).any(|row| is(&row.attribute))
            || self.opens(kind).any(|row| is(&row.attribute))
            || self.documents(kind).any(|row| is(&row.attribute))
            || self.floors(kind).flat_map(|row| &row.attributes).any(|path| is(path))
            || self.held(kind).flat_map(|row| &row.blocks).any(|path| is(path))
            || self.identities(kind).flat_map(|row| &row.attributes).any(|path| is(path))
            || self
                .worlds(kind)
                .any(|row| is(&row.rules) || (row.rules.is_empty() && row.sources.iter().any(|s| is(s))))
    }

    /// Whether losing a block of this name is an ordinary edit.
    pub(crate) fn is_ordinary_block(&self, name: &str) -> bool {
        self.file.ordinary.blocks.contains(name)
    }
}

/// Names of values that are plainly secrets.
#[derive(Debug)]
pub(crate) struct Secrets {
    suffixes: Vec<String>,
    except: Vec<String>,
    /// By last letter, because nearly every name of nearly every value is asked about and is no secret.
    last: [bool; 256],
}

impl Secrets {
    fn new(table: SecretTable) -> Self {
        let mut last = [false; 256];
        for suffix in &table.suffixes {
            for byte in suffix.bytes().last().into_iter().flat_map(|b| [b, b.to_ascii_uppercase()]) {
                if let Some(slot) = last.get_mut(usize::from(byte)) {
                    *slot = true;
                }
            }
        }
        Self { suffixes: table.suffixes, except: table.except, last }
    }

    /// Whether a value of this name is a secret.
    pub(crate) fn names(&self, name: &str) -> bool {
        let may = name.bytes().last().and_then(|b| self.last.get(usize::from(b)).copied()).unwrap_or(false);
        if !may {
            return false;
        }
        let name: String =
            name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect();
        self.suffixes.iter().any(|suffix| name.ends_with(suffix.as_str())) && !self.except.contains(&name)
    }
}

/// What says production, and where it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignTable {
    /// Paths of tags.
    pub(crate) tags: Vec<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) values: Vec<String>,
    /// Keys of tags that say it by being switched on, and how.
    pub(crate) flags: Vec<String>,
    pub(crate) flag_values: Vec<String>,
    pub(crate) tokens: Vec<String>,
    pub(crate) unless_after: Vec<String>,
    /// Paths of names.
    pub(crate) names: Vec<String>,
}

#[cfg(test)]
mod tests;
