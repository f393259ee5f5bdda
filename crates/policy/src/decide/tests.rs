//! The built-in pack, rule by rule: what fires it, and the nearest thing that does not.

use holdpoint_core::{Backup, Class, Continuity, Effect, EffectKind, Environment, Facts, HazardKind, Reason};

use crate::fixture::{With, agent, builtin, change, effect, facts, line};

const PRODUCTION: Environment = Environment::Production;
const STAGING: Environment = Environment::Staging;

fn judged(effects: Vec<Effect>, environment: Environment) -> String {
    line(&builtin().decide(&change(effects), &facts(environment), &agent()))
}

fn reason_of(effects: Vec<Effect>, facts: &Facts, policy: &str) -> Reason {
    let judgement = builtin().decide(&change(effects), facts, &agent());
    judgement.reasons.into_iter().find(|reason| reason.policy == policy).unwrap()
}

fn database(kind: EffectKind, backup: Backup) -> Effect {
    effect(kind, "aws_db_instance.main", Class::Data).backup(backup)
}

fn broken() -> Facts {
    let why = "the plan was made without any state, but this workspace had one".to_owned();
    Facts { continuity: Continuity::Broken { why }, ..facts(PRODUCTION) }
}

#[test]
fn ordinary_work_passes_without_a_person() {
    for environment in [Environment::Development, STAGING, Environment::Unknown, PRODUCTION] {
        let effects = vec![
            effect(EffectKind::Create, "aws_db_instance.new", Class::Data),
            effect(EffectKind::Create, "aws_iam_role.new", Class::Identity),
            effect(EffectKind::Update, "aws_db_instance.tags", Class::Data),
            effect(EffectKind::Update, "aws_autoscaling_group.more", Class::Compute),
            effect(EffectKind::Forget, "aws_s3_bucket.handed_over", Class::Data),
            effect(EffectKind::Read, "data.aws_caller_identity.me", Class::Unlisted),
            effect(EffectKind::Replace, "aws_ecs_task_definition.app", Class::Compute),
            effect(EffectKind::Replace, "terraform_data.trigger", Class::Other),
            effect(EffectKind::Delete, "null_resource.old", Class::Other),
        ];
        assert_eq!(judged(effects, environment), "allow");
    }
    assert_eq!(judged(vec![], PRODUCTION), "allow");
}

#[test]
fn r1_data_needs_a_backup_and_people() {
    let verdict = |backup, environment| judged(vec![database(EffectKind::Delete, backup)], environment);
    assert_eq!(verdict(Backup::NotShown, PRODUCTION), "deny: R1-no-backup");
    assert_eq!(verdict(Backup::NotApplicable, PRODUCTION), "deny: R1-no-backup");
    assert_eq!(verdict(Backup::NotShown, Environment::Unknown), "deny: R1-no-backup");
    assert_eq!(verdict(Backup::Kept, PRODUCTION), "hold reviewers:2: R1-two-people");
    assert_eq!(verdict(Backup::Guarded, Environment::Unknown), "hold reviewers:2: R1-two-people");
    for backup in [Backup::NotShown, Backup::Kept, Backup::Guarded] {
        assert_eq!(verdict(backup, STAGING), "hold reviewers:1: R1-one-person");
    }
    let snapshot = effect(EffectKind::Delete, "aws_db_snapshot.old", Class::Backup).backup(Backup::NotShown);
    assert_eq!(judged(vec![snapshot], PRODUCTION), "hold reviewers:2: R1-two-people");
    let group = effect(EffectKind::Delete, "azurerm_resource_group.all", Class::Other)
        .hazard(HazardKind::DataLoss, "everything in it goes");
    assert_eq!(judged(vec![group.clone()], PRODUCTION), "hold reviewers:2: R1-two-people");
    assert_eq!(judged(vec![group], STAGING), "hold reviewers:1: R1-one-person");
}

