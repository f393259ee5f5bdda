//! From what fired to sentences: one reason per rule, over all the effects it fired for.

use std::collections::BTreeSet;

use holdpoint_core::{
    Backup, Change, Effect, EffectKind, Environment, Evidence, Facts, Reason, Step, Verdict,
};

use crate::annotation::{RESERVED, Rule};
use crate::evidence::{self, Known};
use crate::looked::Looked;
use crate::steps;
use crate::template::Placeholder;
use crate::text;
use crate::totals::Totals;

/// How many pieces of evidence are kept; `resources` says how many there are in all.
const KEPT: usize = 50;

/// How many phrases about the first resource go into the sentence itself.
const IN_SENTENCE: usize = 3;

pub(crate) struct Explainer<'a> {
    pub(crate) change: &'a Change,
    pub(crate) facts: &'a Facts,
    pub(crate) totals: &'a Totals,
    pub(crate) looked: &'a Looked<'a>,
}

impl Explainer<'_> {
    /// Why `rule` fired for these effects, or for the change as a whole when there are none.
    pub(crate) fn reason(&self, rule: &Rule, effects: &[usize]) -> Reason {
        let effects = self.effects(effects);
        let known = self.known();
        let phrases = match effects.first() {
            Some(first) => {
                let around = known.of_facts(&rule.reads);
                if around.is_empty() { known.of_effect(&rule.reads, first) } else { around }
            }
            None => known.of_change(&rule.reads),
        };
        let fill = |placeholder| self.fill(placeholder, &effects, &phrases);
        Reason {
            policy: rule.id.clone(),
            rule: rule.rule.clone(),
            verdict: rule.verdict.clone(),
            reason: rule.reason.render(fill),
            remedy: rule.remedy.render(fill),
            would_pass: steps::of(rule, &effects, self.change, self.facts, self.looked),
            incident: rule.incident.clone(),
            evidence: self.evidence(rule, &effects, &phrases),
            resources: effects.len() as u64,
        }
    }

    /// Nothing permits these effects.
    pub(crate) fn unpermitted(&self, effects: &[usize]) -> Reason {
        let effects = self.effects(effects);
        let [_, policy] = RESERVED;
        let reason = format!("{} {}, and no policy permits that", resources(&effects), would(&effects));
        let remedy = "ask whoever runs Holdpoint for a policy that permits it";
        closed(policy, reason, remedy, &effects)
    }

    /// A policy or the engine failed on these effects.
    pub(crate) fn failure(&self, why: &str, effects: &[usize]) -> Reason {
        let effects = self.effects(effects);
        let [policy, _] = RESERVED;
        let reason = format!(
            "{} {}, but judging that failed: {}",
            resources(&effects),
            would(&effects),
            text::short(why)
        );
        let remedy =
            "whoever runs Holdpoint mends the policy (`holdpoint policy check`), then submit it again";
        closed(policy, reason, remedy, &effects)
    }

    fn known(&self) -> Known<'_> {
        Known { change: self.change, facts: self.facts, totals: self.totals, looked: self.looked }
    }

    fn effects(&self, numbers: &[usize]) -> Vec<&Effect> {
        numbers.iter().filter_map(|number| self.change.effects.get(*number)).collect()
    }

    fn fill(&self, placeholder: Placeholder, effects: &[&Effect], phrases: &[String]) -> String {
        let first = effects.first();
        match placeholder {
            Placeholder::Resource => resources(effects),
            Placeholder::Effect => would(effects),
            Placeholder::Environment => environment(self.facts.environment.is).to_owned(),
            Placeholder::Evidence => {
                let some: Vec<String> = phrases.iter().take(IN_SENTENCE).map(|p| text::short(p)).collect();
                text::list(&some, "and")
            }
            Placeholder::Type => {
                first.map_or_else(String::new, |e| format!("`{}`", text::short(&e.resource.kind)))
            }
            Placeholder::Class => first.map_or("", |e| e.class.as_str()).to_owned(),
            Placeholder::Backup => {
                evidence::backup(first.map_or(Backup::NotApplicable, |e| self.looked.backup(e))).to_owned()
            }
            Placeholder::Count => match effects.len() {
                0 => self.totals.effects.to_string(),
                count => count.to_string(),
            },
            Placeholder::Creates => self.totals.counts.create.to_string(),
            Placeholder::Updates => self.totals.counts.update.to_string(),
            Placeholder::Destroys if self.totals.is_unbounded() => "any number of".to_owned(),
            Placeholder::Destroys => self.totals.counts.destroys().to_string(),
            Placeholder::DestroysData => self.totals.counts.destroys_data.to_string(),
            Placeholder::Estate => self.totals.estate.to_string(),
            Placeholder::Share => self.totals.share.to_string(),
            Placeholder::Existing => self.totals.existing.to_string(),
            Placeholder::Dependents => self.totals.dependents.to_string(),
            Placeholder::DataInReach => self.totals.data_in_reach.to_string(),
            Placeholder::Regions => self.totals.regions_destroyed.to_string(),
        }
    }

    /// Resource by resource, then what is said of the change as a whole and of its environment.
    fn evidence(&self, rule: &Rule, effects: &[&Effect], phrases: &[String]) -> Vec<Evidence> {
        let known = self.known();
        let mut whole: Vec<Evidence> = known.named(&rule.reads);
        if effects.is_empty() {
            whole.extend(phrases.iter().map(|says| item("", says)));
        } else {
            whole.extend(known.of_facts(&rule.reads).iter().map(|says| item("", says)));
        }
        if rule.reads.any(&["production", "environment"]) {
            whole.extend(self.facts.environment.evidence.iter().map(|says| item("", says)));
        }
        whole.truncate(KEPT / 5);
        let room = KEPT.saturating_sub(whole.len());
        let concerned: Vec<&Effect> = if effects.is_empty() && evidence::names_destroyed(&rule.reads) {
            self.change.effects.iter().filter(|effect| effect.destroys_data()).collect()
        } else {
            effects.to_vec()
        };
        let mut all: Vec<Evidence> = concerned
            .iter()
            .flat_map(|effect| {
                let said = known.of_effect(&rule.reads, effect);
                said.into_iter().map(|says| item(&effect.resource.address, &says))
            })
            .take(room)
            .collect();
        all.extend(whole);
        all
    }
}

