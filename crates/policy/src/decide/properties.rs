//! What holds for every change, not only for those we thought of.

use std::sync::LazyLock;

use proptest::prelude::*;

use holdpoint_core::budget::Level;
use holdpoint_core::{
    Actor, ActorKind, Asked, Backup, Change, Class, Continuity, Effect, EffectKind, Environment, Facts,
    Freeze, Frozen, HazardKind, Manner, Match, Radius, Scope, Timestamp, Verdict,
};

use crate::Bundle;
use crate::cases::classes;
use crate::fixture::{With, actor, agent, builtin, change, effect, facts, nobody};

static BUNDLE: LazyLock<Bundle> = LazyLock::new(builtin);

fn any_effect() -> impl Strategy<Value = Effect> {
    (
        prop::sample::select(EffectKind::ALL.to_vec()),
        prop::sample::select(classes().collect::<Vec<_>>()),
        prop::sample::select(Backup::ALL.to_vec()),
        prop::collection::vec(prop::sample::select(HazardKind::ALL.to_vec()), 0..3),
        prop::collection::vec(prop::sample::select(Manner::ALL.to_vec()), 0..2),
        prop::bool::weighted(0.1),
        0u32..1_000,
    )
        .prop_map(|(kind, class, backup, hazards, manners, deferred, name)| {
            let mut effect = effect(kind, &format!("some_type.n{name}"), class).backup(backup);
            for hazard in hazards {
                effect = effect.hazard(hazard, "so");
            }
            for manner in manners {
                effect = effect.manner(manner, "so");
            }
            if deferred { effect.deferred("later") } else { effect }
        })
}

fn frozen() -> Freeze {
    let (reason, by) = ("an incident".to_owned(), "ada".to_owned());
    Freeze::Frozen(Frozen { scope: Scope::Everything, reason, by, until: Timestamp::UNIX_EPOCH })
}

