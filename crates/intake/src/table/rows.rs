//! One row of each list of the table; `resources.toml` says what the lists mean.

use holdpoint_core::{Backup, HazardKind};
use serde::Deserialize;

use super::Condition;
use super::index::SpeaksOf;

/// An attribute that protects while it is on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    pub(crate) types: Vec<String>,
    pub(crate) attribute: String,
    #[serde(default)]
    pub(crate) on: Vec<String>,
    #[serde(default)]
    pub(crate) at_least: Option<f64>,
    #[serde(default)]
    pub(crate) set: bool,
    #[serde(default)]
    pub(crate) lowering: bool,
    pub(crate) hazard: HazardKind,
    #[serde(default)]
    pub(crate) says: String,
}

/// Values that open or grant something where they newly appear.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opens {
    pub(crate) types: Vec<String>,
    pub(crate) attribute: String,
    pub(crate) values: Vec<String>,
    /// The value is the provider's default, so that only a change to it says something.
    #[serde(default)]
    pub(crate) update_only: bool,
    pub(crate) hazard: HazardKind,
}

/// Rules that let addresses in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct World {
    pub(crate) types: Vec<String>,
    /// Where the rules stand; empty when the resource is one rule.
    #[serde(default)]
    pub(crate) rules: String,
    #[serde(default)]
    pub(crate) only: Vec<Condition>,
    pub(crate) sources: Vec<String>,
    /// Blocks of protocol and ports within a rule.
    #[serde(default)]
    pub(crate) lets: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) ports: Vec<String>,
    pub(crate) protocol: String,
}

/// A JSON policy document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) types: Vec<String>,
    pub(crate) attribute: String,
    pub(crate) reads: Reads,
}

/// How a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reads {
    /// What its holder may do.
    Grants,
    /// Who may become its holder.
    Trust,
    /// Who may use the resource it stands on.
    Resource,
    /// Google's list of roles and members.
    Bindings,
    /// The rules of a Kubernetes role.
    Rules,
}

/// Numbers that must not go to zero.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Floor {
    pub(crate) types: Vec<String>,
    pub(crate) attributes: Vec<String>,
}

/// What becomes of the backups.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fate {
    pub(crate) types: Vec<String>,
    pub(crate) when: Vec<Condition>,
    pub(crate) backup: Backup,
    pub(crate) says: String,
}

/// Types whose removal is a hazard of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removal {
    pub(crate) types: Vec<String>,
    pub(crate) hazard: HazardKind,
    /// A replace that destroys first counts too.
    #[serde(default)]
    pub(crate) replace: bool,
    pub(crate) says: String,
}

/// Blocks that hold data.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Held {
    pub(crate) types: Vec<String>,
    pub(crate) blocks: Vec<String>,
    pub(crate) says: String,
}

/// Attributes that say which thing a resource is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    pub(crate) types: Vec<String>,
    pub(crate) attributes: Vec<String>,
}

/// An attribute whose value one thing of the type may have at a time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Once {
    pub(crate) types: Vec<String>,
    pub(crate) attribute: String,
    /// Not only in its account and region, so that the plain name is enough to know it by.
    #[serde(default)]
    pub(crate) everywhere: bool,
}

macro_rules! speaks_of {
    ($($row:ty),*) => {
        $(impl SpeaksOf for $row {
            fn types(&self) -> &[String] {
                &self.types
            }
        })*
    };
}

speaks_of!(Switch, Opens, World, Document, Floor, Fate, Removal, Held, Identity, Once);
