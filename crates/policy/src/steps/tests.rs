use holdpoint_core::budget::Level;
use holdpoint_core::{
    Backup, Change, Class, Effect, EffectKind, Environment, Facts, Freeze, Frozen, Hazard, HazardKind,
    Manner, Scope, Step, Timestamp,
};

use super::{Way, covers};
use crate::fixture::{With, agent, builtin, change, effect, facts};

fn steps(change: &Change, facts: &Facts, policy: &str) -> Vec<Step> {
    let judgement = builtin().decide(change, facts, &agent());
    judgement.reasons.into_iter().find(|reason| reason.policy == policy).unwrap().would_pass
}

fn of(effects: Vec<Effect>, policy: &str) -> Vec<Step> {
    steps(&change(effects), &facts(Environment::Production), policy)
}

fn set(attribute: &str, value: &str) -> Step {
    let resource = "aws_db_instance.main".to_owned();
    Step::Set { resource, attribute: attribute.to_owned(), value: value.to_owned() }
}

fn ask(n: u8) -> Step {
    Step::AskPeople { requirements: format!("reviewers:{n}").parse().unwrap() }
}

fn database(kind: EffectKind) -> Effect {
    effect(kind, "aws_db_instance.main", Class::Data)
}

fn at(mut effect: Effect, kind: HazardKind, attribute: &str) -> Effect {
    effect.hazards.push(Hazard { kind, attribute: attribute.to_owned(), evidence: "so".to_owned() });
    effect
}

#[test]
fn what_was_read_is_given_back_its_value() {
    let off = at(database(EffectKind::Update), HazardKind::ProtectionOff, "/deletion_protection")
        .before(r#"{"deletion_protection":true,"port":5432}"#);
    let left_out = Step::LeaveOut { resource: "aws_db_instance.main".to_owned() };
    assert_eq!(
        of(vec![off], "R12-protection-off-production"),
        [set("/deletion_protection", "true"), left_out, ask(2)]
    );
    let replace = database(EffectKind::Replace)
        .backup(Backup::Kept)
        .forced_by("/storage_encrypted")
        .before(r#"{"storage_encrypted":false}"#);
    assert_eq!(of(vec![replace], "R15-replace-production")[0], set("/storage_encrypted", "false"));
    let idle =
        at(effect(EffectKind::Update, "aws_db_instance.main", Class::Compute), HazardKind::Capacity, "/n")
            .before(r#"{"n":3}"#)
            .after(r#"{"n":0}"#);
    assert_eq!(of(vec![idle], "R6-floor")[0], set("/n", "3"));
}

#[test]
fn a_deletion_that_takes_its_backups_along_is_told_how_not_to() {
    let gone = database(EffectKind::Delete)
        .backup(Backup::RemovedWithIt)
        .before(r#"{"delete_automated_backups":true,"skip_final_snapshot":true}"#);
    let keep = [set("/skip_final_snapshot", "false"), set("/delete_automated_backups", "false")];
    let found = of(vec![gone], "R2-backups-go-too");
    assert_eq!(found[..2], keep);
    assert!(matches!(&found[2], Step::LeaveOut { .. }) && found.len() == 3);
    let backup = effect(EffectKind::Delete, "aws_db_snapshot.s", Class::Backup);
    let found = of(vec![database(EffectKind::Delete).backup(Backup::Kept), backup], "R2-source-and-backups");
    assert_eq!(found, [Step::LeaveOut { resource: "aws_db_snapshot.s".to_owned() }, ask(2)]);
}

#[test]
fn a_masked_or_endless_value_is_not_repeated() {
    let mut masked = at(database(EffectKind::Update), HazardKind::Lockout, "/login/password")
        .before(r#"{"login":{"password":"hunter2"}}"#);
    masked.sensitive.push("/login".to_owned());
    assert!(!of(vec![masked], "R18-lockout").iter().any(|step| matches!(step, Step::Set { .. })));
    let long = at(database(EffectKind::Update), HazardKind::Lockout, "/policy")
        .before(&format!("{{\"policy\":\"{}\"}}", "x".repeat(300)));
    assert!(!of(vec![long], "R18-lockout").iter().any(|step| matches!(step, Step::Set { .. })));
    assert!(covers("/a", "/a/b") && covers("/a/b", "/a") && covers("/a", "/a") && !covers("/a", "/ab"));
}

#[test]
fn a_freeze_says_until_when() {
    let until = Timestamp::from_unix_timestamp(1_764_000_000).unwrap();
    let (scope, reason, by) = (Scope::Everything, "an incident".to_owned(), "ada".to_owned());
    let mut facts = facts(Environment::Production);
    facts.freeze = Freeze::Frozen(Frozen { scope, reason, by, until });
    let update = || change(vec![effect(EffectKind::Update, "a.b", Class::Other)]);
    let until = Some("2025-11-24T16:00:00Z".to_owned());
    assert_eq!(steps(&update(), &facts, "R9-frozen"), [Step::Wait { until }]);
    facts.freeze = Freeze::Unknown { why: "it is down".to_owned() };
    assert_eq!(steps(&update(), &facts, "R9-unknown"), [Step::Wait { until: None }]);
}

#[test]
fn many_are_cut_and_the_people_are_not() {
    let many = (0..40).map(|i| effect(EffectKind::Delete, &format!("aws_subnet.s[{i}]"), Class::Network));
    let found = of(many.collect(), "R17-serving");
    assert_eq!((found.len(), found.last()), (10, Some(&ask(1))));
    let all = effect(EffectKind::Delete, "a.b", Class::Other).manner(Manner::SelectsAll, "`--all`");
    assert_eq!(of(vec![all], "R7-everything-production"), [Step::NameTargets]);
}

#[test]
fn only_what_is_larger_is_split() {
    let steps_of = |n| {
        let gone = (0..n).map(|i| effect(EffectKind::Delete, &format!("a.b[{i}]"), Class::Other));
        let mut facts = facts(Environment::Production);
        facts.budget.level = Level::Over;
        steps(&change(gone.collect()), &facts, "R13-over-production")
    };
    let wait = Step::Wait { until: None };
    assert_eq!(steps_of(10), [Step::Split { at_most: 9 }, wait.clone(), ask(2)]);
    assert_eq!(steps_of(9), [wait, ask(2)]);
}

#[test]
fn the_words_are_a_closed_list() {
    assert_eq!(Way::list(None).unwrap(), []);
    assert_eq!(Way::list(Some("set, split:9")).unwrap(), [Way::Set, Way::Split(9)]);
    for wrong in ["", "sets", "split", "split:-1", "split:0", "set;wait"] {
        assert!(Way::list(Some(wrong)).is_err(), "{wrong}");
    }
}
