//! Judging: one Cedar request per class of equal effects, one for the change as a whole; the strictest answer stands.

use std::collections::{BTreeMap, HashMap};

use cedar_policy::{Context, Decision, Entities, EntityUid, Request};

use holdpoint_core::{Actor, Change, Facts, Judgement, Reason, Verdict};

use crate::bundle::Bundle;
use crate::explain::Explainer;
use crate::looked::Looked;
use crate::request::{self, FactClass};
use crate::totals::Totals;

/// What one request came to. Empty is an allow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Outcome {
    /// Every forbid that applied, by its number.
    rules: Vec<usize>,
    /// Nothing permits it.
    unpermitted: bool,
    /// Something went wrong, so it does not pass.
    failure: Option<String>,
}

impl Outcome {
    fn failed(why: impl ToString) -> Self {
        Self { failure: Some(why.to_string()), ..Self::default() }
    }
}

/// All that a judgement rests on.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    change: &'a Change,
    facts: &'a Facts,
    requester: &'a Actor,
    totals: &'a Totals,
    looked: &'a Looked<'a>,
}

/// Everything that fired, and for which effects.
#[derive(Debug, Default)]
struct Fired {
    rules: BTreeMap<usize, Vec<usize>>,
    unpermitted: Option<Vec<usize>>,
    failures: BTreeMap<String, Vec<usize>>,
}

impl Fired {
    /// `effect` is absent for the change as a whole.
    fn add(&mut self, outcome: &Outcome, effect: Option<usize>) {
        for rule in &outcome.rules {
            self.rules.entry(*rule).or_default().extend(effect);
        }
        if outcome.unpermitted {
            self.unpermitted.get_or_insert_default().extend(effect);
        }
        if let Some(why) = &outcome.failure {
            self.failures.entry(why.clone()).or_default().extend(effect);
        }
    }
}

impl Bundle {
    /// Judges a change by what it does and what is known around it. Never fails: whatever goes wrong is a deny
    /// with rule R20. The same change, facts and policies give the same judgement.
    #[must_use]
    pub fn decide(&self, change: &Change, facts: &Facts, requester: &Actor) -> Judgement {
        let looked = Looked::of(facts);
        let totals = Totals::of(change, facts, &looked);
        let asked = Asked { change, facts, requester, totals: &totals, looked: &looked };
        let mut fired = Fired::default();
        if let Err(why) = self.evaluate(&asked, &mut fired) {
            fired.add(&Outcome::failed(why), None);
        }
        let explainer = Explainer { change, facts, totals: &totals, looked: &looked };
        let mut reasons: Vec<Reason> = Vec::new();
        for (number, effects) in &fired.rules {
            reasons.extend(self.rules.get(*number).map(|rule| explainer.reason(rule, effects)));
        }
        reasons.extend(fired.unpermitted.map(|effects| explainer.unpermitted(&effects)));
        for (why, effects) in &fired.failures {
            reasons.push(explainer.failure(why, effects));
        }
        reasons.sort_by(|a, b| order(a).cmp(&order(b)));
        let verdict = reasons.iter().fold(Verdict::Allow, |all, reason| all.join(reason.verdict.clone()));
        Judgement { verdict, reasons, policy_version: self.version() }
    }

    fn evaluate(&self, asked: &Asked<'_>, fired: &mut Fired) -> Result<(), String> {
        let Asked { change, facts, requester, totals, looked } = *asked;
        let mut numbers: HashMap<FactClass<'_>, usize> = HashMap::new();
        let mut classes: Vec<FactClass<'_>> = Vec::new();
        let mut class_of: Vec<usize> = Vec::with_capacity(change.effects.len());
        for effect in &change.effects {
            let class = FactClass::of(effect, looked, self.reads_type);
            let number = *numbers.entry(class).or_insert_with_key(|class| {
                classes.push(class.clone());
                classes.len().saturating_sub(1)
            });
            class_of.push(number);
        }

        let entities = request::entities(&self.words, &self.schema, &classes, change, totals, facts)?;
        let context = request::context(&self.words, change, facts, totals, requester)?;
        let principal = self.words.principal(requester);
        let ask = |action: EntityUid, resource: EntityUid| {
            self.ask(principal.clone(), action, resource, context.clone(), &entities)
        };
        fired.add(&ask(self.words.apply(), self.words.change()), None);
        let outcomes: Vec<Outcome> = classes
            .iter()
            .enumerate()
            .map(|(number, class)| ask(self.words.action(class.effect), self.words.resource(number)))
            .collect();
        for (effect, class) in class_of.into_iter().enumerate() {
            match outcomes.get(class) {
                Some(outcome) => fired.add(outcome, Some(effect)),
                None => return Err("an effect was not judged".to_owned()),
            }
        }
        Ok(())
    }

    /// One request, in three values.
    fn ask(
        &self,
        principal: EntityUid,
        action: EntityUid,
        resource: EntityUid,
        context: Context,
        entities: &Entities,
    ) -> Outcome {
        let request = match Request::new(principal, action, resource, context, Some(&self.schema)) {
            Ok(request) => request,
            Err(error) => return Outcome::failed(error),
        };
        let full = self.authorizer.is_authorized(&request, &self.full, entities);
        // A policy that errs was skipped, a forbid too: what the rest says is worth nothing.
        if let Some(error) = full.diagnostics().errors().next() {
            return Outcome::failed(error);
        }
        if full.decision() == Decision::Allow {
            return Outcome::default();
        }
        let mut rules: Vec<usize> =
            full.diagnostics().reason().filter_map(|id| self.by_id.get(id).copied()).collect();
        rules.sort_unstable();
        let is_final = |rule: &usize| self.rules.get(*rule).is_none_or(|rule| rule.verdict == Verdict::Deny);
        if rules.iter().any(is_final) {
            return Outcome { rules, ..Outcome::default() };
        }
        let base = self.authorizer.is_authorized(&request, &self.base, entities);
        if let Some(error) = base.diagnostics().errors().next() {
            return Outcome::failed(error);
        }
        let unpermitted = rules.is_empty() || base.decision() != Decision::Allow;
        Outcome { rules, unpermitted, failure: None }
    }
}

/// Denies first, then by how many people are asked for, then by rule, R2 before R12.
fn order(reason: &Reason) -> (bool, std::cmp::Reverse<usize>, u64, &str, &str) {
    let people = match &reason.verdict {
        Verdict::Hold { requirements } => requirements.people(),
        Verdict::Allow | Verdict::Deny => 0,
    };
    let number = reason.rule.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(u64::MAX);
    let is_hold = reason.verdict != Verdict::Deny;
    (is_hold, std::cmp::Reverse(people), number, &reason.rule, &reason.policy)
}

#[cfg(test)]
mod matrix;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
