//! The numbers of a change as a whole: policies compare them and do not calculate.

use std::collections::{BTreeSet, HashMap};

use cedar_policy::RestrictedExpression;

use holdpoint_core::{Change, Class, Counts, Effect, EffectKind, Facts, Manner};

use crate::looked::{Looked, holds_data};
use crate::request::{attributes, is_production, number};
use crate::words::{Set, Words};

/// Counts, sums and shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) effects: u64,
    pub(crate) counts: Counts,
    /// Weighted: what selects whatever there is counts as many.
    pub(crate) destroys: u64,
    pub(crate) destroys_others: u64,
    pub(crate) destroys_sources: u64,
    pub(crate) destroys_backups: u64,
    pub(crate) estate: u64,
    /// In percent, rounded down; so `>= 50` is exact.
    pub(crate) share: u64,
    pub(crate) dependents: u64,
    /// Without what the change itself destroys or endangers.
    pub(crate) data_in_reach: u64,
    pub(crate) regions_destroyed: u64,
    pub(crate) existing: u64,
    pub(crate) manners: BTreeSet<Manner>,
}

impl Totals {
    pub(crate) fn of(change: &Change, facts: &Facts, looked: &Looked<'_>) -> Self {
        let destroyed = || change.effects.iter().filter(|e| e.effect.destroys());
        let weigh = |all: u64, effect: &Effect| all.saturating_add(effect.weight());
        let of_class = |class: Class| destroyed().filter(|e| e.class == class).count() as u64;
        let destroys = destroyed().fold(0, weigh);
        let estate = change.context.estate;
        let share = match destroys {
            0 => 0,
            some => some.saturating_mul(100).checked_div(estate).unwrap_or(100).min(100),
        };
        let radius = facts.radius.as_deref();
        let own_data = change.effects.iter().filter(|e| holds_data(e.class) && endangers(e)).count() as u64;
        Self {
            effects: change.effects.len() as u64,
            counts: change.counts(),
            destroys,
            destroys_others: destroyed().filter(|e| !looked.is_own(e)).fold(0, weigh),
            destroys_sources: of_class(Class::Data),
            destroys_backups: of_class(Class::Backup),
            estate,
            share,
            dependents: radius.map_or(0, holdpoint_core::Radius::dependents),
            data_in_reach: radius.map_or(0, |radius| radius.data.saturating_sub(own_data)),
            regions_destroyed: radius.map_or(0, |radius| radius.regions_destroyed.len() as u64),
            existing: facts.existing.len() as u64,
            manners: change.effects.iter().flat_map(|e| e.manners.iter().map(|noted| noted.manner)).collect(),
        }
    }

    /// Whether something destroys without a limit.
    pub(crate) fn is_unbounded(&self) -> bool {
        self.destroys > self.counts.destroys()
    }

    pub(crate) fn attributes(
        &self,
        words: &Words,
        change: &Change,
        facts: &Facts,
    ) -> HashMap<String, RestrictedExpression> {
        let counts = &self.counts;
        let environment = facts.environment.is;
        let manners = self.manners.iter().map(|manner| words.value(Set::Manner, manner.as_str()));
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
            ("destroys", number(self.destroys)),
            ("destroysOthers", number(self.destroys_others)),
            ("destroysNamed", number(counts.destroys())),
            ("destroysSources", number(self.destroys_sources)),
            ("destroysBackups", number(self.destroys_backups)),
            ("destroysData", number(counts.destroys_data)),
            ("estate", number(self.estate)),
            ("shareDestroyed", number(self.share)),
            ("dependents", number(self.dependents)),
            ("dataInReach", number(self.data_in_reach)),
            ("regionsDestroyed", number(self.regions_destroyed)),
            ("existing", number(self.existing)),
            ("manners", RestrictedExpression::new_set(manners)),
            ("errored", RestrictedExpression::new_bool(change.context.errored)),
            ("incomplete", RestrictedExpression::new_bool(change.context.incomplete)),
            ("environment", words.value(Set::Env, environment.as_str())),
            ("production", RestrictedExpression::new_bool(is_production(environment))),
        ])
    }
}

fn endangers(effect: &Effect) -> bool {
    effect.effect.destroys() || (effect.effect != EffectKind::Read && !effect.hazards.is_empty())
}
