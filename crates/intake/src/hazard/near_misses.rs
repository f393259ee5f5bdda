//! Ordinary edits that were alarms, each beside one that differs little and is dangerous.

use holdpoint_core::HazardKind::{self, Capacity, Cascade, DataLoss, Privilege, Unknown};
use serde_json::{Value, json};

use super::tests::{create, hazards, kinds, update};
use crate::terraform;

#[test]
fn a_block_that_another_takes_the_place_of_is_not_lost() {
    let acl = |action: Value| json!({"rule": [{"name": "common", "override_action": [action]}]});
    let (count, none) =
        (json!({"count": [{"x": [{"y": 1}]}], "none": []}), json!({"count": [], "none": [{}]}));
    let neither = json!({"count": [], "none": []});
    update("aws_wafv2_web_acl", acl(count.clone()), acl(none), &[]);
    update("aws_wafv2_web_acl", acl(count), acl(neither), &[Cascade]);

    let cache = |values: Value, policy: Value| json!({"default_cache_behavior": [{"forwarded_values": values, "cache_policy_id": policy}]});
    let values = || json!([{"query_string": false}]);
    update("aws_cloudfront_distribution", cache(values(), Value::Null), cache(json!([]), json!("a")), &[]);
    update(
        "aws_cloudfront_distribution",
        cache(values(), json!("a")),
        cache(json!([]), json!("b")),
        &[Cascade],
    );

    // Of what holds data, a block that goes is looked at whatever comes.
    let table = |gone: Value, comes: Value| json!({"settings": [{"encryption": gone, "other": comes}]});
    update(
        "aws_dynamodb_table",
        table(json!([{"key": 1}]), Value::Null),
        table(json!([]), json!("x")),
        &[Cascade],
    );
    // On the resource itself, what comes has little to do with what goes.
    let routes = |route: Value, more: Value| json!({"route": route, "propagating_vgws": more});
    update(
        "aws_route_table",
        routes(json!([{"cidr_block": "10.0.0.0/8"}]), json!([])),
        routes(json!([]), json!(["vgw-1"])),
        &[Cascade],
    );
}

#[test]
fn a_block_that_said_nothing_is_not_lost() {
    let policy = |block: Value| json!({"predictive_scaling_configuration": block});
    update(
        "aws_autoscaling_policy",
        policy(json!([{"mode": "", "metric_specification": []}])),
        policy(json!([])),
        &[],
    );
    update(
        "aws_autoscaling_policy",
        policy(json!([{"mode": "ForecastOnly"}])),
        policy(json!([])),
        &[Cascade],
    );
    let template = |key: &str, block: Value| json!({ key: block });
    let tags = json!([{"resource_type": "instance", "tags": {"a": "b"}}]);
    update(
        "aws_launch_template",
        template("tag_specifications", tags),
        template("tag_specifications", json!([])),
        &[],
    );
    let disk = json!([{"device_name": "/dev/sdb"}]);
    update(
        "aws_launch_template",
        template("block_device_mappings", disk),
        template("block_device_mappings", json!([])),
        &[DataLoss],
    );
}

#[test]
fn how_a_rollout_goes_is_an_ordinary_edit_and_what_serves_is_not() {
    let group = |key: &str, block: Value| json!({ key: block });
    let taint = json!([{"key": "batch", "effect": "NO_SCHEDULE"}]);
    update("aws_eks_node_group", group("taint", taint), group("taint", json!([])), &[]);
    let refresh = json!([{"strategy": "Rolling"}]);
    update(
        "aws_autoscaling_group",
        group("instance_refresh", refresh),
        group("instance_refresh", json!([])),
        &[],
    );
    let balancer = json!([{"target_group_arn": "arn:tg"}]);
    update(
        "aws_ecs_service",
        group("load_balancer", balancer),
        group("load_balancer", json!([])),
        &[Cascade],
    );
}

#[test]
fn a_lifecycle_rule_that_empties_the_bucket_is_a_loss() {
    let kind = "aws_s3_bucket_lifecycle_configuration";
    let rule = |filter: Value, expiration: Value| json!({"bucket": "b", "rule": [{"status": "Enabled", "filter": filter, "expiration": [expiration]}]});
    let days = |n: i64| json!({"days": n, "date": null});
    let (none, all) = (|| json!({"bucket": "b", "rule": []}), || json!([{"prefix": ""}]));
    update(kind, none(), rule(all(), days(1)), &[DataLoss]);
    update(
        kind,
        none(),
        rule(json!([{"and": [], "tag": []}]), json!({"days": null, "date": "2026-01-01T00:00:00Z"})),
        &[DataLoss],
    );
    update(kind, rule(all(), days(365)), rule(all(), days(7)), &[DataLoss]);
    update(kind, rule(all(), days(7)), rule(all(), days(365)), &[]);
    update(kind, none(), rule(json!([{"prefix": "logs/"}]), days(1)), &[]);
    update(kind, none(), rule(json!([{"prefix": null, "tag": [{"key": "k", "value": "v"}]}]), days(1)), &[]);
    update(kind, none(), rule(json!([{"and": [{"prefix": "a"}]}]), days(1)), &[]);
    update(kind, none(), rule(all(), json!({"days": 0, "expired_object_delete_marker": true})), &[]);
    let mut off = rule(all(), days(1));
    off["rule"][0]["status"] = json!("Disabled");
    update(kind, none(), off, &[]);
    create(kind, rule(all(), days(1)), &[DataLoss]);
    let mut new = rule(all(), days(30));
    new["unknown!"] = json!({"bucket": true});
    create(kind, new, &[]);
    let inline = |prefix: &str| json!({"lifecycle_rule": [{"enabled": true, "prefix": prefix, "expiration": [{"days": 1}]}]});
    update("aws_s3_bucket", json!({}), inline(""), &[DataLoss]);
    update("aws_s3_bucket", json!({}), inline("tmp/"), &[]);
}

