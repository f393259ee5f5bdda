use holdpoint_core::{Backup, Change, HazardKind};
use serde_json::{Value, json};

use crate::terraform;

pub(super) fn change(list: &[(&str, &[&str], Value, Value)]) -> Change {
    let resources: Vec<Value> = list
        .iter()
        .enumerate()
        .map(|(n, (kind, actions, before, after))| {
            json!({"address": format!("{kind}.r{n}"), "mode": "managed", "type": kind, "name": "r", "provider_name": "p",
                "change": {"actions": actions, "before": before, "after": after, "after_unknown": after.get("unknown!")}})
        })
        .collect();
    let plan = json!({"format_version": "1.2", "planned_values": {}, "resource_changes": resources});
    terraform::read(&serde_json::to_vec(&plan).unwrap()).unwrap()
}

/// The kinds of hazard of one effect, with the evidence for when an assertion fails.
pub(super) fn hazards(
    kind: &str,
    actions: &[&str],
    before: Value,
    after: Value,
) -> Vec<(HazardKind, String)> {
    let change = change(&[(kind, actions, before, after)]);
    change.effects[0].hazards.iter().map(|h| (h.kind, h.evidence.clone())).collect()
}

pub(super) fn kinds(found: &[(HazardKind, String)]) -> Vec<HazardKind> {
    found.iter().map(|(kind, _)| *kind).collect()
}

pub(super) fn update(kind: &str, before: Value, after: Value, expected: &[HazardKind]) {
    let found = hazards(kind, &["update"], before.clone(), after.clone());
    assert_eq!(kinds(&found), expected, "{kind} {before} -> {after}: {found:?}");
}

pub(super) fn create(kind: &str, after: Value, expected: &[HazardKind]) {
    let found = hazards(kind, &["create"], Value::Null, after.clone());
    assert_eq!(kinds(&found), expected, "{kind} {after}: {found:?}");
}

use HazardKind::{
    BackupLoss, Capacity, Cascade, DataLoss, Exposure, Lockout, Privilege, ProtectionOff, Unknown,
};

#[test]
fn a_switch_is_a_hazard_where_it_goes_off_and_only_there() {
    let flag = |on: bool| json!({"deletion_protection": on});
    update("aws_rds_cluster", flag(true), flag(false), &[ProtectionOff]);
    update("some_unknown_type", flag(true), flag(false), &[ProtectionOff]);
    update("aws_rds_cluster", flag(true), json!({}), &[ProtectionOff]);
    update(
        "aws_rds_cluster",
        flag(true),
        json!({"unknown!": {"deletion_protection": true}}),
        &[ProtectionOff],
    );
    for (before, after) in [
        (flag(false), flag(true)),
        (flag(false), flag(false)),
        (flag(true), flag(true)),
        (json!({}), flag(false)),
    ] {
        update("aws_rds_cluster", before, after, &[]);
    }
    create("aws_rds_cluster", flag(false), &[]);
}

#[test]
fn backups_that_are_no_longer_made_are_a_loss() {
    let days = |n: i64| json!({"backup_retention_period": n});
    update("aws_db_instance", days(7), days(0), &[BackupLoss]);
    update("aws_db_instance", days(14), days(7), &[BackupLoss]);
    update("aws_db_instance", days(7), days(14), &[]);
    update("aws_db_instance", days(0), days(0), &[]);
    let recovery = |on: bool| json!({"point_in_time_recovery": [{"enabled": on}]});
    update("aws_dynamodb_table", recovery(true), recovery(false), &[BackupLoss]);
    update("aws_dynamodb_table", recovery(false), recovery(true), &[]);
    let versions = |status: &str| json!({"versioning_configuration": [{"status": status}]});
    update("aws_s3_bucket_versioning", versions("Enabled"), versions("Suspended"), &[BackupLoss]);
    let google = |on: bool| json!({"settings": [{"backup_configuration": [{"enabled": on}]}]});
    update("google_sql_database_instance", google(true), google(false), &[BackupLoss]);
    let azure = |days: i64| json!({"blob_properties": [{"delete_retention_policy": [{"days": days}]}]});
    update("azurerm_storage_account", azure(7), azure(0), &[BackupLoss]);
}

