//! Lifecycle rules that delete every object of a bucket.

use holdpoint_core::{EffectKind, Hazard, HazardKind};

use super::{Subject, hazard, says_nothing};
use crate::value::{Node, find};

/// What narrows a rule down to some objects.
const NARROWS: [&str; 8] = [
    "prefix",
    "filter.prefix",
    "filter.tag",
    "filter.and",
    "filter.object_size_greater_than",
    "filter.object_size_less_than",
    "tags",
    "filter.tags",
];

/// A rule that newly deletes everything, or deletes everything sooner than before. On a bucket that is new itself, that
/// is what the bucket is for.
pub(super) fn read(subject: &Subject<'_, '_>, out: &mut Vec<Hazard>) {
    let (rules, bucket) = match subject.kind {
        "aws_s3_bucket_lifecycle_configuration" => ("rule", "/bucket"),
        "aws_s3_bucket" => ("lifecycle_rule", "/id"),
        _ => return,
    };
    if subject.effect == EffectKind::Create && subject.is_unknown(bucket) {
        return;
    }
    let soonest = |side: Option<&Node<'_>>| side.and_then(|root| everything(root, rules));
    let Some(days) = soonest(subject.after) else { return };
    if soonest(subject.before).is_none_or(|before| days < before) {
        let evidence = format!("a lifecycle rule deletes every object that is older than {days} days");
        out.push(hazard(HazardKind::DataLoss, format!("/{rules}"), evidence));
    }
}

/// After how many days the first rule in force deletes whatever there is; a date is none at all.
fn everything(root: &Node<'_>, rules: &str) -> Option<f64> {
    let days =
        root.get(rules)?.items().iter().filter(|rule| is_on(rule) && !is_narrow(rule)).flat_map(|rule| {
            let dates =
                find(rule, "expiration.date").into_iter().filter(|(_, date)| !date.is_empty()).map(|_| 0.0);
            let days = find(rule, "expiration.days").into_iter().filter_map(|(_, days)| days.as_number());
            dates.chain(days.filter(|days| *days > 0.0)).collect::<Vec<_>>()
        });
    days.min_by(f64::total_cmp)
}

fn is_on(rule: &Node<'_>) -> bool {
    rule.get("status").is_some_and(|status| status.as_str() == Some("Enabled"))
        || rule.get("enabled") == Some(&Node::Bool(true))
}

fn is_narrow(rule: &Node<'_>) -> bool {
    NARROWS.iter().any(|path| find(rule, path).iter().any(|(_, node)| !is_wide(node)))
}

/// What says nothing narrows nothing down, and neither does a size of nought.
fn is_wide(node: &Node<'_>) -> bool {
    node.as_number() == Some(0.0) || says_nothing(node)
}