pub(crate) fn item(resource: &str, says: &str) -> Evidence {
    Evidence { resource: text::clean(resource), says: text::clean(says) }
}

fn closed(policy: &str, reason: String, remedy: &str, effects: &[&Effect]) -> Reason {
    Reason {
        policy: policy.to_owned(),
        rule: "R20".to_owned(),
        verdict: Verdict::Deny,
        reason,
        remedy: remedy.to_owned(),
        // Only a person can mend it.
        would_pass: vec![Step::Wait { until: None }],
        incident: String::new(),
        evidence: effects
            .iter()
            .take(KEPT)
            .map(|effect| item(&effect.resource.address, &format!("it {}", would(&[effect]))))
            .collect(),
        resources: effects.len() as u64,
    }
}

/// "`aws_db_instance.main` and 4 more", or "this change".
fn resources(effects: &[&Effect]) -> String {
    let Some(first) = effects.first() else { return "this change".to_owned() };
    let name = format!("`{}`", text::short(&first.resource.address));
    match effects.len() {
        1 => name,
        count => format!("{name} and {} more", count.saturating_sub(1)),
    }
}

/// "would be deleted", "would be deleted or replaced".
fn would(effects: &[&Effect]) -> String {
    let kinds: BTreeSet<EffectKind> = effects.iter().map(|effect| effect.effect).collect();
    let words: Vec<String> = EffectKind::ALL
        .into_iter()
        .filter(|kind| kinds.contains(kind))
        .map(|kind| participle(kind).to_owned())
        .collect();
    if words.is_empty() {
        "would be applied".to_owned()
    } else {
        format!("would be {}", text::list(&words, "or"))
    }
}

fn participle(effect: EffectKind) -> &'static str {
    match effect {
        EffectKind::Create => "created",
        EffectKind::Update => "changed",
        EffectKind::Replace => "replaced",
        EffectKind::Delete => "deleted",
        EffectKind::Forget => "forgotten",
        EffectKind::Read => "read",
        EffectKind::Execute => "run",
    }
}

fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::Development => "development",
        Environment::Staging => "staging",
        Environment::Unknown => "an unknown environment (treated as production)",
        Environment::Production => "production",
    }
}
