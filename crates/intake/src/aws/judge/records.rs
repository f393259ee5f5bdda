//! Records of names in Route 53: one change of a batch is one effect.

use std::collections::BTreeSet;

use holdpoint_core::{Class, EffectKind, HazardKind};

use super::deed::Deed;
use super::subject::Subject;
use crate::act::Act;
use crate::value::{Node, find};

/// Records that something is reached by; the others prove or describe.
const SERVES: [&str; 9] = ["A", "AAAA", "CNAME", "MX", "NS", "SRV", "HTTPS", "SVCB", "PTR"];

/// Replaces the deed of a batch by those of its changes.
pub(super) fn judge(subject: &Subject<'_>, deeds: &mut Vec<Deed>) {
    if !subject.is("route53", &["ChangeResourceRecordSets"]) {
        return;
    }
    let changes: Vec<&Node<'_>> = find(&subject.parameters, "ChangeBatch.Changes")
        .into_iter()
        .flat_map(|(_, node)| node.items())
        .collect();
    if changes.is_empty() {
        for deed in deeds.iter_mut() {
            deed.act.adds_hazard(HazardKind::Unknown, "which records change is not shown");
        }
        return;
    }
    let stays: BTreeSet<(String, String)> =
        changes.iter().filter(|change| action(change) != "DELETE").map(|change| record(change)).collect();
    let zone = subject.text("HostedZoneId").unwrap_or_default().trim_start_matches("/hostedzone/").to_owned();
    *deeds =
        changes.iter().enumerate().map(|(n, change)| deed(subject, (n, change), &stays, &zone)).collect();
}

fn deed(
    subject: &Subject<'_>,
    (n, change): (usize, &Node<'_>),
    stays: &BTreeSet<(String, String)>,
    zone: &str,
) -> Deed {
    let (name, kind) = record(change);
    let set = change.get("ResourceRecordSet");
    let address = subject.called("record", &format!("{name} {kind}"));
    let serves = SERVES.contains(&kind.as_str());
    let one_of_several = set.and_then(|set| set.get("SetIdentifier")).is_some_and(|id| !id.is_empty());
    let act = |effect| Act::new(effect, "aws_route53_record", address.clone());
    let act = match action(change).as_str() {
        "DELETE" if stays.contains(&(name.clone(), kind.clone())) => act(EffectKind::Update),
        "DELETE" if serves && one_of_several => {
            act(EffectKind::Update).hazard(HazardKind::Capacity, format!("`{name}` leads to one place less"))
        }
        "DELETE" if serves => {
            let mut act = act(EffectKind::Update).hazard(
                HazardKind::Capacity,
                format!("no {kind} record is left for `{name}`, so it leads nowhere"),
            );
            act.to_zero = true;
            act
        }
        "DELETE" => act(EffectKind::Delete).class(Class::Other),
        "CREATE" => act(EffectKind::Create),
        "UPSERT" if serves && leads_nowhere(set) => {
            let mut act = act(EffectKind::Update).hazard(
                HazardKind::Capacity,
                format!("`{name}` is left without a value, so it leads nowhere"),
            );
            act.to_zero = true;
            act
        }
        "UPSERT" => act(EffectKind::Update),
        other => act(EffectKind::Update)
            .hazard(HazardKind::Unknown, format!("`{}` is no known change of a record", cut(other))),
    };
    Deed {
        act,
        identifiers: vec![format!("{zone}_{}_{kind}", name.trim_end_matches('.'))],
        item: Some(("/ChangeBatch/Changes".to_owned(), n)),
        pointers: Vec::new(),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

fn action(change: &Node<'_>) -> String {
    change.get("Action").and_then(Node::as_str).unwrap_or_default().to_ascii_uppercase()
}

fn record(change: &Node<'_>) -> (String, String) {
    let set = change.get("ResourceRecordSet");
    let text = |key: &str| set.and_then(|set| set.get(key)).and_then(Node::as_str).unwrap_or_default();
    (
        text("Name").chars().take(255).collect::<String>().to_ascii_lowercase(),
        cut(text("Type")).to_ascii_uppercase(),
    )
}

/// A record set without a value, an alias or a place that no packet comes back from.
fn leads_nowhere(set: Option<&Node<'_>>) -> bool {
    let Some(set) = set else { return true };
    if set.get("AliasTarget").is_some_and(|alias| !alias.is_empty())
        || set.get("TrafficPolicyInstanceId").is_some_and(|id| !id.is_empty())
    {
        return false;
    }
    let values: Vec<&str> =
        find(set, "ResourceRecords.Value").iter().filter_map(|(_, node)| node.as_str()).collect();
    values.iter().all(|value| matches!(value.trim(), "" | "0.0.0.0" | "::" | "127.0.0.1" | "::1" | "."))
}
