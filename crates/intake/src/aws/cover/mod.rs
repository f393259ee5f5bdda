//! Whether an approved change covers a call: a plan that was released is carried out by many calls, none of which needs
//! another question, and not one call beyond it.
//!
//! A call is covered by one effect when it goes to a service through which that type is made, does what the effect does
//! (a deletion is covered by a deletion only), names what the effect's values name or what came to be under the same
//! attempt, and endangers nothing that the effect did not show.

mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use holdpoint_core::{Change, Effect, EffectKind, HazardKind};
use serde::Deserialize;

use super::Call;
use values::{Values, leaves};

/// What is known of the attempt so far.
#[derive(Debug, Clone, Default)]
pub struct SoFar {
    /// Identifiers of what came to be by its calls.
    pub born: BTreeSet<String>,
    /// How often each operation was made, as `service:operation`.
    pub made: HashMap<String, u32>,
}

/// What a change covers.
#[derive(Debug)]
pub struct Cover {
    effects: Vec<Covering>,
}

#[derive(Debug)]
struct Covering {
    effect: EffectKind,
    kind: String,
    services: &'static [String],
    hazards: BTreeSet<HazardKind>,
    values: Values,
}

#[derive(Debug, Deserialize)]
struct File {
    values: Vec<String>,
    services: BTreeMap<String, Vec<String>>,
}

/// The table of this build; empty, so that it covers nothing, if it did not read.
fn table() -> &'static File {
    static TABLE: OnceLock<File> = OnceLock::new();
    TABLE.get_or_init(|| {
        let nothing = || File { values: Vec::new(), services: BTreeMap::new() };
        toml::from_str(include_str!("services.toml")).unwrap_or_else(|_| nothing())
    })
}

/// The services through which a type is made.
fn services(kind: &str) -> &'static [String] {
    let fits = |(start, _): &(&String, _)| kind.starts_with(start.as_str());
    let longest = table().services.iter().filter(fits).max_by_key(|(start, _)| start.len());
    longest.map_or(&[], |(_, services)| services)
}

impl Cover {
    /// What the effects of a change cover. Effects that only read cover nothing.
    #[must_use]
    pub fn of(change: &Change) -> Self {
        let effects = change.effects.iter().filter(|e| e.effect != EffectKind::Read).map(covering).collect();
        Self { effects }
    }

    /// Whether the call is covered; `judged` is the call as a change of its own.
    ///
    /// # Errors
    /// Why it is not, as a phrase.
    pub fn covers(&self, call: &Call, judged: &Change, so_far: &SoFar) -> Result<(), String> {
        let name = format!("{}:{}", call.service, call.operation);
        if let Some(doubt) = call.doubts.first() {
            return Err(format!("it is not certain what {name} is: {doubt}"));
        }
        let by_service: Vec<&Covering> =
            self.effects.iter().filter(|e| e.services.contains(&call.service)).collect();
        if by_service.is_empty() {
            return Err(format!("no effect of the released change is on {}", call.service));
        }
        for effect in &judged.effects {
            let covered =
                by_service.iter().any(|by| by.covers(call, effect, so_far, by_service.len(), &name));
            if !covered {
                return Err(format!(
                    "no effect of the released change covers {name} on {}",
                    effect.resource.address
                ));
            }
        }
        Ok(())
    }
}

fn covering(effect: &Effect) -> Covering {
    Covering {
        effect: effect.effect,
        services: services(&effect.resource.kind),
        kind: effect.resource.kind.clone(),
        hazards: effect.hazards.iter().map(|hazard| hazard.kind).collect(),
        values: Values::of(effect),
    }
}

impl Covering {
    fn covers(&self, call: &Call, asked: &Effect, so_far: &SoFar, peers: usize, name: &str) -> bool {
        self.does(asked)
            && self.names(call, asked, so_far, peers, name)
            && self.shows(call, asked, so_far)
            && self.values.hold_documents_of(call)
    }

    /// What it does: a deletion of the thing itself takes an effect that destroys it.
    fn does(&self, asked: &Effect) -> bool {
        let itself = asked.resource.kind == self.kind;
        match asked.effect {
            EffectKind::Delete | EffectKind::Replace => self.effect.destroys() || !itself,
            EffectKind::Create => {
                matches!(self.effect, EffectKind::Create | EffectKind::Replace | EffectKind::Update)
            }
            EffectKind::Update => self.effect != EffectKind::Forget,
            EffectKind::Read | EffectKind::Forget => true,
            EffectKind::Execute => false,
        }
    }

    /// What it names: the thing itself by its id, or, where it is only being made, something that its values say.
    fn names(&self, call: &Call, asked: &Effect, so_far: &SoFar, peers: usize, name: &str) -> bool {
        let knows = |id: &str| self.values.has(id) || so_far.born.iter().any(|born| same(born, id));
        let named =
            call.resources.iter().any(|named| knows(&named.id) || named.arn.as_deref().is_some_and(knows));
        if named {
            return true;
        }
        let makes = asked.effect == EffectKind::Create
            && matches!(self.effect, EffectKind::Create | EffectKind::Replace);
        let made = so_far.made.get(name).copied().unwrap_or(0) as usize;
        makes && made < peers && leaves(&call.parameters).iter().any(|value| self.values.has(value))
    }

    /// Whether what it endangers was shown.
    fn shows(&self, call: &Call, asked: &Effect, so_far: &SoFar) -> bool {
        // Nothing depends yet on what came to be a moment ago.
        let new = self.effect == EffectKind::Create
            && call.resources.iter().any(|named| so_far.born.iter().any(|born| same(born, &named.id)));
        asked.hazards.iter().all(|hazard| match hazard.kind {
            HazardKind::Unknown => false,
            HazardKind::Capacity | HazardKind::Cascade | HazardKind::Lockout if new => true,
            // Reading back what the effect itself writes tells nothing that its values do not hold.
            HazardKind::Exposure if asked.effect == EffectKind::Read => asked.resource.kind == self.kind,
            HazardKind::DataLoss if self.overwrites(asked) => true,
            // What leaves something to serve with is part of an update that people, or policy, have seen.
            HazardKind::Capacity if hazard.attribute == "/still_serves" && self.updates(asked) => true,
            // What goes with a thing that is destroyed was shown with it.
            HazardKind::DataLoss | HazardKind::Capacity | HazardKind::Cascade | HazardKind::Lockout => {
                self.effect.destroys() || self.hazards.contains(&hazard.kind)
            }
            // Documents are compared with what was released, word by word.
            HazardKind::Privilege => true,
            HazardKind::BackupLoss => {
                self.hazards.contains(&HazardKind::BackupLoss) || self.hazards.contains(&HazardKind::DataLoss)
            }
            HazardKind::Exposure | HazardKind::ProtectionOff => self.hazards.contains(&hazard.kind),
        })
    }
}

impl Covering {
    /// Whether it is a value, whose update says what it was and what it becomes.
    fn overwrites(&self, asked: &Effect) -> bool {
        self.updates(asked) && table().values.contains(&self.kind)
    }

    /// Whether both update the same type.
    fn updates(&self, asked: &Effect) -> bool {
        let update = self.effect == EffectKind::Update && asked.effect == EffectKind::Update;
        update && asked.resource.kind == self.kind
    }
}

/// The same thing, by its id or by an ARN or URL that ends with it.
fn same(one: &str, other: &str) -> bool {
    let ends = |long: &str, short: &str| {
        short.len() >= 3 && long.strip_suffix(short).is_some_and(|rest| rest.ends_with(['/', ':']))
    };
    one == other || ends(one, other) || ends(other, one)
}

#[cfg(test)]
mod tests;
