use super::budget::{Account, Budget, Level, Limits, Spending};
use super::*;
use crate::{Backup, Class, Timestamp};

fn account(n: u64) -> Vec<(Account, u64)> {
    vec![(Account::Agent("agt_1".to_owned()), n), (Account::Class(Class::Compute), n)]
}

fn spent(hour: u64, day: u64) -> Spending {
    Spending { booked: vec![("agent:agt_1".to_owned(), hour, day)], refusals: 0 }
}

#[test]
fn a_salami_meets_the_same_wall_as_one_piece() {
    let limits = Limits::default();
    let one = Budget::weigh(&account(40), false, Some(&spent(0, 0)), &limits);
    let last = Budget::weigh(&account(1), false, Some(&spent(39, 39)), &limits);
    assert_eq!((one.level, last.level), (Level::Over, Level::Over));
    assert_eq!((one.accounts[0].hour, last.accounts[0].hour), (40, 40));
    assert_eq!(Budget::weigh(&account(9), false, Some(&spent(0, 0)), &limits).level, Level::Within);
    assert_eq!(Budget::weigh(&account(1), false, Some(&spent(99, 99)), &limits).level, Level::Spent);
    assert_eq!(Budget::weigh(&account(1), false, Some(&spent(0, 300)), &limits).level, Level::Spent);
}

#[test]
fn what_cannot_be_counted_is_not_within() {
    assert_eq!(Budget::weigh(&account(1), false, None, &Limits::default()).level, Level::Unknown);
    assert_eq!(Budget::weigh(&[], false, None, &Limits::default()).level, Level::Within);
}

#[test]
fn a_harder_flag_after_a_refusal_spends_more() {
    let limits = Limits::default();
    let refused = Spending { refusals: 1, ..spent(0, 0) };
    assert_eq!(Budget::weigh(&account(2), true, Some(&spent(0, 0)), &limits).accounts[0].amount, 2);
    let again = Budget::weigh(&account(2), true, Some(&refused), &limits);
    assert_eq!((again.accounts[0].amount, again.level, again.escalated), (10, Level::Over, true));
}

#[test]
fn a_freeze_covers_its_scope_and_unknown_is_production() {
    let frozen = |scope: Scope| Frozen {
        scope,
        reason: "incident".to_owned(),
        by: "ada".to_owned(),
        until: Timestamp::UNIX_EPOCH,
    };
    let production = [frozen(Scope::Environment(Environment::Production))];
    assert!(matches!(Freeze::of(&production, "agt_1", Environment::Unknown), Freeze::Frozen(_)));
    assert_eq!(Freeze::of(&production, "agt_1", Environment::Staging), Freeze::None);
    let agent = [frozen(Scope::Agent("agt_1".to_owned()))];
    assert!(matches!(Freeze::of(&agent, "agt_1", Environment::Development), Freeze::Frozen(_)));
    assert_eq!(Freeze::of(&agent, "agt_2", Environment::Production), Freeze::None);
    for scope in [Scope::Everything, Scope::Agent("agt_9".into()), Scope::Environment(Environment::Staging)] {
        assert_eq!(scope.key().parse::<Scope>().unwrap(), scope);
    }
}

#[test]
fn a_recovery_point_outside_lifts_and_one_removed_before_sinks() {
    let point = |outlives| Point {
        what: "`aws_db_snapshot.nightly`".to_owned(),
        seen: Seen::Inventory,
        outlives,
        owner: None,
        at: None,
    };
    let of = |shown, points| Recovery::of("db", shown, points, vec![]).backup;
    assert_eq!(of(Backup::NotShown, vec![point(true)]), Backup::Elsewhere);
    assert_eq!(of(Backup::NotShown, vec![point(false)]), Backup::RemovedWithIt);
    assert_eq!(of(Backup::NotShown, vec![point(false), point(true)]), Backup::Elsewhere);
    assert_eq!(of(Backup::RemovedWithIt, vec![point(true)]), Backup::RemovedWithIt);
    assert_eq!(of(Backup::NotShown, vec![]), Backup::NotShown);
}

#[test]
fn only_what_became_graver_voids() {
    let then = Facts {
        environment: EnvironmentFact { is: Environment::Staging, evidence: vec![] },
        ..Facts::default()
    };
    assert!(then.graver(&then).is_empty());
    let mut now = then.clone();
    now.environment.raise(Environment::Production, "`dns` points at it");
    let found = then.graver(&now);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].to_string(), "environment: was staging, is now production");
    assert!(now.graver(&then).is_empty(), "a fact that became better voids nothing");
}

#[test]
fn a_sign_raises_and_never_lowers() {
    let mut fact = EnvironmentFact { is: Environment::Unknown, evidence: vec![] };
    fact.raise(Environment::Development, "it is named dev");
    assert_eq!((fact.is, fact.evidence.len()), (Environment::Unknown, 0));
    fact.raise(Environment::Production, "prod depends on it");
    assert_eq!((fact.is, fact.evidence.len()), (Environment::Production, 1));
}
