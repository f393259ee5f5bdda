//! Calls whose parameters hold a list of different things, or a rule that deletes later.

use std::collections::BTreeMap;

use holdpoint_core::{EffectKind, Hazard, HazardKind};

use super::deed::Deed;
use super::subject::Subject;
use crate::act::Act;
use crate::hazard::{self, Subject as Seen};
use crate::mask::Masked;
use crate::table::Table;
use crate::value::{Node, find, parse};

pub(super) fn judge(subject: &Subject<'_>, deeds: &mut Vec<Deed>) {
    match (subject.call.service.as_str(), subject.call.operation.as_str()) {
        ("dynamodb", "BatchWriteItem") => tables(subject, deeds, batch(&subject.parameters)),
        ("dynamodb", "TransactWriteItems") => tables(subject, deeds, transaction(&subject.parameters)),
        ("s3", "PutBucketLifecycleConfiguration" | "PutBucketLifecycle") => {
            adds(deeds, expiry(&subject.parameters))
        }
        ("ecr", "PutLifecyclePolicy") => images(subject, deeds),
        _ => {}
    }
}

fn adds(deeds: &mut [Deed], hazards: Vec<Hazard>) {
    for deed in deeds {
        for hazard in &hazards {
            deed.act.adds_hazard(hazard.kind, hazard.evidence.clone());
        }
    }
}

/// Writes and deletes of items, by table.
type Items = BTreeMap<String, (usize, usize)>;

fn batch(parameters: &Node<'_>) -> Items {
    let mut out = Items::new();
    for (table, requests) in parameters.get("RequestItems").map(Node::members).unwrap_or_default() {
        let entry = out.entry(table.to_string()).or_default();
        for request in requests.items() {
            count(entry, request.get("DeleteRequest").is_some());
        }
    }
    out
}

fn transaction(parameters: &Node<'_>) -> Items {
    let mut out = Items::new();
    for item in parameters.get("TransactItems").map(Node::items).unwrap_or_default() {
        for (kind, inner) in item.members() {
            let table = inner.get("TableName").and_then(Node::as_str).unwrap_or_default();
            if kind != "ConditionCheck" {
                count(out.entry(table.to_owned()).or_default(), kind == "Delete");
            }
        }
    }
    out
}

fn count((writes, deletes): &mut (usize, usize), is_delete: bool) {
    let counter = if is_delete { deletes } else { writes };
    *counter = counter.saturating_add(1);
}

fn tables(subject: &Subject<'_>, deeds: &mut Vec<Deed>, items: Items) {
    if items.is_empty() {
        return;
    }
    let one = |(table, (_, deletes)): (String, (usize, usize))| {
        let mut act = Act::new(
            EffectKind::Update,
            "aws_dynamodb_table",
            subject.called("table", &super::names::tail(&table)),
        );
        if deletes > 0 {
            act.adds_hazard(HazardKind::DataLoss, format!("{deletes} of its items are deleted"));
        }
        Deed { identifiers: vec![table], ..Deed::new(act) }
    };
    *deeds = items.into_iter().map(one).collect();
}

/// A rule that deletes every object of a bucket later is read as one of Terraform is.
fn expiry(parameters: &Node<'_>) -> Vec<Hazard> {
    let Ok(table) = Table::get() else { return Vec::new() };
    let rules: Vec<Node<'static>> = find(parameters, "LifecycleConfiguration.Rules")
        .into_iter()
        .flat_map(|(_, node)| node.items())
        .map(Node::owned)
        .collect();
    let raw = Node::Object(vec![("rule".into(), Node::Array(rules))]);
    let translated = super::translate::translate(&raw, &BTreeMap::new());
    let masked = Masked::default();
    let seen = Seen {
        effect: EffectKind::Update,
        kind: "aws_s3_bucket_lifecycle_configuration",
        create_before_destroy: false,
        deposed: false,
        before: None,
        after: Some(&translated.node),
        unknown: &[],
        forced_by: &[],
        masked: &masked,
    };
    hazard::asked(&seen, &BTreeMap::new(), table)
}

/// Rules that delete images which somebody may have named; untagged ones are left over.
fn images(subject: &Subject<'_>, deeds: &mut [Deed]) {
    let text = subject.text("lifecyclePolicyText").unwrap_or_default();
    let says = match parse(text) {
        Err(_) => Some("its rules cannot be read"),
        Ok(policy) => {
            let rules = policy.get("rules").map(Node::items).unwrap_or_default();
            let tagged = |rule: &&Node<'_>| {
                let status = find(rule, "selection.tagStatus");
                !status.iter().any(|(_, node)| node.as_str() == Some("untagged"))
            };
            rules.iter().find(tagged).map(|_| "a rule deletes images that have a tag")
        }
    };
    for deed in deeds {
        if let Some(says) = says {
            deed.act.adds_hazard(HazardKind::DataLoss, says);
        }
    }
}
