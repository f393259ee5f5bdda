//! What would have stopped a disaster: finalizers, budgets, and marks that controllers respect.

use holdpoint_core::{Hazard, HazardKind};

use super::item::{Item, hazard};
use super::object::{at, texts};
use crate::value::{Node, step};

/// Labels and annotations that protect while they have one of these values: (where, key, values).
const MARKS: [(&str, &str, &[&str]); 7] = [
    ("annotations", "helm.sh/resource-policy", &["keep"]),
    (
        "annotations",
        "argocd.argoproj.io/sync-options",
        &["Prune=false", "Delete=false", "Prune=false,Delete=false"],
    ),
    ("annotations", "cluster-autoscaler.kubernetes.io/safe-to-evict", &["false"]),
    ("annotations", "kustomize.toolkit.fluxcd.io/prune", &["disabled"]),
    ("labels", "pod-security.kubernetes.io/enforce", &["restricted", "baseline"]),
    ("labels", "kustomize.toolkit.fluxcd.io/prune", &["disabled"]),
    ("annotations", "kubectl.kubernetes.io/deletion-protection", &["true", "enabled"]),
];

pub(super) fn hazards(item: &Item, out: &mut Vec<Hazard>) {
    let Some((before, after)) = item.both() else { return };
    for path in ["metadata.finalizers", "spec.finalizers"] {
        let left = texts(after, path);
        for name in texts(before, path).into_iter().filter(|name| !left.contains(name)) {
            let name: String = name.chars().take(100).collect();
            let evidence = format!(
                "the finalizer `{name}` is removed, so what it cleans up or guards is not waited for"
            );
            out.push(hazard(HazardKind::ProtectionOff, format!("/{}", path.replace('.', "/")), evidence));
        }
    }
    for (place, key, values) in MARKS {
        let value = |node: &Node<'static>| {
            at(node, "metadata")
                .and_then(|m| m.get(place))
                .and_then(|m| m.get(key))
                .and_then(Node::as_str)
                .map(str::to_owned)
        };
        let on = |value: &Option<String>| value.as_deref().is_some_and(|value| values.contains(&value));
        let (was, is) = (value(before), value(after));
        if on(&was) && !on(&is) {
            let pointer = step(&format!("/metadata/{place}"), key);
            out.push(hazard(HazardKind::ProtectionOff, pointer, format!("`{key}` no longer protects it")));
        }
    }
    let paused = |node: &Node<'_>| at(node, "spec.paused").is_some_and(Node::is_true);
    if item.is("Schedule") && !paused(before) && paused(after) {
        out.push(hazard(
            HazardKind::BackupLoss,
            "/spec/paused",
            "`spec.paused` becomes true, so no backups are made",
        ));
    }
    if item.is("PodDisruptionBudget") {
        budget(before, after, out);
    }
}

/// A budget that allows every disruption.
fn budget(before: &Node<'_>, after: &Node<'_>, out: &mut Vec<Hazard>) {
    let word = |node: &Node<'_>, path: &str| match at(node, path) {
        Some(Node::String(text) | Node::Number(text)) => text.to_string(),
        _ => String::new(),
    };
    let allows_all = |node: &Node<'_>| {
        word(node, "spec.maxUnavailable") == "100%"
            || matches!(word(node, "spec.minAvailable").as_str(), "0" | "0%")
    };
    if !allows_all(before) && allows_all(after) {
        out.push(hazard(
            HazardKind::ProtectionOff,
            "/spec",
            "it allows all of its pods to be gone at the same time",
        ));
    }
}