prop_compose! {
    fn any_facts()(
        environment in prop::sample::select(vec![
            Environment::Development, Environment::Staging, Environment::Unknown, Environment::Production,
        ]),
        continuity in prop::sample::select(vec![
            Continuity::NotShown, Continuity::Continues, Continuity::Broken { why: "it is another state".to_owned() },
        ]),
        bound in any::<bool>(),
        level in prop::sample::select(vec![Level::Within, Level::Within, Level::Over, Level::Spent, Level::Unknown]),
        matches in prop::sample::select(vec![Match::NotSaid, Match::AsMeant, Match::Differs, Match::FarFrom]),
        freeze in prop::sample::select(vec![Freeze::None, Freeze::None, Freeze::None, frozen()]),
        flags in (prop::bool::weighted(0.1), prop::bool::weighted(0.1), prop::bool::weighted(0.1)),
        reach in (0u64..40, 0u64..12, 0usize..4),
        own in prop::collection::vec(0u32..1_000, 0..40),
    ) -> Facts {
        let mut facts = Facts { continuity, bound, freeze, ..facts(environment) };
        facts.budget.level = level;
        facts.task.matches = matches;
        (facts.budget.escalated, facts.task.intent.unattended) = (flags.0, flags.1);
        if flags.2 {
            facts.asked.push(Asked { source: "inventory".to_owned(), answered: false, says: String::new() });
        }
        let regions_destroyed = (0..reach.2).map(|n| format!("eu-{n}")).collect();
        facts.radius = Some(Box::new(Radius { hops: vec![reach.0], data: reach.1, regions_destroyed, ..Radius::default() }));
        facts.own = own.into_iter().map(|n| format!("some_type.n{n}")).collect();
        facts
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    (prop::collection::vec(any_effect(), 0..25), 0u64..60).prop_map(|(effects, estate)| {
        let mut change = change(effects);
        change.context.estate = estate;
        change
    })
}

fn anybody() -> impl Strategy<Value = Actor> {
    prop::sample::select(vec![
        agent(),
        nobody(),
        actor(ActorKind::Pipeline, None),
        actor(ActorKind::Person, None),
    ])
}

fn judged(change: &Change, facts: &Facts, who: &Actor) -> Verdict {
    BUNDLE.decide(change, facts, who).verdict
}

/// Whether the second is at least as strict as the first.
fn not_laxer(before: Verdict, after: &Verdict) -> bool {
    after.clone().join(before) == *after
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_not_understood_never_passes(mut change in any_change(), facts in any_facts(), odd in any_effect()) {
        prop_assume!(odd.effect != EffectKind::Read);
        change.effects.push(odd.hazard(HazardKind::Unknown, "it is not understood"));
        prop_assert!(judged(&change, &facts, &agent()) != Verdict::Allow);
    }

    #[test]
    fn one_more_effect_never_makes_it_laxer(change in any_change(), mut facts in any_facts(), who in anybody(), more in any_effect(), at in any::<prop::sample::Index>()) {
        // What is in reach is counted without the change's own, so it is left as it is.
        facts.radius = None;
        let before = judged(&change, &facts, &who);
        let mut longer = change;
        longer.effects.insert(at.index(longer.effects.len() + 1), more);
        prop_assert!(not_laxer(before, &judged(&longer, &facts, &who)));
    }

    #[test]
    fn a_hazard_or_manner_more_never_makes_it_laxer(change in any_change(), mut facts in any_facts(), who in anybody(), hazard in prop::sample::select(HazardKind::ALL.to_vec()), manner in prop::sample::select(Manner::ALL.to_vec()), at in any::<prop::sample::Index>()) {
        prop_assume!(!change.effects.is_empty());
        facts.radius = None;
        let before = judged(&change, &facts, &who);
        let at = at.index(change.effects.len());
        let (mut dangerous, mut harder) = (change.clone(), change);
        dangerous.effects[at] = dangerous.effects[at].clone().hazard(hazard, "so");
        harder.effects[at] = harder.effects[at].clone().manner(manner, "so");
        let kind = (dangerous.effects[at].effect, dangerous.effects[at].class);
        prop_assert!(not_laxer(before.clone(), &judged(&dangerous, &facts, &who)), "{:?} with {:?}", kind, hazard);
        prop_assert!(not_laxer(before, &judged(&harder, &facts, &who)), "{:?} with {:?}", kind, manner);
    }

    #[test]
    fn a_graver_fact_never_makes_it_laxer(change in any_change(), facts in any_facts(), who in anybody()) {
        let before = judged(&change, &facts, &who);
        let graver = |edit: &dyn Fn(&mut Facts)| {
            let mut facts = facts.clone();
            edit(&mut facts);
            not_laxer(before.clone(), &judged(&change, &facts, &who))
        };
        let silent = || Asked { source: "live".to_owned(), answered: false, says: String::new() };
        let broken = || Continuity::Broken { why: "it is gone".to_owned() };
        // The orders of tasks and budgets are by gravity.
        let all = [
            ("environment", graver(&|f| f.environment.is = Environment::Unknown)),
            ("escalated", graver(&|f| f.budget.escalated = true)),
            ("unattended", graver(&|f| f.task.intent.unattended = true)),
            ("bound", graver(&|f| f.bound = false)),
            ("own", graver(&|f| f.own.clear())),
            ("asked", graver(&|f| f.asked.push(silent()))),
            ("continuity", graver(&|f| f.continuity = broken())),
            ("differs", graver(&|f| f.task.matches = f.task.matches.max(Match::Differs))),
            ("far from", graver(&|f| f.task.matches = f.task.matches.max(Match::FarFrom))),
            ("over", graver(&|f| f.budget.level = f.budget.level.max(Level::Over))),
            ("spent", graver(&|f| f.budget.level = f.budget.level.max(Level::Spent))),
            ("unknown", graver(&|f| f.budget.level = f.budget.level.max(Level::Unknown))),
        ];
        for (fact, holds) in all {
            prop_assert!(holds, "{}", fact);
        }
    }

    #[test]
    fn a_freeze_never_lets_a_write_pass(change in any_change(), mut facts in any_facts(), who in anybody(), known in any::<bool>()) {
        let writes = change.effects.iter().any(|effect| effect.effect != EffectKind::Read);
        facts.freeze = if known { frozen() } else { Freeze::Unknown { why: "it is down".to_owned() } };
        prop_assert!(!writes || judged(&change, &facts, &who) == Verdict::Deny);
    }

    #[test]
    fn an_agent_of_nobody_is_never_judged_laxer(change in any_change(), mut facts in any_facts()) {
        let before = judged(&change, &facts, &agent());
        facts.task.has_origin = false;
        prop_assert!(not_laxer(before, &judged(&change, &facts, &nobody())));
    }

    #[test]
    fn production_data_is_never_destroyed_unattended(mut change in any_change(), mut facts in any_facts(), mut gone in any_effect(), replaced in any::<bool>()) {
        gone.effect = if replaced { EffectKind::Replace } else { EffectKind::Delete };
        gone.class = [Class::Data, Class::Backup, Class::Key][change.effects.len() % 3];
        facts.environment.is = Environment::Unknown;
        change.effects.push(gone);
        let verdict = judged(&change, &facts, &agent());
        let people = match &verdict {
            Verdict::Allow => 0,
            Verdict::Hold { requirements } => requirements.people(),
            Verdict::Deny => usize::MAX,
        };
        prop_assert!(people >= 2, "{:?}", verdict);
    }

    /// Sharing one evaluation between equal facts changes nothing: every effect judged alone gives the same reasons.
    #[test]
    fn effects_are_judged_alike_together_and_alone(change in any_change(), mut facts in any_facts()) {
        facts.radius = None;
        let together = BUNDLE.decide(&change, &facts, &agent());
        for effect in &change.effects {
            let mut alone = change.clone();
            alone.effects = vec![effect.clone()];
            alone.context.estate = 1_000;
            for reason in BUNDLE.decide(&alone, &facts, &agent()).reasons.iter().filter(|r| r.resources > 0) {
                prop_assert!(together.reasons.iter().any(|r| r.policy == reason.policy), "{}", reason.policy);
            }
        }
    }

    #[test]
    fn the_verdict_is_the_strictest_of_its_reasons(change in any_change(), facts in any_facts(), who in anybody()) {
        let judgement = BUNDLE.decide(&change, &facts, &who);
        let joined = judgement.reasons.iter().fold(Verdict::Allow, |all, r| all.join(r.verdict.clone()));
        prop_assert_eq!(&joined, &judgement.verdict);
        for reason in &judgement.reasons {
            prop_assert!(reason.evidence.len() <= 50 && !reason.evidence.is_empty());
            let unfilled = reason.reason.contains(['{', '\n']);
            prop_assert!(!unfilled);
            prop_assert!(!reason.remedy.is_empty());
            prop_assert!(reason.would_pass.len() <= 10);
        }
    }
}
