//! The golden matrix: who asks, what it does to what, where, and what is dangerous about it, with the verdict and what
//! fired. Actors and environments that are judged alike share a row. A change to the pack shows as a diff of
//! `golden/matrix.txt`, to be reviewed. Write it anew with `HOLDPOINT_GOLDEN=write cargo test -p holdpoint-policy matrix`.

use std::fmt::Write as _;
use std::sync::LazyLock;

use holdpoint_core::{Backup, Change, EffectKind, Environment, Facts, HazardKind, Manner};

use crate::Bundle;
use crate::cases::{Case, classes};
use crate::fixture::{builtin, line};

const ENVIRONMENTS: [Environment; 4] =
    [Environment::Development, Environment::Staging, Environment::Unknown, Environment::Production];

const ACTORS: [&str; 4] = ["agent", "nobody", "pipeline", "person"];

/// What each effect of the second part is judged with: how it is asked for, and what surrounds it.
const SURROUNDED: [&str; 22] = [
    "own",
    "own hazard:capacity",
    "unbound",
    "broken",
    "existing:1",
    "freeze:frozen",
    "freeze:unknown",
    "budget:over",
    "budget:spent",
    "budget:unknown",
    "escalated",
    "task:differs",
    "task:far_from",
    "unattended",
    "ticket",
    "dependents:20",
    "reach:5",
    "regions:2",
    "coverage:50",
    "silent",
    "errored",
    "incomplete",
];

/// Judged once for all tests: it is the longest of them.
static MATRIX: LazyLock<String> = LazyLock::new(matrix);

static BUNDLE: LazyLock<Bundle> = LazyLock::new(builtin);

/// One situation, in every environment and for every actor, equal answers together.
fn rows(text: &mut String, situation: &str) {
    let answers = ENVIRONMENTS.map(|environment| {
        let answer = |actor: &str| judged(environment, actor, situation);
        let all = ACTORS.map(answer);
        // "all of them" where actors make no difference, else who is judged alike.
        let mut groups: Vec<(Vec<&str>, String)> = Vec::new();
        for (actor, said) in ACTORS.into_iter().zip(all) {
            match groups.iter_mut().find(|(_, known)| *known == said) {
                Some((actors, _)) => actors.push(actor),
                None => groups.push((vec![actor], said)),
            }
        }
        groups
    });
    let mut done: Vec<usize> = Vec::new();
    for (at, groups) in answers.iter().enumerate() {
        if done.contains(&at) {
            continue;
        }
        let alike: Vec<usize> = (at..answers.len()).filter(|other| answers[*other] == *groups).collect();
        let names: Vec<&str> = alike.iter().map(|at| ENVIRONMENTS[*at].as_str()).collect();
        for (actors, said) in groups {
            let who = if actors.len() == ACTORS.len() { "anybody".to_owned() } else { actors.join(",") };
            writeln!(text, "{who} {} {situation} -> {said}", names.join(",")).unwrap();
        }
        done.extend(alike);
    }
}

fn judged(environment: Environment, actor: &str, situation: &str) -> String {
    let case = Case::read(&format!("{} {situation} actor:{actor}", environment.as_str()));
    line(&BUNDLE.decide(&case.change, &case.facts, &case.requester))
}

fn matrix() -> String {
    let mut text = String::from(
        "# who environment effect class danger -> verdict: policies\n\
         # `nobody` is an agent without an operator and without a ticket; `anybody` is each of the four kinds.\n",
    );
    for kind in EffectKind::ALL {
        for class in classes() {
            let effect = format!("{} {}", kind.as_str(), class.as_str());
            rows(&mut text, &effect);
            let data = kind.destroys() && matches!(class.as_str(), "data" | "backup" | "key");
            let backups = Backup::ALL.into_iter().filter(|_| data);
            backups.for_each(|backup| rows(&mut text, &format!("{effect} backup:{}", backup.as_str())));
            for hazard in HazardKind::ALL {
                rows(&mut text, &format!("{effect} hazard:{}", hazard.as_str()));
            }
        }
    }
    text.push_str("\n# how it is asked for\n");
    for kind in EffectKind::ALL {
        for class in ["data backup:kept", "compute", "other", "other hazard:unknown", "data hazard:data_loss"]
        {
            for manner in Manner::ALL {
                rows(&mut text, &format!("{} {class} manner:{}", kind.as_str(), manner.as_str()));
            }
        }
    }
    text.push_str("\n# what surrounds it\n");
    for kind in EffectKind::ALL {
        for around in SURROUNDED {
            rows(&mut text, &format!("{} compute {around}", kind.as_str()));
        }
        for left in ["0", "2"] {
            rows(&mut text, &format!("{} compute hazard:capacity left:{left}", kind.as_str()));
        }
    }
    text
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the author of a change to the pack asks for a new golden file"
)]
fn the_matrix_is_as_reviewed() {
    let now = MATRIX.as_str();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/matrix.txt");
    if std::env::var("HOLDPOINT_GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(path, now).unwrap();
    }
    let before = std::fs::read_to_string(path).unwrap();
    let changed: Vec<&str> = now
        .lines()
        .zip(before.lines())
        .filter(|(now, before)| now != before)
        .map(|(now, _)| now)
        .take(20)
        .collect();
    assert!(
        now == before,
        "the pack judges differently than golden/matrix.txt says; if that is meant, write it anew with \
         HOLDPOINT_GOLDEN=write. First differences:\n{}",
        changed.join("\n")
    );
}

#[test]
fn unknown_is_never_laxer_than_production() {
    for line in MATRIX.lines().filter(|line| line.contains(" -> ")) {
        let environments = line.split(' ').nth(1).unwrap();
        let of = |word| environments.split(',').any(|environment| environment == word);
        assert_eq!(of("unknown"), of("production"), "{line}");
    }
}

/// A change that nobody would look at twice passes, whoever asks and wherever.
#[test]
fn ordinary_work_needs_nobody() {
    for environment in ENVIRONMENTS {
        for actor in ACTORS {
            for situation in [
                "create data",
                "create identity",
                "update data",
                "update compute",
                "forget data",
                "read data manner:selects_all",
                "update compute task:as_meant budget:within",
                "update compute coverage:10 silent",
                "update network dependents:50 reach:9",
            ] {
                assert_eq!(judged(environment, actor, situation), "allow", "{situation}");
            }
        }
        assert_eq!(judged(environment, "agent", "delete compute own hazard:capacity unbound"), "allow");
        assert_eq!(judged(environment, "agent", "replace compute"), "allow");
        assert_eq!(judged(environment, "agent", "delete other ticket dependents:3"), "allow");
    }
    assert_eq!(
        judged(Environment::Staging, "agent", "delete data unbound"),
        "hold reviewers:1: R1-one-person R14-unbound"
    );
    assert_eq!(judged(Environment::Staging, "agent", "update compute hazard:capacity left:0"), "allow");
}

#[test]
fn a_change_can_be_read_from_words() {
    let case = Case::read("staging delete data backup:kept times:3 & update compute own budget:over");
    let Case { change: Change { effects, .. }, facts: Facts { own, budget, .. }, .. } = case;
    assert_eq!((effects.len(), own.len(), budget.level.as_str()), (4, 1, "over"));
}
