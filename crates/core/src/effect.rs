use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Digest, Hazard, HazardKind, Manner, Noted};

/// What a change does to one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// It did not exist and will.
    Create,
    /// It stays the same thing with other values.
    Update,
    /// It is destroyed and made again; what it held is gone.
    Replace,
    /// It is destroyed.
    Delete,
    /// It is no longer managed, but lives on.
    Forget,
    /// It is looked at.
    Read,
    /// It is run.
    Execute,
}

impl EffectKind {
    /// Every kind, gravest first.
    pub const ALL: [EffectKind; 7] = [
        EffectKind::Delete,
        EffectKind::Replace,
        EffectKind::Execute,
        EffectKind::Update,
        EffectKind::Forget,
        EffectKind::Create,
        EffectKind::Read,
    ];

    /// The word used in the database, the API, policies and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            EffectKind::Create => "create",
            EffectKind::Update => "update",
            EffectKind::Replace => "replace",
            EffectKind::Delete => "delete",
            EffectKind::Forget => "forget",
            EffectKind::Read => "read",
            EffectKind::Execute => "execute",
        }
    }

    /// Whether the resource as it was ceases to exist.
    #[must_use]
    pub fn destroys(self) -> bool {
        matches!(self, EffectKind::Delete | EffectKind::Replace)
    }
}

/// What a resource is for, as the resource table says; it decides how grave its loss is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Holds data that cannot be made again from code.
    Data,
    /// A snapshot, backup, recovery point, or what makes them.
    Backup,
    /// Encryption keys; without them data is gone.
    Key,
    /// Users, roles, policies.
    Identity,
    /// Load balancers, DNS, CDN: what sends traffic.
    Traffic,
    /// Networks, subnets, routes, gateways, firewalls.
    Network,
    /// Machines, containers, functions.
    Compute,
    /// Alarms, logs, trails, and other watchers.
    Watch,
    /// Known, and of none of the classes above.
    Other,
    /// A type the table does not know.
    #[default]
    Unlisted,
}

impl Class {
    /// The word used in the database, the API, policies and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Class::Data => "data",
            Class::Backup => "backup",
            Class::Key => "key",
            Class::Identity => "identity",
            Class::Traffic => "traffic",
            Class::Network => "network",
            Class::Compute => "compute",
            Class::Watch => "watch",
            Class::Other => "other",
            Class::Unlisted => "unlisted",
        }
    }
}

/// What becomes of the backups of a data-bearing resource that is destroyed, as far as the change itself shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backup {
    /// The question does not arise: nothing that holds data is destroyed.
    #[default]
    NotApplicable,
    /// The change shows no backup, and none that goes.
    NotShown,
    /// The backups go with the source: no final snapshot, and the automated ones are deleted.
    RemovedWithIt,
    /// A final snapshot is taken first, or the automated backups stay.
    Kept,
    /// The provider refuses to delete it while it holds anything, or keeps it recoverable for days.
    Guarded,
    /// A backup that this change does not touch is on record elsewhere.
    Elsewhere,
}

impl Backup {
    /// Every answer.
    pub const ALL: [Backup; 6] = [
        Backup::NotApplicable,
        Backup::NotShown,
        Backup::RemovedWithIt,
        Backup::Kept,
        Backup::Guarded,
        Backup::Elsewhere,
    ];

    /// Whether something is left to restore from.
    #[must_use]
    pub fn outlives(self) -> bool {
        matches!(self, Backup::Kept | Backup::Guarded | Backup::Elsewhere)
    }

    /// The word used in the database, the API, policies and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Backup::NotApplicable => "not_applicable",
            Backup::NotShown => "not_shown",
            Backup::RemovedWithIt => "removed_with_it",
            Backup::Kept => "kept",
            Backup::Guarded => "guarded",
            Backup::Elsewhere => "elsewhere",
        }
    }
}

/// The resource an effect is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The full address in its own format, for example `module.db.aws_db_instance.main[0]`.
    pub address: String,
    /// The type, for example `aws_db_instance`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The provider, for example `registry.terraform.io/hashicorp/aws`; empty when the format has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
    /// The module path, for example `module.db`; empty for the root.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// The key of a deposed object, which is destroyed beside the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
}

