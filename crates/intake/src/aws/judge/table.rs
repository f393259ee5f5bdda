//! The table of calls: `calls/*.toml`, read once. `calls/README.md` says what its parts mean.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use holdpoint_core::{Backup, Class, EffectKind, HazardKind, Manner};
use serde::Deserialize;

use crate::ReadError;
use crate::table::{Condition, World, is_like};

/// The files of the table.
const FILES: [&str; 9] = [
    include_str!("../calls/every.toml"),
    include_str!("../calls/compute.toml"),
    include_str!("../calls/containers.toml"),
    include_str!("../calls/databases.toml"),
    include_str!("../calls/identity.toml"),
    include_str!("../calls/messages.toml"),
    include_str!("../calls/storage.toml"),
    include_str!("../calls/traffic.toml"),
    include_str!("../calls/watch.toml"),
];

const VERBS: &str = include_str!("../calls/verbs.toml");

/// What verbs mean, in lower case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verbs {
    /// Words that stand before the verb.
    pub(super) batch: Vec<String>,
    pub(super) reads: BTreeSet<String>,
    pub(super) creates: BTreeSet<String>,
    pub(super) updates: BTreeSet<String>,
    pub(super) deletes: BTreeSet<String>,
    /// Takes something off a thing that stays.
    pub(super) loosens: BTreeSet<String>,
    /// Switches something off.
    pub(super) disables: BTreeSet<String>,
    /// Stops what runs, or moves who serves.
    pub(super) stops: BTreeSet<String>,
    /// Runs something.
    pub(super) executes: BTreeSet<String>,
    /// Gives rights.
    pub(super) grants: BTreeSet<String>,
}

/// What is known of one service.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Service {
    /// Other services with the same operations.
    pub(super) also: Vec<String>,
    /// The type of the resource table that each noun is.
    pub(super) types: BTreeMap<String, String>,
    /// The parameter that holds the name of each noun, where it does not follow from the noun.
    pub(super) names: BTreeMap<String, String>,
    /// What a parameter, by its translated path, is called in the resource table.
    pub(super) rename: BTreeMap<String, String>,
    /// Operations of which verb and level say nothing.
    pub(super) ordinary: Vec<String>,
    pub(super) world: Vec<World>,
    pub(super) rows: Vec<Row>,
}

/// A row: what is true of some operations, under some conditions. Rows add up: the first to say what an effect is, wins;
/// hazards and manners of all of them count.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    /// Operations, divided by `|`; `*` stands for anything.
    pub(super) on: String,
    /// Operations that are left out again.
    #[serde(default)]
    pub(super) but: String,
    #[serde(default)]
    pub(super) when: Vec<Condition>,
    #[serde(default)]
    pub(super) effect: Option<EffectKind>,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) noun: Option<String>,
    /// Where the names stand: alternatives divided by `|`, parts of one name by `+`.
    #[serde(default)]
    pub(super) of: Option<String>,
    #[serde(default)]
    pub(super) class: Option<Class>,
    #[serde(default)]
    pub(super) backup: Option<Backup>,
    #[serde(default)]
    pub(super) hazards: BTreeMap<HazardKind, String>,
    #[serde(default)]
    pub(super) manners: BTreeMap<Manner, String>,
    /// Nothing is left to serve with.
    #[serde(default)]
    pub(super) zero: bool,
    /// Verb and level say nothing more.
    #[serde(default)]
    pub(super) ordinary: bool,
}

impl Row {
    pub(super) fn speaks_of(&self, operation: &str) -> bool {
        let any = |patterns: &str| patterns.split('|').any(|pattern| is_like(pattern.trim(), operation));
        any(&self.on) && (self.but.is_empty() || !any(&self.but))
    }
}

/// The table, as it is asked.
#[derive(Debug)]
pub(super) struct Calls {
    services: BTreeMap<String, Service>,
    aliases: BTreeMap<String, String>,
    nothing: Service,
    pub(super) verbs: Verbs,
}

impl Calls {
    /// The table of this build.
    pub(super) fn get() -> Result<&'static Calls, ReadError> {
        static CALLS: OnceLock<Option<Calls>> = OnceLock::new();
        CALLS.get_or_init(|| Calls::parse().ok()).as_ref().ok_or(ReadError::Table)
    }

    pub(super) fn parse() -> Result<Self, toml::de::Error> {
        let mut services: BTreeMap<String, Service> = BTreeMap::new();
        for file in FILES {
            services.extend(toml::from_str::<BTreeMap<String, Service>>(file)?);
        }
        let aliases = services
            .iter()
            .flat_map(|(name, service)| service.also.iter().map(|also| (also.clone(), name.clone())))
            .collect();
        Ok(Self { services, aliases, nothing: Service::default(), verbs: toml::from_str(VERBS)? })
    }

    /// What is known of a service; nothing, of one that the table does not have.
    pub(super) fn service(&self, name: &str) -> &Service {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        self.services.get(name).unwrap_or(&self.nothing)
    }

    #[cfg(test)]
    pub(super) fn services(&self) -> impl Iterator<Item = (&String, &Service)> {
        self.services.iter()
    }
}
