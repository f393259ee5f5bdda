//! One resource of a stack, as it becomes an effect.

use std::collections::BTreeMap;

use holdpoint_core::{Class, Effect, EffectKind, Hazard, HazardKind, Manner, Resource};

use super::fate::Fate;
use super::translate::{self, Side};
use super::types::Kind;
use crate::hazard::{self, Subject};
use crate::mask::{self, Masked, Sides};
use crate::pair::{Pair, Shape};
use crate::signs::Signs;
use crate::table::Table;
use crate::value::{Node, step};

/// What is done to one resource, from a change set or from two templates.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    pub(super) address: String,
    pub(super) module: String,
    pub(super) kind: String,
    /// Tells the former resource from the new one under the same logical id.
    pub(super) former: bool,
    pub(super) effect: EffectKind,
    /// Properties and the resource's own attributes, side by side.
    pub(super) before: Node<'a>,
    pub(super) after: Node<'a>,
    /// Pointers of what forces a replace.
    pub(super) forced_by: Vec<String>,
    /// Properties that change without their values being shown.
    pub(super) unseen: Vec<String>,
    /// What becomes of the resource when it is destroyed.
    pub(super) fate: Fate,
    /// What the document itself says is not known.
    pub(super) open: Vec<String>,
    /// Hazards read from elsewhere.
    pub(super) hazards: Vec<Hazard>,
    pub(super) imported_as: Option<String>,
    /// What else belongs to what is approved.
    pub(super) beside: String,
}

/// What every item is judged by.
pub(super) struct Judge<'s> {
    pub(super) table: &'static Table,
    pub(super) types: &'static BTreeMap<String, Kind>,
    pub(super) signs: &'s mut Signs,
}

pub(super) fn unknown(attribute: impl Into<String>, evidence: impl Into<String>) -> Hazard {
    Hazard { kind: HazardKind::Unknown, attribute: attribute.into(), evidence: evidence.into() }
}

impl Judge<'_> {
    /// Turns an item into an effect.
    pub(super) fn effect(&mut self, item: Item<'_>) -> Effect {
        let known = self.types.get(&item.kind);
        let like = known.map_or(item.kind.as_str(), |kind| kind.like.as_str());
        let (before, after) = (translate::side(&item.before, known), translate::side(&item.after, known));
        let masked = self.masked(&before, &after);
        let mut unknown_to: Vec<String> = after.open.iter().cloned().collect();
        unknown_to.extend(item.unseen.iter().map(|name| step("", &translate::name(name, name, known))));
        let effect = match item.fate {
            Fate::Kept if item.effect == EffectKind::Delete => EffectKind::Forget,
            _ => item.effect,
        };
        let subject = Subject {
            effect,
            kind: like,
            create_before_destroy: true,
            deposed: false,
            before: before.node.as_ref(),
            after: after.node.as_ref(),
            unknown: &unknown_to,
            forced_by: &item.forced_by.iter().map(|p| forced(p, known)).collect::<Vec<_>>(),
            masked: &masked,
        };
        let mut assessed = hazard::assess(&subject, self.table);
        item.fate.settle(&item.kind, subject.before, effect, &mut assessed);
        // How CloudFormation waits for a resource is no part of it.
        let waits =
            |hazard: &Hazard| matches!(hazard.attribute.as_str(), "/creation_policy" | "/update_policy");
        assessed.hazards.retain(|hazard| !waits(hazard));
        for hazard in &mut assessed.hazards {
            untranslate(hazard, &before, &after);
        }
        assessed.hazards.extend(self.not_shown(&item, like, known, &before));
        assessed.hazards.extend(not_understood(&item, known, assessed.class));
        assessed.hazards.extend(item.hazards);
        assessed.hazards.dedup();
        if let Some(node) = before.node.as_ref() {
            self.signs.values(&item.address, node, &masked);
        }
        if let Some(node) = after.node.as_ref() {
            self.signs.values(&item.address, node, &masked);
        }
        let mut open: Vec<String> = after.open.iter().filter_map(|p| after.origin.get(p).cloned()).collect();
        open.extend(item.unseen.iter().map(|name| step("", name)));
        let pair = Pair { before: item.before, after: item.after, unknown: open, beside: item.beside };
        let shape = Shape {
            effect,
            resource: Resource {
                address: item.address,
                kind: item.kind,
                provider: String::new(),
                module: item.module,
                deposed: item.former.then(|| "former type".to_owned()),
            },
            create_before_destroy: effect == EffectKind::Replace,
            imported_as: item.imported_as,
            forced_by: item.forced_by,
            manners: Vec::<(Manner, String)>::new(),
        };
        pair.effect(shape, original(masked, &before, &after), assessed)
    }

    fn masked(&self, before: &Side, after: &Side) -> Masked {
        let sides = Sides {
            before: before.node.as_ref(),
            after: after.node.as_ref(),
            marks: [None, None],
            unknown: None,
        };
        mask::find(sides, &self.table.secrets)
    }

    /// Attributes that the table watches, whose values the document does not show.
    fn not_shown(&self, item: &Item<'_>, like: &str, known: Option<&Kind>, before: &Side) -> Vec<Hazard> {
        let mut out = Vec::new();
        if !matches!(item.effect, EffectKind::Update | EffectKind::Replace) {
            return out;
        }
        for name in &item.unseen {
            if self.table.watches(like, &translate::name(name, name, known)) {
                let evidence = format!(
                    "`{name}` changes, and the change set does not show to what: describe it with `--include-property-values`"
                );
                out.push(unknown(step("", name), evidence));
            }
        }
        for pointer in &before.open {
            let at = |side: &Side| side.origin.get(pointer).cloned();
            let same = at(before).is_some_and(|from| value(&item.before, &from) == value(&item.after, &from));
            let root = pointer.split('/').nth(1).unwrap_or_default();
            if !same && self.table.watches(like, root) && item.effect == EffectKind::Update {
                let from = at(before).unwrap_or_default();
                let name = from.trim_start_matches('/').replace('/', ".");
                let evidence =
                    format!("`{name}` was set by a reference, so what it changes from is not shown");
                out.push(unknown(from, evidence));
            }
        }
        out
    }
}

