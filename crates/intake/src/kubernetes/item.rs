//! One object of a change, as it becomes an effect.

use std::borrow::Cow;

use holdpoint_core::{Class, Effect, EffectKind, Hazard, HazardKind, Manner, Resource};

use super::object::{Name, at};
use super::volume::Volumes;
use super::{access, guard, pod, volume, workload};
use crate::hazard::{self, Assessed, Subject};
use crate::mask::{self, Masked, Sides};
use crate::pair::{Pair, Shape};
use crate::signs::Signs;
use crate::table::Table;
use crate::value::Node;

/// What is done to one object.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) name: Name,
    pub(super) address: String,
    /// The part of the object that is spoken to, for example `scale`.
    pub(super) part: String,
    pub(super) effect: EffectKind,
    pub(super) before: Node<'static>,
    pub(super) after: Node<'static>,
    /// Whether what it was before is shown, or it is known that it was not there.
    pub(super) known: bool,
    /// Whether it is a request to the server, one of a sequence.
    pub(super) request: bool,
    /// What depends on it stays.
    pub(super) orphans: bool,
    pub(super) forced_by: Vec<String>,
    pub(super) manners: Vec<(Manner, String)>,
    /// Hazards read from the request itself.
    pub(super) hazards: Vec<Hazard>,
    /// What else belongs to what is approved.
    pub(super) beside: String,
}

impl Item {
    pub(super) fn new(name: Name, effect: EffectKind, before: Node<'static>, after: Node<'static>) -> Self {
        let address = name.address();
        Self {
            name,
            address,
            part: String::new(),
            effect,
            before,
            after,
            known: true,
            request: false,
            orphans: false,
            forced_by: Vec::new(),
            manners: Vec::new(),
            hazards: Vec::new(),
            beside: String::new(),
        }
    }

    /// Whether it is of this kind, whatever the version.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.name.known() == Some(kind)
    }

    /// Both sides, where it was there and stays.
    pub(super) fn both(&self) -> Option<(&Node<'static>, &Node<'static>)> {
        let stays =
            self.effect == EffectKind::Update && self.before != Node::Null && self.after != Node::Null;
        stays.then_some((&self.before, &self.after))
    }
}

/// A hazard of an attribute; an empty one is the object as a whole.
pub(super) fn hazard(kind: HazardKind, attribute: impl Into<String>, evidence: impl Into<String>) -> Hazard {
    Hazard { kind, attribute: attribute.into(), evidence: evidence.into() }
}

/// What every item is judged by.
pub(super) struct Judge<'s> {
    pub(super) table: &'static Table,
    pub(super) signs: &'s mut Signs<'static>,
    pub(super) volumes: &'s Volumes,
}

impl Judge<'_> {
    /// Turns an item into an effect.
    pub(super) fn effect(&mut self, item: Item) -> Effect {
        let masked = self.masked(&item);
        let class = self.table.class("", item.name.known());
        let mut assessed = self.assessed(&item, class, &masked);
        assessed.hazards.extend(item.hazards.iter().cloned());
        assessed.hazards.dedup();
        self.signs.address(&item.name.namespace);
        for side in [&item.before, &item.after] {
            self.signs.values(&item.address, side, &masked);
        }
        let shape = Shape {
            effect: item.effect,
            resource: Resource {
                kind: if item.part.is_empty() {
                    item.name.kind()
                } else {
                    format!("{}/{}", item.name.kind(), item.part)
                },
                address: item.address,
                provider: String::new(),
                module: String::new(),
                deposed: None,
            },
            create_before_destroy: false,
            imported_as: None,
            forced_by: item.forced_by,
            manners: item.manners,
        };
        Pair { before: item.before, after: item.after, unknown: Vec::new(), beside: item.beside }
            .effect(shape, masked, assessed)
    }

    fn assessed(&self, item: &Item, class: Class, masked: &Masked) -> Assessed {
        let none = Assessed { class, ..Assessed::default() };
        if !super::writes(item.effect) || !item.part.is_empty() && item.part != "scale" {
            return if item.part == "eviction" { workload::evicted(item, none) } else { none };
        }
        let kind = item.name.kind();
        let subject = Subject {
            effect: item.effect,
            kind: &kind,
            create_before_destroy: false,
            deposed: false,
            before: there(&item.before),
            after: there(&item.after),
            unknown: &[],
            forced_by: &item.forced_by,
            masked,
        };
        let mut assessed = hazard::transitions(&subject, class, self.table);
        if item.orphans {
            assessed.hazards.retain(|hazard| hazard.kind != HazardKind::Capacity);
        }
        volume::hazards(item, self.volumes, &mut assessed);
        workload::hazards(item, &mut assessed.hazards);
        pod::hazards(item, &mut assessed.hazards);
        access::hazards(item, &mut assessed.hazards);
        guard::hazards(item, &mut assessed.hazards);
        assessed
    }

    fn masked(&self, item: &Item) -> Masked {
        let marks = [secrets(item, &item.before), secrets(item, &item.after)];
        let sides = Sides {
            before: there(&item.before),
            after: there(&item.after),
            marks: marks.each_ref().map(Option::as_ref),
            unknown: None,
        };
        mask::find(sides, &self.table.secrets)
    }
}

fn there<'n>(node: &'n Node<'static>) -> Option<&'n Node<'static>> {
    (*node != Node::Null).then_some(node)
}

/// The annotation in which kubectl keeps the whole object as it was last applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Every value of a Secret, as a tree of flags; its keys may be seen.
fn secrets(item: &Item, node: &Node<'static>) -> Option<Node<'static>> {
    if !item.is("Secret") || *node == Node::Null {
        return None;
    }
    let flag = |node: &Node<'static>| match node {
        Node::Object(members) => {
            Node::Object(members.iter().map(|(key, _)| (key.clone(), Node::Bool(true))).collect())
        }
        _ => Node::Bool(true),
    };
    let object = |key: &'static str, node| Node::Object(vec![(Cow::Borrowed(key), node)]);
    let mut members = Vec::new();
    for key in ["data", "stringData"] {
        members.extend(node.get(key).map(|node| (Cow::Borrowed(key), flag(node))));
    }
    if at(node, "metadata.annotations").is_some_and(|all| all.get(LAST_APPLIED).is_some()) {
        members
            .push((Cow::Borrowed("metadata"), object("annotations", object(LAST_APPLIED, Node::Bool(true)))));
    }
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    Some(Node::Object(members))
}
