//! A change and its facts as Cedar entities and requests. All are built with the schema: that checks them against it,
//! and brings the action hierarchy, without which `action in Action::"destroy"` is silently false.

use std::collections::{BTreeSet, HashMap, HashSet};

use cedar_policy::{Context, Entities, Entity, RestrictedExpression, Schema};

use holdpoint_core::{
    Actor, ActorKind, Backup, Change, Class, Continuity, Effect, EffectKind, Environment, Facts, Format,
    Freeze, HazardKind, Manner,
};

use crate::looked::{Looked, holds_data, is_to_zero};
use crate::totals::Totals;
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
    manners: BTreeSet<Manner>,
    own: bool,
    to_zero: bool,
    deferred: bool,
}

impl<'a> FactClass<'a> {
    pub(crate) fn of(effect: &'a Effect, looked: &Looked<'_>, reads_type: bool) -> Self {
        Self {
            effect: effect.effect,
            kind: if reads_type { &effect.resource.kind } else { "" },
            provider: if reads_type { &effect.resource.provider } else { "" },
            class: effect.class,
            backup: looked.backup(effect),
            hazards: effect.hazards.iter().map(|hazard| hazard.kind).collect(),
            manners: effect.manners.iter().map(|noted| noted.manner).collect(),
            own: looked.is_own(effect),
            to_zero: is_to_zero(effect),
            deferred: effect.deferred.is_some(),
        }
    }

    fn attributes(&self, words: &Words, environment: Environment) -> HashMap<String, RestrictedExpression> {
        let hazards = self.hazards.iter().map(|kind| words.value(Set::Hazard, kind.as_str()));
        let manners = self.manners.iter().map(|manner| words.value(Set::Manner, manner.as_str()));
        attributes([
            ("type", RestrictedExpression::new_string(self.kind.to_owned())),
            ("provider", RestrictedExpression::new_string(self.provider.to_owned())),
            ("class", words.value(Set::Class, self.class.as_str())),
            ("data", RestrictedExpression::new_bool(holds_data(self.class))),
            ("backup", words.value(Set::Backup, self.backup.as_str())),
            ("hazards", RestrictedExpression::new_set(hazards)),
            ("manners", RestrictedExpression::new_set(manners)),
            ("own", RestrictedExpression::new_bool(self.own)),
            ("toZero", RestrictedExpression::new_bool(self.to_zero)),
            ("deferred", RestrictedExpression::new_bool(self.deferred)),
            ("environment", words.value(Set::Env, environment.as_str())),
            ("production", RestrictedExpression::new_bool(is_production(environment))),
        ])
    }
}

/// Unknown counts as production, in every rule, because it is decided here.
pub(crate) fn is_production(environment: Environment) -> bool {
    environment >= Environment::Unknown
}

pub(crate) fn number(n: u64) -> RestrictedExpression {
    RestrictedExpression::new_long(i64::try_from(n).unwrap_or(i64::MAX))
}

pub(crate) fn attributes<const N: usize>(
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
pub(crate) fn context(
    words: &Words,
    change: &Change,
    facts: &Facts,
    totals: &Totals,
    requester: &Actor,
) -> Result<Context, String> {
    let answered_for = requester.kind != ActorKind::Agent || requester.operator.is_some();
    let bool = RestrictedExpression::new_bool;
    let pairs = attributes([
        ("bound", bool(is_bound(change, facts))),
        ("continuity", words.value(Set::Continuity, continuity(&facts.continuity))),
        ("frozen", words.value(Set::Freeze, freeze(&facts.freeze))),
        ("budget", words.value(Set::Budget, facts.budget.level.as_str())),
        ("escalated", bool(facts.budget.escalated)),
        ("task", words.value(Set::Task, facts.task.matches.as_str())),
        ("hasOrigin", bool(facts.task.has_origin || answered_for)),
        ("unattended", bool(is_unattended(facts, totals))),
        ("resolved", bool(facts.is_resolved())),
        ("answeredFor", bool(answered_for)),
    ]);
    Context::from_pairs(pairs).map_err(|error| error.to_string())
}

/// Terraform carries out another artefact than the document that is judged; everything else is carried out as it was
/// handed in, and the digest says so.
pub(crate) fn is_bound(change: &Change, facts: &Facts) -> bool {
    facts.bound || change.format != Format::Terraform
}

pub(crate) fn is_unattended(facts: &Facts, totals: &Totals) -> bool {
    facts.task.intent.unattended || totals.manners.contains(&Manner::Unattended)
}

fn continuity(continuity: &Continuity) -> &'static str {
    match continuity {
        Continuity::NotShown => "not_shown",
        Continuity::FirstSeen => "first_seen",
        Continuity::Continues => "continues",
        Continuity::Broken { .. } => "broken",
    }
}

fn freeze(freeze: &Freeze) -> &'static str {
    match freeze {
        Freeze::None => "none",
        Freeze::Frozen(_) => "frozen",
        Freeze::Unknown { .. } => "unknown",
    }
}