#[test]
fn a_security_group_that_is_made_anew_first_leaves_nothing_open() {
    let replace =
        |actions: &[&str]| kinds(&hazards("aws_security_group", actions, json!({"id": "sg-1"}), json!({})));
    assert_eq!(replace(&["delete", "create"]), [Capacity]);
    assert_eq!(replace(&["create", "delete"]), []);
}

/// A policy of a role, in a module, that takes its value from a document that waits.
fn waiting(actions: &[&str], statement: &Value, open: &Value, references: &[&str]) -> Vec<HazardKind> {
    let document = json!({"address": "module.m[\"a.b\"].data.aws_iam_policy_document.d", "mode": "data", "type": "aws_iam_policy_document", "name": "d",
        "module_address": "module.m[\"a.b\"]", "provider_name": "p", "change": {"actions": ["read"], "before": null, "after": {"statement": [statement]},
        "after_unknown": {"id": true, "json": true, "minified_json": true, "statement": [open]}}});
    let before = if actions == ["create"] { Value::Null } else { json!({"policy": "{}"}) };
    let policy = json!({"address": "module.m[\"a.b\"].aws_iam_role_policy.p", "mode": "managed", "type": "aws_iam_role_policy", "name": "p",
        "module_address": "module.m[\"a.b\"]", "provider_name": "p", "change": {"actions": actions, "before": before, "after": {}, "after_unknown": {"policy": true}}});
    let block =
        json!({"address": "aws_iam_role_policy.p", "expressions": {"policy": {"references": references}}});
    let plan = json!({"format_version": "1.2", "planned_values": {}, "resource_changes": [document, policy],
        "configuration": {"root_module": {"module_calls": {"m": {"module": {"resources": [block]}}}}}});
    let change = terraform::read(&serde_json::to_vec(&plan).unwrap()).unwrap();
    let effect = change.effects.iter().find(|e| e.resource.kind == "aws_iam_role_policy").unwrap();
    effect.hazards.iter().map(|hazard| hazard.kind).collect()
}

#[test]
fn a_policy_whose_document_waits_is_read_from_the_document() {
    let from = ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"];
    let narrow = json!({"effect": null, "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b"]});
    let wide = json!({"effect": "Allow", "actions": ["*"], "resources": ["*"]});
    let (update, create) = (["update"], ["create"]);
    assert_eq!(waiting(&update, &narrow, &json!({}), &from), []);
    assert_eq!(waiting(&update, &narrow, &json!({"resources": [true]}), &from), []);
    assert_eq!(waiting(&update, &wide, &json!({}), &from), [Privilege]);
    assert_eq!(waiting(&create, &narrow, &json!({}), &from), []);
    assert_eq!(waiting(&create, &wide, &json!({}), &from), [Privilege]);
    let open = json!({"effect": null, "actions": ["*"], "resources": [null]});
    assert_eq!(waiting(&update, &open, &json!({"resources": [true]}), &from), [Privilege]);
    let indexed = [
        "data.aws_iam_policy_document.d[\"k\"].json",
        "data.aws_iam_policy_document.d[\"k\"]",
        "data.aws_iam_policy_document.d",
        "each.key",
    ];
    assert_eq!(waiting(&update, &narrow, &json!({}), &indexed), []);
}

#[test]
fn a_policy_that_may_come_from_elsewhere_stays_unknown() {
    let narrow = json!({"effect": null, "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b"]});
    let from = ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"];
    let update = ["update"];
    assert_eq!(waiting(&update, &narrow, &json!({"actions": [true]}), &from), [Unknown]);
    for other in [
        &["var.policy"][..],
        &["data.aws_iam_policy_document.other.json"],
        &["local.policy"],
        &[],
        &["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d", "var.more"],
        &["data.aws_iam_policy_document.d.statement", "data.aws_iam_policy_document.d"],
    ] {
        assert_eq!(waiting(&update, &narrow, &json!({}), other), [Unknown], "{other:?}");
    }
    assert_eq!(waiting(&update, &json!({"effect": null, "actions": []}), &json!(true), &from), [Unknown]);
}
