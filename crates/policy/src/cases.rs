//! The cases beside each rule of the pack, `pack/*.cases`: what fires a policy, and the nearest thing that does not.
//!
//! ```text
//! R1-no-backup + production delete data backup:not_shown
//! R1-no-backup - staging delete data backup:not_shown
//! ```
//!
//! After the sign stands the environment, and then the effects, joined by `&`: kind, class, and what else is known of
//! it. Facts around the change stand anywhere.

use std::collections::BTreeSet;

use holdpoint_core::budget::Level;
use holdpoint_core::{
    Actor, ActorKind, Asked, Backup, Change, Class, Continuity, Coverage, EffectKind, Existing, Facts,
    Fallen, Freeze, Frozen, HazardKind, Manner, Match, Radius, Scope, Timestamp,
};

use crate::fixture::{With, actor, agent, builtin, change, effect, facts, nobody};

const FILES: [&str; 20] = {
    macro_rules! cases {
        ($($file:literal),*) => { [$(include_str!(concat!("../pack/", $file, ".cases"))),*] };
    }
    cases![
        "r01-data",
        "r02-backups",
        "r03-environment",
        "r04-continuity",
        "r05-caps",
        "r06-floors",
        "r07-selectors",
        "r08-task",
        "r09-freeze",
        "r10-actors",
        "r11-credentials",
        "r12-protection",
        "r13-budgets",
        "r14-binding",
        "r15-overwrite",
        "r16-waves",
        "r17-reversible",
        "r18-exposure",
        "r19-origin",
        "r20-closed"
    ]
};

/// What one line describes.
pub(crate) struct Case {
    pub(crate) change: Change,
    pub(crate) facts: Facts,
    pub(crate) requester: Actor,
}

impl Case {
    pub(crate) fn read(text: &str) -> Self {
        let (environment, text) = text.trim().split_once(' ').unwrap_or((text, ""));
        let environment = environment.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let mut case = Self { change: change(vec![]), facts: facts(environment), requester: agent() };
        for (number, part) in text.split('&').enumerate() {
            let mut words: Vec<&str> = part.split_whitespace().collect();
            words.retain(|word| !case.around(word));
            if !words.is_empty() {
                case.effect(&words, number);
            }
        }
        case
    }

    fn effect(&mut self, words: &[&str], number: usize) {
        let kind = EffectKind::ALL.into_iter().find(|kind| kind.as_str() == words[0]);
        let kind = kind.unwrap_or_else(|| panic!("`{}` is no effect", words[0]));
        let class = classes().find(|class| class.as_str() == words[1]);
        let class = class.unwrap_or_else(|| panic!("`{}` is no class", words[1]));
        let mut one = effect(kind, &format!("some_type.n{number}"), class);
        let mut times = 1;
        for word in &words[2..] {
            let (key, value) = word.split_once(':').unwrap_or((word, ""));
            one = match key {
                "backup" => one.backup(find(Backup::ALL, value, Backup::as_str)),
                "hazard" => one.hazard(find(HazardKind::ALL, value, HazardKind::as_str), value),
                "manner" => one.manner(find(Manner::ALL, value, Manner::as_str), value),
                "left" => {
                    one.hazards.last_mut().unwrap().attribute = "/left".to_owned();
                    one.after(&format!("{{\"left\":{value}}}"))
                }
                "deferred" => one.deferred("later"),
                "own" => {
                    self.facts.own.push(one.resource.address.clone());
                    one
                }
                "times" => {
                    times = value.parse().unwrap();
                    one
                }
                _ => panic!("`{word}` is not known"),
            };
        }
        for i in 0..times {
            let mut again = one.clone();
            if times > 1 {
                again.resource.address = format!("{}[{i}]", one.resource.address);
            }
            self.change.effects.push(again);
        }
    }