#[test]
fn r2_a_source_and_its_backups_never_go_together_in_production() {
    let gone = || database(EffectKind::Delete, Backup::RemovedWithIt);
    assert_eq!(judged(vec![gone()], PRODUCTION), "deny: R1-no-backup R2-backups-go-too");
    assert_eq!(judged(vec![gone()], Environment::Unknown), "deny: R1-no-backup R2-backups-go-too");
    assert_eq!(judged(vec![gone()], STAGING), "hold reviewers:1: R1-one-person-no-backup");
    let kept = || database(EffectKind::Delete, Backup::Kept);
    let snapshot = || effect(EffectKind::Delete, "aws_db_snapshot.s", Class::Backup).backup(Backup::NotShown);
    assert_eq!(
        judged(vec![kept(), snapshot()], PRODUCTION),
        "hold reviewers:2: R1-two-people R2-source-and-backups"
    );
    assert_eq!(judged(vec![kept(), snapshot()], STAGING), "hold reviewers:1: R1-one-person");
}

#[test]
fn r4_r5_r14_a_plan_that_does_not_know_the_state_is_held() {
    let creates = |n| {
        let one = |i| effect(EffectKind::Create, &format!("aws_subnet.s[{i}]"), Class::Network);
        change((0..n).map(one).collect())
    };
    let bundle = builtin();
    assert_eq!(
        line(&bundle.decide(&creates(20), &broken(), &agent())),
        "hold reviewers:2: R4-continuity R5-created-again R14-other-state"
    );
    assert_eq!(
        line(&bundle.decide(&creates(19), &broken(), &agent())),
        "hold reviewers:2: R4-continuity R14-other-state"
    );
    for continuity in [Continuity::NotShown, Continuity::FirstSeen, Continuity::Continues] {
        let facts = Facts { continuity, ..facts(PRODUCTION) };
        assert_eq!(line(&bundle.decide(&creates(20), &facts, &agent())), "allow");
    }
}

#[test]
fn r5_caps_by_count_and_by_share() {
    let bundle = builtin();
    let destroy = |n: u64, estate, environment| {
        let one = |i| effect(EffectKind::Delete, &format!("terraform_data.t[{i}]"), Class::Other);
        let mut change = change((0..n).map(one).collect());
        change.context.estate = estate;
        line(&bundle.decide(&change, &facts(environment), &agent()))
    };
    assert_eq!(destroy(2, 2, PRODUCTION), "allow");
    assert_eq!(destroy(3, 7, PRODUCTION), "allow");
    assert_eq!(destroy(3, 6, PRODUCTION), "hold reviewers:2: R5-half");
    assert_eq!(destroy(5, 5, Environment::Unknown), "hold reviewers:2: R5-half");
    assert_eq!(destroy(3, 0, PRODUCTION), "hold reviewers:2: R5-half");
    assert_eq!(destroy(3, 6, STAGING), "hold reviewers:1: R5-many");
    assert_eq!(destroy(9, 1_000, PRODUCTION), "allow");
    assert_eq!(destroy(10, 1_000, PRODUCTION), "hold reviewers:1: R5-many");
    assert_eq!(destroy(10, 1_000, STAGING), "hold reviewers:1: R5-many");
    assert_eq!(destroy(99, 99, STAGING), "hold reviewers:1: R5-many");
    assert_eq!(destroy(100, 112, STAGING), "hold reviewers:1: R5-many");
    assert_eq!(destroy(100, 111, STAGING), "deny: R5-nearly-all R5-many");
}

#[test]
fn r5_a_cascade_is_held() {
    let namespace = |kind| {
        effect(kind, "kubernetes_namespace.shop", Class::Other).hazard(HazardKind::Cascade, "all in it goes")
    };
    assert_eq!(
        judged(vec![namespace(EffectKind::Delete)], PRODUCTION),
        "hold reviewers:2: R5-cascade-production"
    );
    assert_eq!(judged(vec![namespace(EffectKind::Delete)], STAGING), "hold reviewers:1: R5-cascade");
    assert_eq!(judged(vec![namespace(EffectKind::Create)], PRODUCTION), "allow");
}

