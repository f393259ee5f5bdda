use holdpoint_core::budget::{Account, Balance, Level};
use holdpoint_core::{Backup, Environment, Existing, Gap, HazardKind, Manner, Match, Point, Recovery, Seen};

use crate::cases::Case;
use crate::fixture::{With, builtin};

/// The sentence of one policy for a case, and its evidence, line by line.
fn said(case: &Case, policy: &str) -> (String, Vec<String>) {
    let judgement = builtin().decide(&case.change, &case.facts, &case.requester);
    let reason = judgement.reasons.into_iter().find(|reason| reason.policy == policy);
    let reason = reason.unwrap_or_else(|| panic!("{policy} did not fire"));
    (reason.reason, reason.evidence.into_iter().map(|e| format!("{} {}", e.resource, e.says)).collect())
}

#[test]
fn the_manner_and_the_hazard_that_were_read_are_said() {
    let mut case = Case::read("production delete other estate:0");
    let effect = case.change.effects[0].clone().manner(Manner::SelectsAll, "`--all` selects every namespace");
    case.change.effects[0] = effect.manner(Manner::Forced, "`--force` asks nobody");
    let (sentence, _) = said(&case, "R7-everything-production");
    assert!(
        sentence.ends_with("and whatever there is with it: `--all` selects every namespace"),
        "{sentence}"
    );
    let (sentence, _) = said(&case, "R15-forced");
    assert!(sentence.ends_with(": `--force` asks nobody"), "{sentence}");
    let (sentence, _) = said(&case, "R5-half");
    assert!(sentence.starts_with("any number of resources would be destroyed"), "{sentence}");
    assert!(sentence.contains("`--all` selects every namespace"), "{sentence}");

    let mut case = Case::read("production update network actor:nobody ticket");
    case.change.effects[0] = case.change.effects[0].clone().hazard(HazardKind::Exposure, "it is opened");
    let (sentence, evidence) = said(&case, "R10-nobody-production");
    assert!(sentence.ends_with("the agent is registered without an operator"), "{sentence}");
    assert!(evidence.contains(&"some_type.n0 it is opened".to_owned()), "{evidence:?}");
}

#[test]
fn recovery_points_are_named_and_so_is_what_is_not_known() {
    let mut case = Case::read("production delete data backup:not_shown");
    let point = Point {
        what: "`aws_db_snapshot.nightly`".to_owned(),
        seen: Seen::Inventory,
        outlives: true,
        owner: Some("ops".to_owned()),
        at: Some("2026-11-01".to_owned()),
    };
    let gone = Point {
        what: "`aws_db_snapshot.first`".to_owned(),
        outlives: false,
        owner: None,
        at: None,
        ..point.clone()
    };
    let unknown = vec!["the live system was not asked".to_owned()];
    let recovery = Recovery::of("some_type.n0", Backup::NotShown, vec![point, gone.clone()], unknown);
    case.facts.recovery = vec![recovery];
    let (_, evidence) = said(&case, "R1-two-people");
    for says in [
        "a backup that this change does not touch is on record elsewhere",
        "`aws_db_snapshot.nightly` (seen in an earlier change, of 2026-11-01, kept by ops) stays",
        "`aws_db_snapshot.first` (seen in an earlier change) goes too, or went before",
        "the live system was not asked",
    ] {
        assert!(evidence.contains(&format!("some_type.n0 {says}")), "{says}: {evidence:?}");
    }
    // A session that removed the backups earlier has removed them with it.
    case.facts.recovery = vec![Recovery::of("some_type.n0", Backup::NotShown, vec![gone], vec![])];
    let (sentence, _) = said(&case, "R2-backups-go-too");
    assert!(sentence.contains("its backups go with it, or went before it"), "{sentence}");
}

#[test]
fn what_surrounds_a_change_is_said_in_its_own_words() {
    let mut case = Case::read(
        "production delete other freeze:frozen budget:over escalated task:differs unattended silent coverage:50",
    );
    case.facts.task.evidence = vec!["3 would be destroyed where the task is 1".to_owned()];
    case.facts.budget.accounts = vec![Balance {
        account: Account::Agent("agt_01".to_owned()),
        amount: 1,
        hour: 12,
        day: 30,
        level: Level::Over,
    }];
    if let Some(radius) = &mut case.facts.radius {
        let (resource, says) =
            ("aws_lb.front".to_owned(), "`module.db.endpoint` is not in the plan".to_owned());
        radius.coverage.gaps = vec![Gap { resource, says }];
    }
    assert_eq!(case.facts.task.matches, Match::Differs);
    for (policy, says) in [
        ("R9-frozen", "ada froze it until 1970-01-01 0:00:00.0 +00:00:00: an incident"),
        ("R13-over-production", "this requester would have destroyed 12 in an hour and 30 in a day"),
        ("R13-escalated", "it was refused within the last hour"),
        ("R8-differs-production", "3 would be destroyed where the task is 1"),
        ("R19-unattended", "it says of itself that it runs where nobody is asked any more"),
        (
            "R20-unresolved",
            "the inventory did not answer whole: no answer, 50 of 100 references could be followed and `aws_lb.front`: `module.db.endpoint`",
        ),
    ] {
        let (sentence, _) = said(&case, policy);
        assert!(sentence.contains(says), "{policy}: {sentence}");
    }
    let unknown = Case::read("production update other freeze:unknown");
    assert!(said(&unknown, "R9-unknown").0.contains("it could not be looked up: the database is down"));
}

#[test]
fn what_falls_too_and_what_exists_are_named() {
    let case = Case::read("production delete other dependents:25 reach:6");
    let (sentence, _) = said(&case, "R5-dependents");
    assert!(sentence.starts_with("25 resources depend on"), "{sentence}");
    assert!(sentence.contains("among them `aws_lb.front` and they are up to 1 step away"), "{sentence}");
    assert!(said(&case, "R5-data-in-reach").0.starts_with("6 resources that hold data depend on"));
    let (sentence, _) = said(&Case::read("production delete other regions:2"), "R16-regions");
    assert!(
        sentence.contains("in 2 regions of production") && sentence.contains("eu-0 and eu-1"),
        "{sentence}"
    );

    let mut case = Case::read("staging create other");
    let (address, says) = ("aws_vpc.main".to_owned(), "seen on Monday in `shop`".to_owned());
    case.facts.existing = vec![Existing { address, says }];
    case.facts.environment.is = Environment::Staging;
    let (sentence, evidence) = said(&case, "R4-existing");
    assert!(
        sentence.starts_with("1 of what would be created in staging is there already: `aws_vpc.main`: seen"),
        "{sentence}"
    );
    assert_eq!(evidence[0], "aws_vpc.main seen on Monday in `shop`");
}
