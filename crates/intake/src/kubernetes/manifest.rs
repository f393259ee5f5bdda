//! Manifests: applied, deleted or replaced, and what there was compared with what there will be.

use std::collections::BTreeMap;

use holdpoint_core::{EffectKind, Manner};

use super::WORDS;
use super::item::Item;
use super::object::{Name, at, check, clean, text};
use crate::ReadError;
use crate::value::{Node, find};

/// Fields that cannot be changed on an object that stays, by kind.
const IMMUTABLE: [(&str, &[&str]); 12] = [
    ("Deployment", &["spec.selector"]),
    ("DaemonSet", &["spec.selector"]),
    ("ReplicaSet", &["spec.selector"]),
    (
        "StatefulSet",
        &["spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"],
    ),
    ("Job", &["spec.selector", "spec.template", "spec.completionMode"]),
    ("Service", &["spec.clusterIP"]),
    (
        "PersistentVolumeClaim",
        &["spec.storageClassName", "spec.accessModes", "spec.volumeName", "spec.volumeMode", "spec.selector"],
    ),
    (
        "PersistentVolume",
        &[
            "spec.csi",
            "spec.nfs",
            "spec.hostPath",
            "spec.local",
            "spec.awsElasticBlockStore",
            "spec.gcePersistentDisk",
        ],
    ),
    ("StorageClass", &["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"]),
    ("RoleBinding", &["roleRef"]),
    ("ClusterRoleBinding", &["roleRef"]),
    ("Secret", &["type"]),
];

/// A manifest of which nothing says what there was before.
pub(super) fn applied(node: Node<'static>) -> Vec<Item> {
    let name = Name::of(&node);
    // Only an object that came from a server has a uid.
    let lives = at(&node, "metadata.uid").is_some();
    let effect = if lives { EffectKind::Update } else { EffectKind::Create };
    vec![Item { known: false, ..Item::new(name, effect, Node::Null, clean(node, false)) }]
}

/// What a wrapper says.
pub(super) struct Compared {
    pub(super) items: Vec<Item>,
    pub(super) same: Vec<Node<'static>>,
    pub(super) unchanged: u64,
    pub(super) whole: bool,
}

/// `{"verb": …, "old": […], "new": […]}`.
pub(super) fn wrapped(node: &Node<'static>) -> Result<Compared, ReadError> {
    let verb = match node.get("verb") {
        None | Some(Node::Null) => "apply",
        Some(Node::String(verb)) if matches!(verb.as_ref(), "apply" | "create" | "delete" | "replace") => {
            verb
        }
        Some(_) => return Err(wrong("verb")),
    };
    let shown = node.get("old").is_some_and(|old| *old != Node::Null);
    let (mut old, new) = (objects(node, "old")?, objects(node, "new")?);
    let mut out = Compared { items: Vec::new(), same: Vec::new(), unchanged: 0, whole: shown };
    if verb == "delete" {
        let named: Vec<Name> =
            if new.is_empty() { old.keys().cloned().collect() } else { new.keys().cloned().collect() };
        for name in named {
            let before = old.remove(&name).or_else(|| new.get(&name).cloned()).unwrap_or(Node::Null);
            out.items.push(Item::new(name, EffectKind::Delete, before, Node::Null));
        }
        out.same = old.into_values().collect();
        return Ok(options(node, out));
    }
    let forced = verb == "replace" && node.get("force").is_some_and(Node::is_true);
    for (name, after) in new {
        match old.remove(&name) {
            Some(before) if before == after && !forced => {
                out.unchanged = out.unchanged.saturating_add(1);
                out.same.push(after);
            }
            Some(before) => out.items.push(changed(name, before, after, forced)),
            None if shown && verb != "replace" => {
                out.items.push(Item::new(name, EffectKind::Create, Node::Null, after))
            }
            None => {
                let effect = match verb {
                    "replace" if forced => EffectKind::Replace,
                    "replace" => EffectKind::Update,
                    _ => EffectKind::Create,
                };
                let known = verb == "create";
                out.items.push(Item { known, ..Item::new(name, effect, Node::Null, after) });
            }
        }
    }
    if verb == "apply" {
        out.items.extend(
            old.into_iter().map(|(name, before)| Item::new(name, EffectKind::Delete, before, Node::Null)),
        );
    } else {
        out.same.extend(old.into_values());
    }
    Ok(options(node, out))
}

fn wrong(path: &str) -> ReadError {
    ReadError::WrongPart { path: path.to_owned(), what: WORDS.what }
}

fn options(node: &Node<'_>, mut out: Compared) -> Compared {
    let orphans = text(node, "propagationPolicy") == "Orphan" || text(node, "cascade") == "orphan";
    for item in &mut out.items {
        item.orphans = orphans;
        item.beside = format!("{} {}", text(node, "verb"), if orphans { "orphan" } else { "" });
        if node.get("force").is_some_and(Node::is_true) && item.effect.destroys() {
            item.manners.push((Manner::Forced, "`force` does not wait for what is deleted".to_owned()));
        }
    }
    out
}

fn changed(name: Name, before: Node<'static>, after: Node<'static>, forced: bool) -> Item {
    let mut forced_by = Vec::new();
    let fields = IMMUTABLE.iter().find(|(kind, _)| name.known() == Some(kind)).map(|(_, fields)| *fields);
    for field in fields.unwrap_or_default() {
        let (was, is) = (find(&before, field), find(&after, field));
        let value = |found: &[(String, &Node<'static>)]| found.first().map(|(_, node)| (*node).clone());
        // What the server fills in is not missing from what is written.
        let differs = match (value(&was), value(&is)) {
            (Some(was), Some(is)) => was != is && !is.is_empty(),
            (None, Some(is)) => !is.is_empty() && *field != "spec.clusterIP" && *field != "spec.volumeName",
            _ => false,
        };
        if differs {
            forced_by.extend(is.first().map(|(pointer, _)| pointer.clone()));
        }
    }
    let immutable = before.get("immutable").is_some_and(Node::is_true);
    if immutable && matches!(name.known(), Some("Secret" | "ConfigMap")) {
        forced_by.push("/immutable".to_owned());
    }
    let replaces = forced || !forced_by.is_empty();
    let effect = if replaces { EffectKind::Replace } else { EffectKind::Update };
    Item { forced_by, ..Item::new(name, effect, before, after) }
}

fn objects(node: &Node<'static>, key: &str) -> Result<BTreeMap<Name, Node<'static>>, ReadError> {
    let mut out = BTreeMap::new();
    if let Some(list) = node.get(key) {
        collect(list, key, &mut out)?;
    }
    Ok(out)
}

fn collect(node: &Node<'static>, at: &str, out: &mut BTreeMap<Name, Node<'static>>) -> Result<(), ReadError> {
    let list = text(node, "kind").ends_with("List").then(|| node.get("items")).flatten();
    match list.unwrap_or(node) {
        Node::Null => Ok(()),
        Node::Array(items) => {
            items.iter().enumerate().try_for_each(|(n, item)| collect(item, &format!("{at}[{n}]"), out))
        }
        object => {
            check(object, at)?;
            let name = Name::of(object);
            let address = name.address();
            match out.insert(name, clean(object.clone(), false)) {
                Some(_) => Err(ReadError::Twice { address: address.chars().take(200).collect() }),
                None => Ok(()),
            }
        }
    }
}