/// What the change does to one resource. The serialised form is what is digested and stored; it never
/// holds a sensitive value. Fields marked `skip` are derived by intake and kept in the assessment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effect {
    /// What is done.
    pub effect: EffectKind,
    /// To what.
    pub resource: Resource,
    /// For a replace: the new one is made before the old one is destroyed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create_before_destroy: bool,
    /// The address it had before, when it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// The id in the real world under which it is taken into management.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_as: Option<String>,
    /// The effect is put off to a later plan for this reason; what it will do is not fully known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferred: Option<String>,
    /// JSON pointers of the attributes that force a replace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forced_by: Vec<String>,
    /// JSON pointers of values that are only known after the change has been carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// JSON pointers of sensitive values; each is `null` in `before` and `after`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<String>,
    /// JSON pointers of the sensitive values that differ between before and after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive_changed: Vec<String>,
    /// The values before, as canonical JSON (sorted keys, no white space), sensitive ones masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<RawValue>>,
    /// The values after, as canonical JSON, sensitive ones masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Box<RawValue>>,
    /// SHA-256 over all values, sensitive ones included, in canonical form: any differing value gives another.
    pub values: Digest,

    /// What the resource is for.
    #[serde(skip)]
    pub class: Class,
    /// What becomes of its backups.
    #[serde(skip)]
    pub backup: Backup,
    /// Every hazard found.
    #[serde(skip)]
    pub hazards: Vec<Hazard>,
    /// How it is asked for, where that itself is a warning.
    #[serde(skip)]
    pub manners: Vec<Noted>,
}

impl Effect {
    /// Whether this effect carries a hazard of that kind.
    #[must_use]
    pub fn has(&self, kind: HazardKind) -> bool {
        self.hazards.iter().any(|hazard| hazard.kind == kind)
    }

    /// Whether it is asked for in that manner.
    #[must_use]
    pub fn is_asked(&self, manner: Manner) -> bool {
        self.manners.iter().any(|noted| noted.manner == manner)
    }

    /// How many resources this effect stands for, as caps and budgets count: one, or [`UNBOUNDED`] when it selects
    /// whatever there is.
    #[must_use]
    pub fn weight(&self) -> u64 {
        if self.is_asked(Manner::SelectsAll) { UNBOUNDED } else { 1 }
    }

    /// Whether something that holds data is destroyed.
    #[must_use]
    pub fn destroys_data(&self) -> bool {
        self.effect.destroys() && matches!(self.class, Class::Data | Class::Key | Class::Backup)
    }
}

/// What an effect without a limit counts as, where resources are counted.
pub const UNBOUNDED: u64 = 100;

/// How many effects of each kind a change has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the count of the effect kind it is named after")]
pub struct Counts {
    pub create: u64,
    pub update: u64,
    pub replace: u64,
    pub delete: u64,
    pub forget: u64,
    pub read: u64,
    pub execute: u64,
    /// How many of the deletes and replaces destroy something that holds data.
    pub destroys_data: u64,
}

impl Counts {
    /// Counts these effects.
    #[must_use]
    pub fn of(effects: &[Effect]) -> Self {
        let mut counts = Self::default();
        for effect in effects {
            let counter = match effect.effect {
                EffectKind::Create => &mut counts.create,
                EffectKind::Update => &mut counts.update,
                EffectKind::Replace => &mut counts.replace,
                EffectKind::Delete => &mut counts.delete,
                EffectKind::Forget => &mut counts.forget,
                EffectKind::Read => &mut counts.read,
                EffectKind::Execute => &mut counts.execute,
            };
            *counter = counter.saturating_add(1);
            if effect.destroys_data() {
                counts.destroys_data = counts.destroys_data.saturating_add(1);
            }
        }
        counts
    }

    /// How many resources cease to exist as they were.
    #[must_use]
    pub fn destroys(&self) -> u64 {
        self.delete.saturating_add(self.replace)
    }
}