    /// Takes a word about what surrounds the change.
    fn around(&mut self, word: &str) -> bool {
        let (key, value) = word.split_once(':').unwrap_or((word, ""));
        let number = || value.parse::<u64>().unwrap_or_else(|_| panic!("`{word}` has no number"));
        let facts = &mut self.facts;
        match key {
            "actor" => {
                self.requester = match value {
                    "agent" => agent(),
                    "nobody" => nobody(),
                    "pipeline" => actor(ActorKind::Pipeline, None),
                    "person" => actor(ActorKind::Person, None),
                    _ => panic!("`{value}` is no actor"),
                };
                facts.task.has_origin = value != "nobody" || facts.task.intent.ticket.is_some();
            }
            "ticket" => {
                facts.task.intent.ticket = Some("OPS-1".to_owned());
                facts.task.has_origin = true;
            }
            "estate" => self.change.context.estate = number(),
            "errored" => self.change.context.errored = true,
            "incomplete" => self.change.context.incomplete = true,
            "unbound" => facts.bound = false,
            "broken" => facts.continuity = Continuity::Broken { why: "it is another state".to_owned() },
            "freeze" => facts.freeze = freeze(value),
            "budget" => {
                let levels = [Level::Within, Level::Over, Level::Spent, Level::Unknown];
                facts.budget.level = find(levels, value, Level::as_str);
            }
            "escalated" => facts.budget.escalated = true,
            "task" => {
                let all = [Match::NotSaid, Match::AsMeant, Match::Differs, Match::FarFrom];
                facts.task.matches = find(all, value, Match::as_str);
            }
            "unattended" => facts.task.intent.unattended = true,
            "existing" => {
                let one = |n| Existing { address: format!("a.b[{n}]"), says: "it was seen".to_owned() };
                facts.existing = (0..number()).map(one).collect();
            }
            "silent" => {
                let (source, says) = ("inventory".to_owned(), "no answer".to_owned());
                facts.asked.push(Asked { source, answered: false, says });
            }
            "dependents" => radius(facts).hops = vec![number()],
            "reach" => radius(facts).data = number(),
            "regions" => {
                radius(facts).regions_destroyed = (0..number()).map(|n| format!("eu-{n}")).collect();
            }
            "coverage" => {
                radius(facts).coverage =
                    Coverage { references: 100, resolved: number(), shown: true, gaps: vec![] };
            }
            "hidden" => radius(facts).coverage = Coverage::default(),
            _ => return false,
        }
        true
    }
}

fn freeze(word: &str) -> Freeze {
    match word {
        "frozen" => Freeze::Frozen(Frozen {
            scope: Scope::Everything,
            reason: "an incident".to_owned(),
            by: "ada".to_owned(),
            until: Timestamp::UNIX_EPOCH,
        }),
        "unknown" => Freeze::Unknown { why: "the database is down".to_owned() },
        _ => Freeze::None,
    }
}

fn radius(facts: &mut Facts) -> &mut Radius {
    facts.radius.get_or_insert_with(|| {
        let listed = Fallen {
            workspace: String::new(),
            address: "aws_lb.front".to_owned(),
            kind: "aws_lb".to_owned(),
            class: Class::Traffic,
            hop: 1,
            effect: None,
            environment: None,
            on: vec![],
        };
        let coverage = Coverage { references: 1, resolved: 1, shown: true, gaps: vec![] };
        Box::new(Radius { listed: vec![listed], coverage, ..Radius::default() })
    })
}

pub(crate) fn classes() -> impl Iterator<Item = Class> {
    use Class::{Backup as Copy, Compute, Data, Identity, Key, Network, Other, Traffic, Unlisted, Watch};
    [Data, Copy, Key, Identity, Traffic, Network, Compute, Watch, Other, Unlisted].into_iter()
}

fn find<T: Copy, const N: usize>(all: [T; N], word: &str, as_str: fn(T) -> &'static str) -> T {
    all.into_iter().find(|one| as_str(*one) == word).unwrap_or_else(|| panic!("`{word}` is not known"))
}

/// Policy, whether it fires, and the case, of every file.
pub(crate) fn lines() -> impl Iterator<Item = (&'static str, bool, &'static str)> {
    let lines = FILES.into_iter().flat_map(str::lines).map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let (policy, rest) = line.split_once(' ').unwrap();
        let (sign, case) = rest.trim().split_once(' ').unwrap();
        assert!(["+", "-"].contains(&sign), "{line}");
        (policy, sign == "+", case)
    })
}

#[test]
fn every_case_beside_a_rule_fires_or_does_not() {
    let bundle = builtin();
    let mut wrong = Vec::new();
    for (policy, fires, text) in lines() {
        let case = Case::read(text);
        let judgement = bundle.decide(&case.change, &case.facts, &case.requester);
        let fired: Vec<&str> = judgement.reasons.iter().map(|reason| reason.policy.as_str()).collect();
        if fired.contains(&policy) != fires {
            wrong.push(format!("{policy} {} {text}: {fired:?}", if fires { '+' } else { '-' }));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_policy_has_a_case_that_fires_and_a_near_miss() {
    let of = |sign| lines().filter(|(_, fires, _)| *fires == sign).map(|(policy, ..)| policy).collect();
    let (fires, misses): (BTreeSet<&str>, BTreeSet<&str>) = (of(true), of(false));
    let all: BTreeSet<String> = builtin().rules().map(|rule| rule.id).collect();
    let all: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(fires, all);
    assert_eq!(misses, all);
}

#[test]
fn what_a_policy_says_is_whole_in_every_case() {
    let bundle = builtin();
    for (_, _, text) in lines() {
        let case = Case::read(text);
        for reason in bundle.decide(&case.change, &case.facts, &case.requester).reasons {
            assert!(
                !reason.evidence.is_empty() && !reason.would_pass.is_empty(),
                "{}: {text}",
                reason.policy
            );
            assert!(reason.would_pass.len() <= 10, "{}", reason.policy);
            let unfilled = reason.reason.contains(['{', '\n']) || reason.reason.ends_with([' ', ':']);
            assert!(!unfilled, "{}: {}", reason.policy, reason.reason);
        }
    }
}
