//! What only shows when the effects of a change are looked at together.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_core::{Backup, Class, Effect, HazardKind};

use super::hazard;
use crate::table::Table;
use crate::value::{Node, find, parse};

/// Attributes by which a backup names what it was taken of, and by which that names itself.
const NAMES: [&str; 14] = [
    "id",
    "arn",
    "identifier",
    "cluster_identifier",
    "db_instance_identifier",
    "name",
    "bucket",
    "replication_group_id",
    "cluster_id",
    "domain_name",
    "self_link",
    "volume_id",
    "resource_id",
    "table_name",
];

/// A source that is destroyed together with the backups taken of it.
pub(crate) fn across(effects: &mut [Effect], _table: &Table) {
    let mut taken_of: BTreeMap<String, String> = BTreeMap::new();
    for backup in effects.iter().filter(|e| e.effect.destroys() && e.class == Class::Backup) {
        for text in mentions(backup) {
            taken_of.entry(text).or_insert_with(|| backup.resource.address.clone());
        }
    }
    if taken_of.is_empty() {
        return;
    }
    for effect in effects.iter_mut().filter(|e| e.effect.destroys() && e.class == Class::Data) {
        let Some(backup) = own_names(effect).iter().find_map(|name| taken_of.get(name)) else { continue };
        let evidence = format!("the same change deletes its backup `{backup}`");
        effect.backup = Backup::RemovedWithIt;
        effect.hazards.push(hazard(HazardKind::BackupLoss, "", evidence));
    }
}

/// Every string of a backup but its own names and its tags.
fn mentions(effect: &Effect) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let Some(raw) = &effect.before else { return out };
    let Ok(root) = parse(raw.get()) else { return out };
    for (key, value) in root.members() {
        if !matches!(key.as_ref(), "id" | "arn" | "name" | "tags" | "tags_all" | "description" | "engine") {
            strings(value, &mut out);
        }
    }
    out
}

fn strings(node: &Node<'_>, out: &mut BTreeSet<String>) {
    match node {
        Node::String(text) if text.len() > 2 => {
            out.insert(text.clone().into_owned());
        }
        Node::Array(items) => items.iter().for_each(|item| strings(item, out)),
        Node::Object(members) => members.iter().for_each(|(_, value)| strings(value, out)),
        _ => {}
    }
}

fn own_names(effect: &Effect) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let Some(raw) = &effect.before else { return out };
    let Ok(root) = parse(raw.get()) else { return out };
    for name in NAMES {
        for (_, node) in find(&root, name) {
            out.extend(node.as_str().filter(|text| text.len() > 2).map(str::to_owned));
        }
    }
    out
}
