//! The golden matrix: every environment, effect, class, and backup or hazard, with the verdict and what fired.
//! A change to the pack shows as a diff of `golden/matrix.txt`, to be reviewed. Write it anew with
//! `HOLDPOINT_GOLDEN=write cargo test -p holdpoint-policy matrix`.

use std::fmt::Write as _;

use holdpoint_core::{Backup, Class, Effect, EffectKind, Environment, HazardKind};

use crate::fixture::{With, agent, builtin, change, effect, facts, line};

const CLASSES: [Class; 10] = [
    Class::Data,
    Class::Backup,
    Class::Key,
    Class::Identity,
    Class::Traffic,
    Class::Network,
    Class::Compute,
    Class::Watch,
    Class::Other,
    Class::Unlisted,
];

const BACKUPS: [Backup; 5] =
    [Backup::NotApplicable, Backup::NotShown, Backup::RemovedWithIt, Backup::Kept, Backup::Guarded];

fn dangers(effect: &Effect) -> Vec<(String, Effect)> {
    let mut all = vec![("-".to_owned(), effect.clone())];
    if effect.destroys_data() {
        all.extend(BACKUPS.map(|backup| (backup.as_str().to_owned(), effect.clone().backup(backup))));
    }
    all.extend(HazardKind::ALL.map(|kind| (kind.as_str().to_owned(), effect.clone().hazard(kind, "so"))));
    all
}

fn matrix() -> String {
    let bundle = builtin();
    let mut text = String::from("# environment effect class backup|hazard -> verdict: policies\n");
    for environment in
        [Environment::Development, Environment::Staging, Environment::Unknown, Environment::Production]
    {
        for kind in EffectKind::ALL {
            for class in CLASSES {
                for (danger, effect) in dangers(&effect(kind, "some_type.name", class)) {
                    let judgement = bundle.decide(&change(vec![effect]), &facts(environment), &agent());
                    let (environment, kind, class) = (environment.as_str(), kind.as_str(), class.as_str());
                    writeln!(text, "{environment} {kind} {class} {danger} -> {}", line(&judgement)).unwrap();
                }
            }
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
    let now = matrix();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/matrix.txt");
    if std::env::var("HOLDPOINT_GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(path, &now).unwrap();
        return;
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
    let text = matrix();
    let of = |environment: &str| -> Vec<String> {
        let own = format!("{environment} ");
        text.lines().filter_map(|line| line.strip_prefix(&own)).map(ToOwned::to_owned).collect()
    };
    let unknown = of("unknown");
    assert!(!unknown.is_empty());
    assert_eq!(unknown, of("production"));
}
