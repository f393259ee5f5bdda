//! Capacity: what runs, and how much of it.

use holdpoint_core::{Class, EffectKind, Hazard, HazardKind};

use super::item::{Item, hazard};
use super::object::{at, text};
use crate::hazard::Assessed;
use crate::value::Node;

pub(super) fn hazards(item: &Item, out: &mut Vec<Hazard>) {
    replicas(item, out);
    if item.effect == EffectKind::Delete && item.is("Pod") && item.part.is_empty() {
        bare(&item.before, item.orphans, out);
    }
    let Some((before, after)) = item.both() else { return };
    let on = |node: &Node<'_>, path: &str| at(node, path).is_some_and(Node::is_true);
    let path = "spec.suspend";
    if (item.is("CronJob") || item.is("Job")) && !on(before, path) && on(after, path) {
        let evidence = format!("`{path}` becomes true, so it no longer runs");
        out.push(hazard(HazardKind::Capacity, pointer(path), evidence));
    }
    if item.is("Node") {
        evicting(before, after, out);
    }
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// Zero where the table cannot see it: in a scale, and where it is not known what there was.
fn replicas(item: &Item, out: &mut Vec<Hazard>) {
    let number = |node: &Node<'_>, path: &str| at(node, path).and_then(Node::as_number);
    let scales = item.part == "scale"
        || matches!(
            item.name.known(),
            Some("Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController")
        );
    let autoscaler = item.is("HorizontalPodAutoscaler");
    let custom = item.name.known().is_none() && number(&item.after, "spec.replicas").is_some();
    let paths: &[&str] = match (scales || custom, autoscaler) {
        (true, _) => &["spec.replicas"],
        (_, true) => &["spec.minReplicas", "spec.maxReplicas"],
        _ => &[],
    };
    for path in paths {
        let was = number(&item.before, path);
        let stopped = number(&item.after, path) == Some(0.0) && item.effect != EffectKind::Delete;
        // What is not written counts as one.
        let ran = was.is_none_or(|n| n > 0.0);
        let said = out.iter().any(|h| h.kind == HazardKind::Capacity && h.attribute == pointer(path));
        let there = item.effect == EffectKind::Update || !item.known;
        if stopped && ran && there && !said {
            out.push(hazard(
                HazardKind::Capacity,
                pointer(path),
                format!("`{path}` becomes 0, so nothing of it runs any more"),
            ));
        }
    }
}

/// A pod that nothing makes again.
fn bare(pod: &Node<'_>, orphans: bool, out: &mut Vec<Hazard>) {
    let owned = at(pod, "metadata.ownerReferences").is_some_and(|owners| !owners.is_empty());
    if *pod != Node::Null && !owned && !orphans {
        out.push(hazard(HazardKind::Capacity, "", "nothing owns it, so nothing makes it again"));
    }
}

/// An eviction is a deletion that respects what guards the pod.
pub(super) fn evicted(item: &Item, mut assessed: Assessed) -> Assessed {
    assessed.class = Class::Compute;
    if text(&item.before, "kind") == "Pod" {
        bare(&item.before, false, &mut assessed.hazards);
    }
    assessed
}

/// A taint that throws out what runs on the node.
fn evicting(before: &Node<'_>, after: &Node<'_>, out: &mut Vec<Hazard>) {
    let keys = |node: &Node<'_>| -> Vec<String> {
        let taints = at(node, "spec.taints").map(Node::items).unwrap_or_default().iter();
        taints.filter(|t| text(t, "effect") == "NoExecute").map(|t| text(t, "key").to_owned()).collect()
    };
    let was = keys(before);
    for key in keys(after).into_iter().filter(|key| !was.contains(key)) {
        let evidence = format!("the taint `{key}` throws out what runs on the node");
        out.push(hazard(HazardKind::Capacity, "/spec/taints", evidence));
    }
}