/// A pointer that forces a replace, by the name of the table.
fn forced(pointer: &str, known: Option<&Kind>) -> String {
    let path = pointer.trim_start_matches('/').replace('/', ".");
    let key = path.rsplit('.').next().unwrap_or(&path).to_owned();
    step("", &translate::name(&path, &key, known))
}

/// What this build cannot say about a change of this type.
fn not_understood(item: &Item<'_>, known: Option<&Kind>, class: Class) -> Vec<Hazard> {
    let mut out: Vec<Hazard> = item.open.iter().map(|says| unknown("", says.clone())).collect();
    let custom = item.kind.starts_with("Custom::") || item.kind == "AWS::CloudFormation::CustomResource";
    match item.effect {
        EffectKind::Update | EffectKind::Delete if custom => {
            out.push(unknown("", "it is a custom resource, and what its code does is not shown"));
        }
        EffectKind::Update if known.is_none() => {
            let evidence = if class == Class::Unlisted {
                "this build does not know the type, so the update may replace it"
            } else {
                "which of its properties replace it is not known"
            };
            out.push(unknown("", evidence));
        }
        _ => {}
    }
    out
}

/// The value at a pointer.
pub(super) fn value<'n, 'a>(node: &'n Node<'a>, pointer: &str) -> Option<&'n Node<'a>> {
    let mut at = node;
    for part in pointer.split('/').skip(1) {
        at = match at {
            Node::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            other => other.get(&part.replace("~1", "/").replace("~0", "~"))?,
        };
    }
    Some(at)
}

/// Puts a hazard into the words of the document: where it was read from, and what the attribute is called there.
fn untranslate(hazard: &mut Hazard, before: &Side, after: &Side) {
    let found = after.origin.get(&hazard.attribute).or_else(|| before.origin.get(&hazard.attribute));
    let Some(origin) = found.filter(|_| !hazard.attribute.is_empty()) else { return };
    let (was, is) = (plain(&hazard.attribute), plain(origin));
    hazard.evidence = hazard.evidence.replacen(&format!("`{was}`"), &format!("`{is}`"), 1);
    hazard.attribute.clone_from(origin);
}

/// A pointer as the name of an attribute.
fn plain(pointer: &str) -> String {
    let parts =
        pointer.split('/').filter(|part| !part.is_empty() && !part.bytes().all(|b| b.is_ascii_digit()));
    parts.collect::<Vec<_>>().join(".")
}

/// Sensitive pointers, as they stand in the document.
fn original(masked: Masked, before: &Side, after: &Side) -> Masked {
    let origin = |pointers: Vec<String>| {
        let mut out: Vec<String> = Vec::new();
        for pointer in pointers {
            out.extend([before, after].into_iter().filter_map(|side| side.origin.get(&pointer).cloned()));
        }
        out.sort();
        out.dedup();
        out
    };
    Masked { pointers: origin(masked.pointers), changed: origin(masked.changed) }
}
