//! What holds for every change, not only for those we thought of.

use std::sync::LazyLock;

use proptest::prelude::*;

use holdpoint_core::{
    Backup, Change, Class, Continuity, Effect, EffectKind, Environment, Facts, HazardKind, Verdict,
};

use crate::Bundle;
use crate::fixture::{With, agent, builtin, change, effect, facts};

static BUNDLE: LazyLock<Bundle> = LazyLock::new(builtin);

fn any_effect() -> impl Strategy<Value = Effect> {
    use Class::{Backup as Copy, Compute, Data, Identity, Key, Network, Other, Traffic, Unlisted, Watch};
    (
        prop::sample::select(EffectKind::ALL.to_vec()),
        prop::sample::select(vec![
            Data, Copy, Key, Identity, Traffic, Network, Compute, Watch, Other, Unlisted,
        ]),
        prop::sample::select(vec![
            Backup::NotApplicable,
            Backup::NotShown,
            Backup::RemovedWithIt,
            Backup::Kept,
            Backup::Guarded,
        ]),
        prop::collection::vec(prop::sample::select(HazardKind::ALL.to_vec()), 0..3),
        prop::bool::weighted(0.1),
        0u32..1_000,
    )
        .prop_map(|(kind, class, backup, hazards, deferred, name)| {
            let mut effect = effect(kind, &format!("some_type.n{name}"), class).backup(backup);
            for hazard in hazards {
                effect = effect.hazard(hazard, "so");
            }
            if deferred { effect.deferred("later") } else { effect }
        })
}

fn any_facts() -> impl Strategy<Value = Facts> {
    use Environment::{Development, Production, Staging, Unknown};
    let broken = Continuity::Broken { why: "it is another state".to_owned() };
    (
        prop::sample::select(vec![Development, Staging, Unknown, Production]),
        prop::sample::select(vec![Continuity::NotShown, Continuity::Continues, broken]),
        any::<bool>(),
    )
        .prop_map(|(environment, continuity, bound)| Facts { continuity, bound, ..facts(environment) })
}

fn any_change() -> impl Strategy<Value = Change> {
    (prop::collection::vec(any_effect(), 0..25), 0u64..60).prop_map(|(effects, estate)| {
        let mut change = change(effects);
        change.context.estate = estate;
        change
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_not_understood_never_passes(mut change in any_change(), facts in any_facts(), odd in any_effect()) {
        prop_assume!(odd.effect != EffectKind::Read);
        change.effects.push(odd.hazard(HazardKind::Unknown, "it is not understood"));
        prop_assert!(BUNDLE.decide(&change, &facts, &agent()).verdict != Verdict::Allow);
    }

    #[test]
    fn one_more_effect_never_makes_it_laxer(change in any_change(), facts in any_facts(), more in any_effect(), at in any::<prop::sample::Index>()) {
        let before = BUNDLE.decide(&change, &facts, &agent()).verdict;
        let mut longer = change;
        longer.effects.insert(at.index(longer.effects.len() + 1), more);
        let after = BUNDLE.decide(&longer, &facts, &agent()).verdict;
        prop_assert_eq!(after.clone().join(before), after);
    }

    #[test]
    fn production_data_is_never_destroyed_unattended(mut change in any_change(), mut facts in any_facts(), mut gone in any_effect(), replaced in any::<bool>()) {
        gone.effect = if replaced { EffectKind::Replace } else { EffectKind::Delete };
        gone.class = [Class::Data, Class::Backup, Class::Key][change.effects.len() % 3];
        facts.environment.is = Environment::Unknown;
        change.effects.push(gone);
        let verdict = BUNDLE.decide(&change, &facts, &agent()).verdict;
        let people = match &verdict {
            Verdict::Allow => 0,
            Verdict::Hold { requirements } => requirements.people(),
            Verdict::Deny => usize::MAX,
        };
        prop_assert!(people >= 2, "{:?}", verdict);
    }

    /// Sharing one evaluation between equal facts changes nothing: every effect judged alone gives the same reasons.
    #[test]
    fn effects_are_judged_alike_together_and_alone(change in any_change(), facts in any_facts()) {
        let together = BUNDLE.decide(&change, &facts, &agent());
        for effect in &change.effects {
            let mut alone = change.clone();
            alone.effects = vec![effect.clone()];
            alone.context.estate = 1_000;
            for reason in BUNDLE.decide(&alone, &facts, &agent()).reasons {
                prop_assert!(together.reasons.iter().any(|r| r.policy == reason.policy), "{}", reason.policy);
            }
        }
    }

    #[test]
    fn the_verdict_is_the_strictest_of_its_reasons(change in any_change(), facts in any_facts()) {
        let judgement = BUNDLE.decide(&change, &facts, &agent());
        let joined = judgement.reasons.iter().fold(Verdict::Allow, |all, r| all.join(r.verdict.clone()));
        prop_assert_eq!(&joined, &judgement.verdict);
        for reason in &judgement.reasons {
            prop_assert!(reason.evidence.len() <= 50 && !reason.evidence.is_empty());
            let unfilled = reason.reason.contains(['{', '\n']);
            prop_assert!(!unfilled);
            prop_assert!(!reason.remedy.is_empty());
        }
    }
}