#[test]
fn the_world_may_come_to_the_web_ports_and_nowhere_else() {
    let rule = |cidr: &str, from: i64, to: i64, protocol: &str| json!({"ingress": [{"cidr_blocks": [cidr], "from_port": from, "to_port": to, "protocol": protocol}]});
    create("aws_security_group", rule("0.0.0.0/0", 443, 443, "tcp"), &[]);
    create("aws_security_group", rule("0.0.0.0/0", 80, 80, "tcp"), &[]);
    create("aws_security_group", rule("0.0.0.0/0", -1, -1, "icmp"), &[]);
    create("aws_security_group", rule("10.0.0.0/8", 22, 22, "tcp"), &[]);
    create("aws_security_group", rule("0.0.0.0/0", 22, 22, "tcp"), &[Exposure]);
    create("aws_security_group", rule("0.0.0.0/0", 80, 443, "tcp"), &[Exposure]);
    create("aws_security_group", rule("0.0.0.0/0", 0, 0, "-1"), &[Exposure]);
    update("aws_security_group", rule("0.0.0.0/0", 22, 22, "tcp"), rule("0.0.0.0/0", 22, 22, "tcp"), &[]);
    update("aws_security_group", rule("0.0.0.0/0", 20, 25, "tcp"), rule("0.0.0.0/0", 22, 22, "tcp"), &[]);
    update(
        "aws_security_group",
        rule("0.0.0.0/0", 22, 22, "tcp"),
        rule("0.0.0.0/0", 22, 23, "tcp"),
        &[Exposure],
    );
    let six = json!({"ingress": [{"cidr_blocks": [], "ipv6_cidr_blocks": ["::/0"], "from_port": 22, "to_port": 22, "protocol": "6"}]});
    create("aws_security_group", six, &[Exposure]);
    let single = |way: &str| json!({"type": way, "cidr_blocks": ["0.0.0.0/0"], "from_port": 5432, "to_port": 5432, "protocol": "tcp"});
    create("aws_security_group_rule", single("ingress"), &[Exposure]);
    create("aws_security_group_rule", single("egress"), &[]);
    create(
        "aws_vpc_security_group_ingress_rule",
        json!({"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"}),
        &[Exposure],
    );
    let google = |ports: Value, direction: &str| json!({"source_ranges": ["0.0.0.0/0"], "direction": direction, "allow": [{"protocol": "tcp", "ports": ports}]});
    create("google_compute_firewall", google(json!(["443", "80"]), "INGRESS"), &[]);
    create("google_compute_firewall", google(json!(["443", "3000-4000"]), "INGRESS"), &[Exposure]);
    create("google_compute_firewall", google(json!([]), "INGRESS"), &[Exposure]);
    create("google_compute_firewall", google(json!([]), "EGRESS"), &[]);
    let azure = |source: &str, port: &str, access: &str| json!({"direction": "Inbound", "access": access, "protocol": "Tcp", "source_address_prefix": source, "destination_port_range": port});
    create("azurerm_network_security_rule", azure("*", "22", "Allow"), &[Exposure]);
    create("azurerm_network_security_rule", azure("Internet", "443", "Allow"), &[]);
    create("azurerm_network_security_rule", azure("*", "*", "Allow"), &[Exposure]);
    create("azurerm_network_security_rule", azure("*", "*", "Deny"), &[]);
}

