//! Plans as `terraform show -json` prints them, small and each different from the other.

use holdpoint_core::{AttemptId, Digest, Timestamp};
use serde_json::{Value, json};

/// A plan of these resource changes.
#[must_use]
pub fn plan(resources: Vec<Value>) -> Value {
    json!({
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": { "root_module": {} },
        "resource_changes": resources,
        "configuration": { "root_module": {} },
    })
}

/// The planned change of one resource.
#[must_use]
pub fn resource(kind: &str, name: &str, actions: &[&str], before: Value, after: Value) -> Value {
    json!({
        "address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": actions, "before": before, "after": after,
            "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {},
        },
    })
}

/// A plan that policy allows: one new queue, named so that plans of different names differ.
#[must_use]
pub fn open(name: &str) -> Value {
    let after = json!({ "name": name, "sqs_managed_sse_enabled": true });
    plan(vec![resource("aws_sqs_queue", name, &["create"], Value::Null, after)])
}

/// As [`open`], and so many kilobytes long that they do not compress.
#[must_use]
pub fn large(name: &str, kilobytes: usize) -> Value {
    let policy: String =
        (0..kilobytes * 16).map(|n| Digest::of(format!("{name} {n}").as_bytes()).to_string()).collect();
    let after = json!({ "name": name, "sqs_managed_sse_enabled": true, "policy": policy });
    plan(vec![resource("aws_sqs_queue", name, &["create"], Value::Null, after)])
}

/// A plan that waits for two reviewers: a production database goes, its backups stay.
#[must_use]
pub fn held(name: &str) -> Value {
    let before = json!({
        "identifier": name, "engine": "postgres", "backup_retention_period": 7, "delete_automated_backups": false,
        "skip_final_snapshot": false, "final_snapshot_identifier": format!("{name}-final"),
        "tags": { "Environment": "production" },
    });
    plan(vec![resource("aws_db_instance", name, &["delete"], before, Value::Null)])
}

/// A plan that waits for one reviewer: a port is opened to everyone.
#[must_use]
pub fn held_by_one(name: &str) -> Value {
    let after = json!({
        "type": "ingress", "from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"],
        "security_group_id": "sg-1",
    });
    plan(vec![resource("aws_security_group_rule", name, &["create"], Value::Null, after)])
}

/// A plan that destroys so many resources that nothing depends on and that hold nothing: it passes while the budget lasts.
#[must_use]
pub fn small_deletes(name: &str, count: usize) -> Value {
    let delete = |n: usize| {
        resource(
            "time_static",
            &format!("{name}_{n}"),
            &["delete"],
            json!({ "id": format!("{name}-{n}") }),
            Value::Null,
        )
    };
    plan((0..count).map(delete).collect())
}

/// As [`held`], with a name for every number.
#[must_use]
pub fn named(number: usize) -> Value {
    held(&format!("orders_{number}"))
}

/// The id of an attempt, another for every number.
#[must_use]
pub fn attempt(number: u128) -> String {
    AttemptId::new(Timestamp::UNIX_EPOCH, number).to_string()
}
