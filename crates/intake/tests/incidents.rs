//! The plans behind known incidents: each must show the effects and hazards that a policy needs to stop it, and the
//! harmless ones beside them must not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use holdpoint_core::{Backup, Change, Class, Effect, EffectKind, Environment, HazardKind, Link, radius};
use holdpoint_intake::terraform;

fn read(name: &str) -> Change {
    let path = format!("{}/../../tests/cases/plans/{name}.json", env!("CARGO_MANIFEST_DIR"));
    terraform::read(&std::fs::read(path).unwrap()).unwrap()
}

fn effect<'c>(change: &'c Change, address: &str) -> &'c Effect {
    change.effects.iter().find(|e| e.resource.address == address).unwrap()
}

fn kinds(effect: &Effect) -> Vec<HazardKind> {
    effect.hazards.iter().map(|h| h.kind).collect()
}

#[test]
fn every_case_of_the_list_is_read() {
    let list = include_str!("../../../tests/cases/cases.jsonl");
    let mut cases = 0;
    for line in list.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        if case["format"] != "terraform-plan-json" {
            continue;
        }
        let request = case["request"].as_str().unwrap();
        let (file, address) = request.split_once('#').map_or((request, None), |(f, a)| (f, Some(a)));
        let change = read(file.strip_prefix("plans/").unwrap().strip_suffix(".json").unwrap());
        assert!(!change.effects.is_empty(), "{request}");
        assert!(!change.context.errored && !change.context.incomplete);
        if let Some(address) = address {
            effect(&change, address);
        }
        cases += 1;
    }
    assert_eq!(cases, 8);
}

#[test]
fn a_destroy_without_a_snapshot_takes_the_backups_along() {
    let change = read("datatalks_destroy");
    assert_eq!((change.counts().delete, change.context.estate), (20, 20));
    let cluster = effect(&change, "aws_rds_cluster.dev_course_management_cluster");
    assert_eq!((cluster.class, cluster.backup), (Class::Data, Backup::RemovedWithIt));
    assert_eq!(kinds(cluster), [HazardKind::DataLoss, HazardKind::BackupLoss]);
    assert_eq!(
        cluster.hazards[1].evidence,
        "`skip_final_snapshot` is true and `delete_automated_backups` is not false, so its backups go with it"
    );
    assert_eq!(cluster.sensitive, ["/master_password"]);
    let production = |(is, _): &(Environment, String)| *is == Environment::Production;
    assert!(change.context.environment_signs.iter().any(production));
}

#[test]
fn what_depends_on_the_development_cluster_is_production() {
    let mut change = read("datatalks_destroy");
    let cluster = "aws_rds_cluster.dev_course_management_cluster";
    change.effects.retain(|e| e.resource.address == cluster);
    let found = radius(&change.graph, &change);
    let listed: Vec<(&str, u32)> = found.listed.iter().map(|f| (f.address.as_str(), f.hop)).collect();
    let task = "aws_ecs_task_definition.app[\"prod\"]";
    assert!(
        listed.contains(&(task, 1)) && listed.contains(&("aws_ecs_service.app[\"prod\"]", 2)),
        "{listed:?}"
    );
    assert!(!listed.iter().any(|(address, _)| address.starts_with("aws_lb.")), "{listed:?}");
    let task = found.listed.iter().find(|f| f.address == task).unwrap();
    assert_eq!(task.on, [(0, Link::Reference)]);
    assert_eq!(found.environments[0].0, Environment::Production);
    assert_eq!((found.hops.as_slice(), found.coverage.percent()), ([3, 2].as_slice(), 100));
}

#[test]
fn a_plan_made_without_its_state_only_creates() {
    let change = read("datatalks_missing_state");
    assert_eq!((change.counts().create, change.effects.len(), change.context.estate), (20, 20, 0));
    assert!(change.effects.iter().all(|e| e.hazards.is_empty()));
}

#[test]
fn a_shifted_count_replaces_buckets_by_others() {
    let change = read("count_shift");
    assert_eq!((change.counts().replace, change.counts().delete, change.context.unchanged), (2, 1, 2));
    let bucket = effect(&change, "aws_s3_bucket.this[2]");
    assert_eq!((bucket.effect, bucket.backup), (EffectKind::Replace, Backup::Guarded));
    assert_eq!(bucket.forced_by, ["/bucket"]);
    assert_eq!(kinds(bucket), [HazardKind::DataLoss, HazardKind::Cascade]);
}

#[test]
fn a_forced_replace_of_a_database_loses_it() {
    let change = read("rds_replace");
    let database = effect(&change, "aws_db_instance.default");
    assert_eq!((database.effect, database.backup), (EffectKind::Replace, Backup::RemovedWithIt));
    assert_eq!(database.forced_by, ["/storage_encrypted"]);
    assert!(database.destroys_data() && database.has(HazardKind::BackupLoss));
}

#[test]
fn an_update_that_takes_every_protection_off_says_which() {
    let change = read("protection_off");
    let database = effect(&change, "aws_db_instance.main");
    let off: Vec<&str> = database.hazards.iter().map(|h| h.attribute.as_str()).collect();
    assert_eq!(
        off,
        [
            "/deletion_protection",
            "/skip_final_snapshot",
            "/delete_automated_backups",
            "/backup_retention_period"
        ]
    );
    assert_eq!(database.hazards[0].kind, HazardKind::ProtectionOff);
    assert_eq!(database.hazards[0].evidence, "`deletion_protection` goes from true to false");
    assert!(database.hazards[1..].iter().all(|h| h.kind == HazardKind::BackupLoss));
}

#[test]
fn a_port_opened_to_the_world_is_an_exposure() {
    let change = read("sg_world");
    let group = effect(&change, "aws_security_group.support_analytics_es");
    assert_eq!(kinds(group), [HazardKind::Exposure]);
    assert_eq!(group.hazards[0].evidence, "`ingress.cidr_blocks` newly lets 0.0.0.0/0 in to port 9200");
}

#[test]
fn a_move_and_a_forget_harm_nothing() {
    let change = read("benign");
    let moved = effect(&change, "aws_db_instance.new_name");
    assert_eq!(
        (moved.effect, moved.moved_from.as_deref()),
        (EffectKind::Update, Some("aws_db_instance.old_name"))
    );
    assert_eq!(moved.before.as_ref().unwrap().get(), moved.after.as_ref().unwrap().get());
    let forgotten = effect(&change, "aws_s3_bucket.handed_over");
    assert_eq!(forgotten.effect, EffectKind::Forget);
    assert!(moved.hazards.is_empty() && forgotten.hazards.is_empty());
    assert!(effect(&change, "aws_db_instance.restore_test").has(HazardKind::DataLoss));
}
