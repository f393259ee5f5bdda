//! A change and its facts as Cedar entities and requests. All are built with the schema: that checks them against it,
//! and brings the action hierarchy, without which `action in Action::"destroy"` is silently false.

use std::collections::{BTreeSet, HashMap, HashSet};

use cedar_policy::{Context, Entities, Entity, RestrictedExpression, Schema};

use holdpoint_core::{
    Backup, Change, Class, Continuity, Counts, Effect, EffectKind, Environment, Facts, HazardKind,
};

use crate::words::{Set, Words};

/// Everything a policy can read of an effect. Effects of equal facts get equal answers, so each fact class
/// is judged once. Type and provider count only if some policy reads them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FactClass<'a> {
    pub(crate) effect: EffectKind,
    kind: &'a str,
    provider: &'a str,
    class: Class,
    backup: Backup,
    hazards: BTreeSet<HazardKind>,
    deferred: bool,
}

impl<'a> FactClass<'a> {
    pub(crate) fn of(effect: &'a Effect, reads_type: bool) -> Self {
        Self {
            effect: effect.effect,
            kind: if reads_type { &effect.resource.kind } else { "" },
            provider: if reads_type { &effect.resource.provider } else { "" },
            class: effect.class,
            backup: effect.backup,
            hazards: effect.hazards.iter().map(|hazard| hazard.kind).collect(),
            deferred: effect.deferred.is_some(),
        }
    }

    fn attributes(&self, words: &Words, environment: Environment) -> HashMap<String, RestrictedExpression> {
        let hazards = self.hazards.iter().map(|kind| words.value(Set::Hazard, kind.as_str()));
        attributes([
            ("type", RestrictedExpression::new_string(self.kind.to_owned())),
            ("provider", RestrictedExpression::new_string(self.provider.to_owned())),
            ("class", words.value(Set::Class, self.class.as_str())),
            ("data", RestrictedExpression::new_bool(holds_data(self.class))),
            ("backup", words.value(Set::Backup, self.backup.as_str())),
            ("hazards", RestrictedExpression::new_set(hazards)),
            ("deferred", RestrictedExpression::new_bool(self.deferred)),
            ("environment", words.value(Set::Env, environment.as_str())),
            ("production", RestrictedExpression::new_bool(is_production(environment))),
        ])
    }
}

fn holds_data(class: Class) -> bool {
    matches!(class, Class::Data | Class::Backup | Class::Key)
}

/// Unknown counts as production, in every rule, because it is decided here.
pub(crate) fn is_production(environment: Environment) -> bool {
    environment >= Environment::Unknown
}

/// The numbers of a change as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) effects: u64,
    pub(crate) counts: Counts,
    pub(crate) destroys_sources: u64,
    pub(crate) destroys_backups: u64,
    pub(crate) estate: u64,
    /// In percent, rounded down; so `>= 50` is exact.
    pub(crate) share: u64,
}

impl Totals {
    pub(crate) fn of(change: &Change) -> Self {
        let counts = change.counts();
        let destroyed = |class: Class| {
            change.effects.iter().filter(|e| e.effect.destroys() && e.class == class).count() as u64
        };
        let estate = change.context.estate;
        let share = match counts.destroys() {
            0 => 0,
            destroys => destroys.saturating_mul(100).checked_div(estate).unwrap_or(100).min(100),
        };
        Self {
            effects: change.effects.len() as u64,
            counts,
            destroys_sources: destroyed(Class::Data),
            destroys_backups: destroyed(Class::Backup),
            estate,
            share,
        }
    }

    fn attributes(
        &self,
        words: &Words,
        change: &Change,
        facts: &Facts,
    ) -> HashMap<String, RestrictedExpression> {
        let number = |n: u64| RestrictedExpression::new_long(i64::try_from(n).unwrap_or(i64::MAX));
        let counts = &self.counts;
        let environment = facts.environment.is;
        attributes([
            ("effects", number(self.effects)),
            ("creates", number(counts.create)),
            ("updates", number(counts.update)),
            ("replaces", number(counts.replace)),
            ("deletes", number(counts.delete)),
            ("forgets", number(counts.forget)),
            ("reads", number(counts.read)),
            ("executes", number(counts.execute)),
            ("writes", number(self.effects.saturating_sub(counts.read))),
            ("destroys", number(counts.destroys())),
            ("destroysSources", number(self.destroys_sources)),
            ("destroysBackups", number(self.destroys_backups)),
            ("destroysData", number(counts.destroys_data)),
            ("estate", number(self.estate)),
            ("shareDestroyed", number(self.share)),
            ("errored", RestrictedExpression::new_bool(change.context.errored)),
            ("incomplete", RestrictedExpression::new_bool(change.context.incomplete)),
            ("environment", words.value(Set::Env, environment.as_str())),
            ("production", RestrictedExpression::new_bool(is_production(environment))),
        ])
    }
}

fn attributes<const N: usize>(
    pairs: [(&str, RestrictedExpression); N],
) -> HashMap<String, RestrictedExpression> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// One store for the change and a resource per fact class, numbered as the classes are.
pub(crate) fn entities(
    words: &Words,
    schema: &Schema,
    classes: &[FactClass<'_>],
    change: &Change,
    totals: &Totals,
    facts: &Facts,
) -> Result<Entities, String> {
    let mut all = Vec::with_capacity(classes.len().saturating_add(1));
    let whole = totals.attributes(words, change, facts);
    all.push(Entity::new(words.change(), whole, HashSet::new()).map_err(|error| error.to_string())?);
    for (number, class) in classes.iter().enumerate() {
        let of_it = class.attributes(words, facts.environment.is);
        let entity = Entity::new(words.resource(number), of_it, HashSet::new());
        all.push(entity.map_err(|error| error.to_string())?);
    }
    Entities::from_entities(all, Some(schema)).map_err(|error| error.to_string())
}

/// What every request of a change carries.
pub(crate) fn context(words: &Words, facts: &Facts) -> Result<Context, String> {
    let continuity = match facts.continuity {
        Continuity::NotShown => "not_shown",
        Continuity::FirstSeen => "first_seen",
        Continuity::Continues => "continues",
        Continuity::Broken { .. } => "broken",
    };
    Context::from_pairs([
        ("bound".to_owned(), RestrictedExpression::new_bool(facts.bound)),
        ("continuity".to_owned(), words.value(Set::Continuity, continuity)),
    ])
    .map_err(|error| error.to_string())
}
