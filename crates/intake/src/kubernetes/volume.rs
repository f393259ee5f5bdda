//! Data: volumes and their claims, namespaces, definitions, and what goes with each.

use std::collections::BTreeMap;

use holdpoint_core::{Backup, EffectKind, HazardKind};

use super::item::{Item, hazard};
use super::object::{Name, at, text};
use crate::hazard::Assessed;
use crate::value::Node;

/// What a document shows of the volumes behind claims.
#[derive(Debug, Default)]
pub(super) struct Volumes {
    /// By claim, as `namespace/name`: what happens to the disk when the claim goes.
    reclaims: BTreeMap<String, String>,
    /// By storage class.
    classes: BTreeMap<String, String>,
}

impl Volumes {
    pub(super) fn of<'n>(objects: impl Iterator<Item = &'n Node<'static>>) -> Self {
        let mut volumes = Self::default();
        for node in objects {
            let name = Name::of(node);
            match name.known() {
                Some("PersistentVolume") => {
                    let claim = format!(
                        "{}/{}",
                        text(node, "spec.claimRef.namespace"),
                        text(node, "spec.claimRef.name")
                    );
                    volumes
                        .reclaims
                        .insert(claim, text(node, "spec.persistentVolumeReclaimPolicy").to_owned());
                }
                Some("StorageClass") => {
                    volumes.classes.insert(name.name.clone(), text(node, "reclaimPolicy").to_owned());
                }
                _ => {}
            }
        }
        volumes
    }

    fn keeps(&self, claim: &Item) -> bool {
        let key = format!("{}/{}", claim.name.namespace, claim.name.name);
        let by_class = self.classes.get(text(&claim.before, "spec.storageClassName"));
        // What the volume says counts more than what its class says of new ones.
        self.reclaims.get(&key).or(by_class).is_some_and(|policy| policy == "Retain")
    }
}

/// Adds what goes with an object that is deleted, and corrects what becomes of its disk.
pub(super) fn hazards(item: &Item, volumes: &Volumes, assessed: &mut Assessed) {
    let cascade = |says: &str| hazard(HazardKind::Cascade, "", says);
    if item.effect.destroys() {
        match item.name.known() {
            Some("Namespace") => {
                assessed.hazards.push(cascade("everything in the namespace goes with it, claims on disks and what custom kinds hold among it"));
            }
            Some("CustomResourceDefinition") => {
                let kind: String = text(&item.before, "spec.names.kind").chars().take(63).collect();
                let what = if kind.is_empty() {
                    "every object of its kind".to_owned()
                } else {
                    format!("every `{kind}`")
                };
                assessed
                    .hazards
                    .push(cascade(&format!("{what}, in every namespace, goes with it, and what those own")));
            }
            Some("PersistentVolumeClaim") if volumes.keeps(item) => {
                assessed.backup = Backup::Kept;
                for hazard in assessed.hazards.iter_mut().filter(|h| h.kind == HazardKind::DataLoss) {
                    hazard.evidence = "it holds data and is deleted; its volume is retained".to_owned();
                }
            }
            _ => {}
        }
    }
    claims(item, assessed);
    versions(item, assessed);
}

/// A stateful set that takes its claims along.
fn claims(item: &Item, assessed: &mut Assessed) {
    if !item.is("StatefulSet") {
        return;
    }
    let policy = |node: &Node<'static>, key: &str| {
        at(node, "spec.persistentVolumeClaimRetentionPolicy")
            .is_some_and(|policy| text(policy, key) == "Delete")
    };
    let pointer = "/spec/persistentVolumeClaimRetentionPolicy";
    if item.effect.destroys() && policy(&item.before, "whenDeleted") {
        let evidence = "`whenDeleted` is Delete, so the claims of its pods go with it";
        assessed.hazards.push(hazard(HazardKind::DataLoss, pointer, evidence));
    }
    let Some((before, after)) = item.both() else { return };
    let replicas = |node: &Node<'_>| at(node, "spec.replicas").and_then(Node::as_number).unwrap_or(1.0);
    if policy(after, "whenScaled") && replicas(after) < replicas(before) {
        let evidence = "`whenScaled` is Delete, so the claims of the pods that go are deleted";
        assessed.hazards.push(hazard(HazardKind::DataLoss, pointer, evidence));
    }
    for key in ["whenDeleted", "whenScaled"] {
        if policy(after, key) && !policy(before, key) {
            let evidence = format!("`{key}` becomes Delete, so claims on disks go with its pods");
            assessed.hazards.push(hazard(HazardKind::ProtectionOff, format!("{pointer}/{key}"), evidence));
        }
    }
}

/// A version of a custom kind that is served no longer.
fn versions(item: &Item, assessed: &mut Assessed) {
    if !item.is("CustomResourceDefinition") || item.effect != EffectKind::Update {
        return;
    }
    let Some((before, after)) = item.both() else { return };
    let served = |node: &Node<'static>| -> Vec<String> {
        let list = at(node, "spec.versions").map(Node::items).unwrap_or_default().iter();
        list.filter(|v| v.get("served").is_some_and(Node::is_true))
            .map(|v| text(v, "name").to_owned())
            .collect()
    };
    let now = served(after);
    for version in served(before).into_iter().filter(|version| !now.contains(version)) {
        let evidence = format!(
            "its version `{version}` is no longer served, and who uses it no longer finds its objects"
        );
        assessed.hazards.push(hazard(HazardKind::Cascade, "/spec/versions", evidence));
    }
}