#[test]
fn what_becomes_public_is_an_exposure() {
    create("aws_db_instance", json!({"publicly_accessible": true}), &[Exposure]);
    update(
        "aws_db_instance",
        json!({"publicly_accessible": true}),
        json!({"publicly_accessible": true, "port": 1}),
        &[],
    );
    create("aws_s3_bucket_acl", json!({"acl": "public-read"}), &[Exposure]);
    create("aws_s3_bucket_acl", json!({"acl": "private"}), &[]);
    update(
        "aws_s3_bucket_public_access_block",
        json!({"block_public_acls": true}),
        json!({"block_public_acls": false}),
        &[Exposure],
    );
    create(
        "google_storage_bucket_iam_member",
        json!({"member": "allUsers", "role": "roles/storage.objectViewer"}),
        &[Exposure],
    );
    create(
        "google_storage_bucket_iam_binding",
        json!({"members": ["user:a", "allAuthenticatedUsers"]}),
        &[Exposure],
    );
    update(
        "azurerm_mssql_server",
        json!({"public_network_access_enabled": false}),
        json!({"public_network_access_enabled": true}),
        &[Exposure],
    );
    create("azurerm_mssql_server", json!({"public_network_access_enabled": true}), &[]);
}

fn policy(statement: Value) -> Value {
    json!({"policy": json!({"Version": "2012-10-17", "Statement": statement}).to_string()})
}