#[test]
fn r6_nothing_left_to_serve_production_is_denied_and_less_is_held() {
    let group = |kind| {
        effect(kind, "aws_ecs_service.app", Class::Compute)
            .hazard(HazardKind::Capacity, "`desired_count` goes to 0")
    };
    assert_eq!(judged(vec![group(EffectKind::Update)], PRODUCTION), "deny: R6-floor");
    assert_eq!(judged(vec![group(EffectKind::Replace)], PRODUCTION), "hold reviewers:1: R6-capacity");
    let mut less = group(EffectKind::Update).after(r#"{"desired_count":2}"#);
    less.hazards[0].attribute = "/desired_count".to_owned();
    assert_eq!(judged(vec![less], PRODUCTION), "hold reviewers:1: R6-capacity");
    assert_eq!(judged(vec![group(EffectKind::Update)], STAGING), "allow");
}

#[test]
fn r12_protection_off_is_judged_like_the_deletion() {
    for hazard in [HazardKind::ProtectionOff, HazardKind::BackupLoss] {
        let off = |kind, class| effect(kind, "aws_db_instance.main", class).hazard(hazard, "it goes off");
        let update = || vec![off(EffectKind::Update, Class::Data)];
        assert_eq!(judged(update(), PRODUCTION), "hold reviewers:2: R12-protection-off-production");
        assert_eq!(judged(update(), Environment::Unknown), "hold reviewers:2: R12-protection-off-production");
        assert_eq!(judged(update(), STAGING), "hold reviewers:1: R12-protection-off");
        let delete = vec![off(EffectKind::Delete, Class::Other)];
        assert_eq!(judged(delete, PRODUCTION), "hold reviewers:2: R12-protection-off-production");
        assert_eq!(judged(vec![off(EffectKind::Create, Class::Data)], PRODUCTION), "allow");
    }
    // What becomes of the backups of data that is destroyed is judged by R1 and R2, not once more here.
    let gone = || {
        vec![
            database(EffectKind::Delete, Backup::RemovedWithIt)
                .hazard(HazardKind::BackupLoss, "its backups go with it"),
        ]
    };
    assert_eq!(judged(gone(), PRODUCTION), "deny: R1-no-backup R2-backups-go-too");
    assert_eq!(judged(gone(), STAGING), "hold reviewers:1: R1-one-person-no-backup");
    let trail = effect(EffectKind::Delete, "aws_cloudtrail.all", Class::Watch)
        .hazard(HazardKind::ProtectionOff, "it records");
    assert_eq!(judged(vec![trail], PRODUCTION), "hold reviewers:2: R12-protection-off-production");
    let alarm = |kind| vec![effect(kind, "aws_cloudwatch_metric_alarm.errors", Class::Watch)];
    assert_eq!(judged(alarm(EffectKind::Delete), PRODUCTION), "hold reviewers:1: R12-watch");
    assert_eq!(judged(alarm(EffectKind::Replace), PRODUCTION), "allow");
    assert_eq!(judged(alarm(EffectKind::Delete), STAGING), "allow");
}

#[test]
fn r14_what_destroys_is_bound_to_its_plan() {
    let bundle = builtin();
    let unbound = |kind, class, environment| {
        let facts = Facts { bound: false, ..facts(environment) };
        let judgement = bundle.decide(&change(vec![effect(kind, "x.y", class)]), &facts, &agent());
        judgement.reasons.iter().any(|reason| reason.policy == "R14-unbound")
    };
    for class in [Class::Data, Class::Key, Class::Backup] {
        assert!(unbound(EffectKind::Delete, class, STAGING), "{class:?}");
        assert!(unbound(EffectKind::Replace, class, PRODUCTION), "{class:?}");
    }
    for class in [Class::Identity, Class::Traffic, Class::Network, Class::Compute] {
        assert!(unbound(EffectKind::Delete, class, PRODUCTION), "{class:?}");
        assert!(!unbound(EffectKind::Replace, class, PRODUCTION), "{class:?}");
        assert!(!unbound(EffectKind::Delete, class, STAGING), "{class:?}");
    }
    assert!(unbound(EffectKind::Replace, Class::Unlisted, PRODUCTION));
    assert!(!unbound(EffectKind::Delete, Class::Other, PRODUCTION));
    assert!(!unbound(EffectKind::Update, Class::Data, PRODUCTION));
}

#[test]
fn r15_destruction_without_a_delete() {
    let zone = || {
        vec![
            effect(EffectKind::Replace, "aws_route53_zone.main", Class::Traffic)
                .hazard(HazardKind::Cascade, "`name` changes"),
        ]
    };
    assert_eq!(judged(zone(), PRODUCTION), "hold reviewers:1: R15-replace");
    assert_eq!(judged(zone(), STAGING), "hold reviewers:1: R15-replace");
    let replace = || database(EffectKind::Replace, Backup::Kept).forced_by("/storage_encrypted");
    assert_eq!(judged(vec![replace()], PRODUCTION), "hold reviewers:2: R1-two-people R15-replace-production");
    assert_eq!(judged(vec![replace()], STAGING), "hold reviewers:1: R1-one-person R15-replace");
    for hazard in [HazardKind::Cascade, HazardKind::DataLoss] {
        let update =
            |class| vec![effect(EffectKind::Update, "a.b", class).hazard(hazard, "a block disappears")];
        let lost = if hazard == HazardKind::DataLoss { "R1-part-lost " } else { "" };
        let both = format!("hold reviewers:2: {lost}R15-update-production");
        assert_eq!(judged(update(Class::Data), PRODUCTION), both);
        assert_eq!(judged(update(Class::Data), STAGING), "hold reviewers:1: R15-update");
        assert_eq!(judged(update(Class::Network), PRODUCTION), "hold reviewers:1: R15-update");
    }
    let gone = database(EffectKind::Replace, Backup::RemovedWithIt);
    assert_eq!(judged(vec![gone], PRODUCTION), "deny: R1-no-backup R2-backups-go-too R15-replace-production");
}

#[test]
fn r17_what_serves_production_is_not_deleted_unattended() {
    for class in [Class::Identity, Class::Traffic, Class::Network, Class::Compute] {
        let delete = || vec![effect(EffectKind::Delete, "a.b", class)];
        assert_eq!(judged(delete(), PRODUCTION), "hold reviewers:1: R17-serving");
        assert_eq!(judged(delete(), Environment::Unknown), "hold reviewers:1: R17-serving");
        assert_eq!(judged(delete(), STAGING), "allow");
    }
    let other =
        || vec![effect(EffectKind::Delete, "a.b", Class::Other).hazard(HazardKind::Capacity, "it serves")];
    assert_eq!(judged(other(), PRODUCTION), "hold reviewers:1: R17-serving-elsewhere");
    assert_eq!(judged(other(), STAGING), "allow");
}

#[test]
fn r18_exposure_privilege_and_lockout_are_held_everywhere() {
    for environment in [STAGING, PRODUCTION] {
        let with = |kind, class, hazard| vec![effect(kind, "a.b", class).hazard(hazard, "it does")];
        let open = HazardKind::Exposure;
        assert_eq!(
            judged(with(EffectKind::Update, Class::Network, open), environment),
            "hold reviewers:1: R18-exposure"
        );
        assert_eq!(
            judged(with(EffectKind::Create, Class::Data, open), environment),
            "hold reviewers:2: R18-exposed-data"
        );
        assert_eq!(
            judged(with(EffectKind::Create, Class::Identity, HazardKind::Privilege), environment),
            "hold reviewers:1: R18-privilege"
        );
        assert_eq!(
            judged(with(EffectKind::Update, Class::Identity, HazardKind::Lockout), environment),
            "hold reviewers:1: R18-lockout"
        );
    }
    // To read a secret out changes nothing, and opens something in production.
    let read = || vec![effect(EffectKind::Read, "a.b", Class::Data).hazard(HazardKind::Exposure, "it does")];
    assert_eq!(judged(read(), STAGING), "allow");
    assert_eq!(judged(read(), PRODUCTION), "hold reviewers:1: R18-secret");
}

#[test]
fn r20_what_failed_or_is_not_understood_does_not_pass() {
    let bundle = builtin();
    let update = || effect(EffectKind::Update, "a.b", Class::Other);
    let mut failed = change(vec![update()]);
    failed.context.errored = true;
    assert_eq!(line(&bundle.decide(&failed, &facts(STAGING), &agent())), "deny: R20-errored");

    let mut partial = change(vec![update()]);
    partial.context.incomplete = true;
    assert_eq!(line(&bundle.decide(&partial, &facts(STAGING), &agent())), "hold reviewers:1: R20-incomplete");
    partial.effects = vec![effect(EffectKind::Read, "data.a.b", Class::Other)];
    assert_eq!(line(&bundle.decide(&partial, &facts(STAGING), &agent())), "allow");

    assert_eq!(
        judged(vec![update().deferred("provider_config_unknown")], STAGING),
        "hold reviewers:1: R20-deferred"
    );
    let unknown =
        |kind| vec![effect(kind, "a.b", Class::Other).hazard(HazardKind::Unknown, "it is not known")];
    assert_eq!(judged(unknown(EffectKind::Create), STAGING), "hold reviewers:1: R20-unknown");
    assert_eq!(judged(unknown(EffectKind::Create), PRODUCTION), "hold reviewers:2: R20-unknown-production");
    assert_eq!(judged(unknown(EffectKind::Read), PRODUCTION), "allow");

    let unlisted = |kind| vec![effect(kind, "foo_bar.b", Class::Unlisted)];
    assert_eq!(judged(unlisted(EffectKind::Delete), PRODUCTION), "hold reviewers:1: R20-unlisted");
    assert_eq!(judged(unlisted(EffectKind::Delete), STAGING), "allow");
    assert_eq!(judged(unlisted(EffectKind::Update), PRODUCTION), "allow");
    assert_eq!(
        judged(vec![effect(EffectKind::Execute, "a.b", Class::Other)], STAGING),
        "hold reviewers:1: R20-execute"
    );
}

#[test]
fn a_reason_is_a_sentence_that_names_the_resource() {
    let gone = database(EffectKind::Delete, Backup::RemovedWithIt)
        .hazard(HazardKind::BackupLoss, "`skip_final_snapshot` is true");
    let reason = reason_of(vec![gone.clone()], &facts(PRODUCTION), "R2-backups-go-too");
    assert_eq!(
        reason.reason,
        "`aws_db_instance.main` would be deleted and the backups go with it: `skip_final_snapshot` is true"
    );
    assert_eq!(reason.resources, 1);

    let many: Vec<Effect> = (0..5)
        .map(|i| {
            let mut one = gone.clone();
            one.resource.address = format!("aws_db_instance.main[{i}]");
            one.effect = if i == 3 { EffectKind::Replace } else { EffectKind::Delete };
            one
        })
        .collect();
    let reason = reason_of(many, &facts(PRODUCTION), "R2-backups-go-too");
    assert!(
        reason
            .reason
            .starts_with("`aws_db_instance.main[0]` and 4 more would be deleted or replaced and the"),
        "{}",
        reason.reason
    );
    assert_eq!((reason.resources, reason.evidence.len()), (5, 6));
    assert_eq!(reason.evidence[5].says, "an operator configured production");
}

#[test]
fn evidence_is_cut_and_the_count_is_not() {
    let many: Vec<Effect> = (0..200)
        .map(|i| {
            let mut one = database(EffectKind::Delete, Backup::Kept);
            one.resource.address = format!("aws_db_instance.main[{i:03}]");
            one
        })
        .collect();
    let reason = reason_of(many, &facts(PRODUCTION), "R1-two-people");
    assert_eq!((reason.resources, reason.evidence.len()), (200, 50));
}

#[test]
fn what_surrounds_the_change_is_said_once() {
    let unbound = Facts { bound: false, ..facts(PRODUCTION) };
    let gone = |i| effect(EffectKind::Delete, &format!("aws_subnet.s[{i}]"), Class::Network);
    let reason = reason_of(vec![gone(0), gone(1)], &unbound, "R14-unbound");
    assert!(
        reason
            .reason
            .ends_with("only a rendering of the plan was handed in, not the plan that will be carried out")
    );
    let says: Vec<&str> = reason.evidence.iter().map(|evidence| evidence.says.as_str()).collect();
    assert_eq!(says.iter().filter(|says| says.contains("rendering")).count(), 1);
    assert_eq!(says[0], "`aws_subnet` is a part of the network");
}

#[test]
fn a_replace_says_what_forces_it() {
    let replace = database(EffectKind::Replace, Backup::Kept).forced_by("/storage_encrypted");
    let reason = reason_of(vec![replace], &facts(Environment::Unknown), "R15-replace-production");
    assert_eq!(
        reason.reason,
        "`aws_db_instance.main` would be replaced in an unknown environment (treated as production), so what is there \
         now is lost although nothing is called a delete: another `storage_encrypted` forces it to be made anew"
    );
}

#[test]
fn a_name_chosen_by_an_agent_stays_a_name() {
    let mut gone = database(EffectKind::Delete, Backup::Kept);
    gone.resource.address = "aws_db_instance.x[\"{remedy}\n\u{1b}[2J\"]".to_owned();
    let reason = reason_of(vec![gone], &facts(PRODUCTION), "R1-two-people");
    assert!(
        reason.reason.starts_with("`aws_db_instance.x[\"{remedy}\\u{a}\\u{1b}[2J\"]` would"),
        "{}",
        reason.reason
    );
    assert!(!reason.evidence[0].resource.contains('\n'));
}

#[test]
fn the_whole_change_is_explained_by_its_numbers() {
    let mut all =
        change((0..5).map(|i| effect(EffectKind::Delete, &format!("t.t[{i}]"), Class::Other)).collect());
    all.context.estate = 6;
    let judgement = builtin().decide(&all, &facts(PRODUCTION), &agent());
    let reason = &judgement.reasons[0];
    assert_eq!(
        reason.reason,
        "5 resources would be destroyed in production, which is 83 % of the estate: 5 of 6 are destroyed"
    );
    assert_eq!((reason.resources, reason.evidence[0].resource.as_str()), (0, ""));
    let judgement = builtin().decide(&change(vec![]), &broken(), &agent());
    assert!(
        judgement.reasons[0]
            .reason
            .ends_with("the plan was made without any state, but this workspace had one")
    );
}

#[test]
fn every_reason_of_the_pack_reads_whole() {
    for info in builtin().rules() {
        assert!(!info.remedy.is_empty() && !info.rule.is_empty(), "{}", info.id);
        assert!(info.id.starts_with(&format!("{}-", info.rule)), "{}", info.id);
        assert!(!info.reason.ends_with('.') && !info.remedy.ends_with('.'), "{}", info.id);
    }
}

#[test]
fn the_same_again_gives_the_same() {
    let effects: Vec<Effect> = EffectKind::ALL
        .into_iter()
        .flat_map(|kind| HazardKind::ALL.map(|hazard| effect(kind, "a.b", Class::Data).hazard(hazard, "so")))
        .collect();
    let first = builtin().decide(&change(effects.clone()), &broken(), &agent());
    for _ in 0..3 {
        assert_eq!(builtin().decide(&change(effects.clone()), &broken(), &agent()), first);
    }
}