#[test]
fn grants_are_read_out_of_policy_documents() {
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    create("aws_iam_policy", policy(all.clone()), &[Privilege]);
    create(
        "aws_iam_policy",
        policy(json!([{"Effect": "Allow", "Action": ["s3:*", "*:*"], "Resource": ["arn:x", "*"]}])),
        &[Privilege],
    );
    create(
        "aws_iam_role_policy",
        policy(json!({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})),
        &[Privilege],
    );
    create(
        "aws_iam_policy",
        policy(json!({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})),
        &[Privilege],
    );
    create("aws_iam_policy", policy(json!({"Effect": "Deny", "Action": "*", "Resource": "*"})), &[]);
    create("aws_iam_policy", policy(json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})), &[]);
    create(
        "aws_iam_policy",
        policy(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/*"})),
        &[],
    );
    update(
        "aws_iam_policy",
        policy(all.clone()),
        policy(json!([all, {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}])),
        &[],
    );
    let trust = |principal: Value| json!({"assume_role_policy": json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}).to_string()});
    create("aws_iam_role", trust(json!("*")), &[Privilege]);
    create("aws_iam_role", trust(json!({"AWS": ["*"]})), &[Privilege]);
    create("aws_iam_role", trust(json!({"Service": "ec2.amazonaws.com"})), &[]);
    update(
        "aws_iam_role",
        trust(json!({"AWS": "a"})),
        json!({"unknown!": {"assume_role_policy": true}}),
        &[Unknown],
    );
    let arn = |name: &str| json!({"policy_arn": format!("arn:aws:iam::aws:policy/{name}")});
    create("aws_iam_role_policy_attachment", arn("AdministratorAccess"), &[Privilege]);
    create("aws_iam_role_policy_attachment", arn("ReadOnlyAccess"), &[]);
    create("google_project_iam_member", json!({"role": "roles/owner", "member": "user:a"}), &[Privilege]);
    create("azurerm_role_assignment", json!({"role_definition_name": "Owner"}), &[Privilege]);
    create("azurerm_role_assignment", json!({"role_definition_name": "Reader"}), &[]);
    create("kubernetes_cluster_role_binding", json!({"role_ref": [{"name": "cluster-admin"}]}), &[Privilege]);
    create(
        "kubernetes_cluster_role",
        json!({"rule": [{"verbs": ["*"], "resources": ["*"], "api_groups": ["*"]}]}),
        &[Privilege],
    );
    create("kubernetes_cluster_role", json!({"rule": [{"verbs": ["get"], "resources": ["*"]}]}), &[]);
    let bindings = json!({"policy_data": json!({"bindings": [{"role": "roles/owner", "members": ["user:a"]}]}).to_string()});
    create("google_project_iam_policy", bindings, &[Privilege]);
}

#[test]
fn a_resource_policy_lets_in_or_locks_out() {
    let open = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"});
    create("aws_s3_bucket_policy", policy(open.clone()), &[Exposure]);
    let mut bound = open;
    bound["Condition"] = json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}});
    create("aws_s3_bucket_policy", policy(bound), &[]);
    let shut = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
    create("aws_s3_bucket_policy", policy(shut), &[]);
    create(
        "aws_s3_bucket_policy",
        policy(json!({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"})),
        &[Lockout],
    );
    create("aws_s3_bucket_policy", json!({"policy": "not json"}), &[]);
}

#[test]
fn numbers_that_go_to_zero_take_capacity_away() {
    let count = |n: i64| json!({"desired_count": n});
    update("aws_ecs_service", count(3), count(0), &[Capacity]);
    update("aws_ecs_service", count(20), count(18), &[]);
    update("aws_ecs_service", count(0), count(0), &[]);
    update(
        "kubernetes_deployment",
        json!({"spec": [{"replicas": "3"}]}),
        json!({"spec": [{"replicas": "0"}]}),
        &[Capacity],
    );
}

fn backup_of(kind: &str, before: Value) -> Backup {
    change(&[(kind, &["delete"], before, Value::Null)]).effects[0].backup
}

#[test]
fn the_fate_of_the_backups_is_read_from_what_is_destroyed() {
    let database = |skip: bool, delete: Value| json!({"skip_final_snapshot": skip, "delete_automated_backups": delete, "backup_retention_period": 7});
    for kind in ["aws_db_instance", "aws_rds_cluster"] {
        assert_eq!(backup_of(kind, database(true, json!(true))), Backup::RemovedWithIt);
        assert_eq!(backup_of(kind, database(true, Value::Null)), Backup::RemovedWithIt);
        assert_eq!(backup_of(kind, json!({"skip_final_snapshot": true})), Backup::RemovedWithIt);
        assert_eq!(backup_of(kind, database(true, json!(false))), Backup::Kept);
        assert_eq!(backup_of(kind, database(false, json!(true))), Backup::Kept);
    }
    let none =
        json!({"skip_final_snapshot": true, "delete_automated_backups": false, "backup_retention_period": 0});
    assert_eq!(backup_of("aws_db_instance", none), Backup::RemovedWithIt);
    assert_eq!(
        backup_of("aws_db_instance", json!({"skip_final_snapshot": true, "replicate_source_db": "main"})),
        Backup::Kept
    );
    for kind in ["aws_s3_bucket", "google_storage_bucket"] {
        assert_eq!(backup_of(kind, json!({"force_destroy": true})), Backup::NotShown);
        assert_eq!(backup_of(kind, json!({"force_destroy": null})), Backup::Guarded);
    }
    assert_eq!(backup_of("aws_ecr_repository", json!({"force_delete": true})), Backup::NotShown);
    assert_eq!(backup_of("aws_kms_key", json!({})), Backup::Guarded);
    assert_eq!(
        backup_of("aws_dynamodb_table", json!({"point_in_time_recovery": [{"enabled": true}]})),
        Backup::Kept
    );
    assert_eq!(backup_of("aws_dynamodb_table", json!({})), Backup::NotShown);
    assert_eq!(backup_of("aws_ebs_volume", json!({"final_snapshot": true})), Backup::Kept);
    assert_eq!(backup_of("aws_ebs_volume", json!({"final_snapshot": false})), Backup::NotShown);
    assert_eq!(backup_of("aws_vpc", json!({})), Backup::NotApplicable);
}

#[test]
fn deleting_the_backups_beside_the_source_takes_them_with_it() {
    let volume = json!({"id": "vol-1", "arn": "arn:vol-1", "final_snapshot": true});
    let snapshot = |of: &str| {
        ("aws_ebs_snapshot", &["delete"][..], json!({"id": "snap-1", "volume_id": of}), Value::Null)
    };
    let source = ("aws_ebs_volume", &["delete"][..], volume, Value::Null);
    let both = change(&[snapshot("vol-1"), source.clone()]);
    let volume = both.effects.iter().find(|e| e.resource.kind == "aws_ebs_volume").unwrap();
    assert_eq!(volume.backup, Backup::RemovedWithIt);
    assert_eq!(
        volume.hazards.last().unwrap().evidence,
        "the same change deletes its backup `aws_ebs_snapshot.r0`"
    );
    let apart = change(&[snapshot("vol-2"), source]);
    assert!(apart.effects.iter().all(|e| e.backup != Backup::RemovedWithIt));
}

#[test]
fn removing_what_protects_watches_or_serves_is_a_hazard() {
    let delete = |kind: &str| kinds(&hazards(kind, &["delete"], json!({"id": "x"}), Value::Null));
    assert_eq!(delete("aws_db_snapshot"), [BackupLoss]);
    assert_eq!(delete("aws_backup_vault"), [BackupLoss]);
    assert_eq!(delete("aws_s3_bucket_versioning"), [BackupLoss]);
    assert_eq!(delete("aws_s3_bucket_public_access_block"), [Exposure]);
    assert_eq!(delete("aws_cloudtrail"), [ProtectionOff]);
    assert_eq!(delete("azurerm_management_lock"), [ProtectionOff]);
    assert_eq!(delete("aws_iam_saml_provider"), [Lockout]);
    assert_eq!(delete("aws_route53_record"), [Capacity]);
    assert_eq!(delete("aws_kms_key"), [DataLoss]);
    assert_eq!(delete("kubernetes_persistent_volume_claim"), [DataLoss]);
    assert_eq!(delete("null_resource"), []);
    let values = || (json!({"id": "x"}), json!({}));
    let (before, after) = values();
    assert_eq!(kinds(&hazards("aws_lb", &["delete", "create"], before, after)), [Capacity]);
    let (before, after) = values();
    assert_eq!(kinds(&hazards("aws_lb", &["create", "delete"], before, after)), []);
    let claim = json!({"manifest": {"kind": "PersistentVolumeClaim", "metadata": {"name": "x"}}});
    assert_eq!(kinds(&hazards("kubernetes_manifest", &["delete"], claim, Value::Null)), [DataLoss]);
}

#[test]
fn blocks_that_disappear_are_named() {
    let routes = |n: i64| json!({"route": (0..n).map(|n| json!({"cidr_block": format!("10.{n}.0.0/16")})).collect::<Vec<_>>()});
    let found = hazards("aws_route_table", &["update"], routes(3), routes(1));
    assert_eq!(found, [(Cascade, "`route` loses 2 of 3 blocks".to_owned())]);
    update("aws_route_table", routes(3), routes(0), &[Cascade]);
    update("aws_route_table", routes(3), routes(2), &[]);
    update("aws_route_table", routes(1), routes(2), &[]);
    update("aws_route_table", routes(1), json!({"unknown!": {"route": true}}), &[]);
    let replicas = |regions: &[&str]| json!({"replica": regions.iter().map(|r| json!({"region_name": r})).collect::<Vec<_>>()});
    update("aws_dynamodb_table", replicas(&["a", "b", "c"]), replicas(&["a", "b"]), &[DataLoss]);
    let nested =
        |on: bool| json!({"settings": [{"a": [{"b": if on { json!([{"c": 1}]) } else { json!([]) }}]}]});
    update("google_something", nested(true), nested(false), &[Cascade]);
    update(
        "aws_vpc",
        json!({"tags": {"a": "b"}, "description": "x", "n": 1}),
        json!({"tags": {}, "description": null}),
        &[],
    );
    update("aws_lambda_function", json!({"layers": ["a", "b", "c"]}), json!({"layers": []}), &[]);
}

#[test]
fn a_new_name_for_a_thing_that_stays_is_named() {
    update("aws_db_instance", json!({"identifier": "a"}), json!({"identifier": "b"}), &[Cascade]);
    update("aws_db_instance", json!({"identifier": "a"}), json!({"identifier": "a"}), &[]);
    update("aws_db_instance", json!({"identifier": "a"}), json!({"unknown!": {"identifier": true}}), &[]);
}
