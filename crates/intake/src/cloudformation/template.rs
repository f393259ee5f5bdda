//! Two templates, old against new.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use holdpoint_core::{EffectKind, Hazard};

use super::fate::{Fate, weakened};
use super::intrinsic::references;
use super::item::{Item, unknown};
use super::resolve::Scope;
use super::types::Kind;
use crate::value::{Node, canonical, find};

/// Attributes of a resource, beside its properties, that are shown and compared.
const ATTRIBUTES: [&str; 5] =
    ["Condition", "CreationPolicy", "DeletionPolicy", "UpdatePolicy", "UpdateReplacePolicy"];

/// What is handed in about a stack.
#[derive(Debug)]
pub(super) struct Stack<'a> {
    pub(super) name: String,
    pub(super) old: Node<'a>,
    pub(super) new: Node<'a>,
    pub(super) parameters: BTreeMap<String, Node<'a>>,
    pub(super) old_parameters: BTreeMap<String, Node<'a>>,
}

/// Both templates, resolved.
pub(super) struct Pairing<'a> {
    old: BTreeMap<String, Entry<'a>>,
    new: BTreeMap<String, Entry<'a>>,
    changed: BTreeSet<String>,
    beside: String,
}

/// One resource of a template.
#[derive(Debug, Clone)]
struct Entry<'a> {
    kind: String,
    node: Node<'a>,
    condition: Option<String>,
}

impl<'a> Pairing<'a> {
    pub(super) fn of(stack: &Stack<'a>) -> Self {
        let mut was = Scope::new(&stack.old, &stack.old_parameters);
        let mut is = Scope::new(&stack.new, &stack.parameters);
        if stack.old != Node::Null && stack.new != Node::Null {
            is.compare(&was);
            was.changed = is.changed.clone();
        }
        let text = |given: &BTreeMap<String, Node<'a>>| {
            given.iter().map(|(name, value)| format!("{name}={}\n", canonical(value))).collect::<String>()
        };
        Self {
            old: entries(&stack.old, &was),
            new: entries(&stack.new, &is),
            changed: is.changed,
            beside: format!("{}\n{}{}", stack.name, text(&stack.parameters), text(&stack.old_parameters)),
        }
    }

    /// How many resources there were, and how many of them stay as they are.
    pub(super) fn counts(&self) -> (u64, u64) {
        let same =
            self.old.iter().filter(|(id, was)| self.new.get(*id).is_some_and(|is| is.node == was.node));
        (self.old.len() as u64, same.count() as u64)
    }

    /// What is done to each resource.
    pub(super) fn items(&self, types: &BTreeMap<String, Kind>) -> Vec<Item<'a>> {
        let replaced = self.replaced(types);
        let mut out = Vec::new();
        let ids: BTreeSet<&String> = self.old.keys().chain(self.new.keys()).collect();
        for id in ids {
            match (self.old.get(id), self.new.get(id)) {
                (Some(was), Some(is)) if was.kind == is.kind => {
                    out.extend(self.modified(id, was, is, types, &replaced))
                }
                (Some(was), Some(is)) => {
                    out.push(Item { former: true, ..self.removed(id, was) });
                    out.push(self.added(id, is));
                }
                (Some(was), None) => out.push(self.removed(id, was)),
                (None, Some(is)) => out.push(self.added(id, is)),
                (None, None) => {}
            }
        }
        out
    }

    fn item(&self, id: &str, kind: &str, effect: EffectKind) -> Item<'a> {
        Item {
            address: id.to_owned(),
            module: String::new(),
            kind: kind.to_owned(),
            former: false,
            effect,
            before: Node::Null,
            after: Node::Null,
            forced_by: Vec::new(),
            unseen: Vec::new(),
            fate: Fate::NotShown,
            open: Vec::new(),
            hazards: Vec::new(),
            imported_as: None,
            beside: self.beside.clone(),
        }
    }

    fn added(&self, id: &str, is: &Entry<'a>) -> Item<'a> {
        Item { after: is.node.clone(), ..self.item(id, &is.kind, EffectKind::Create) }
    }

    fn removed(&self, id: &str, was: &Entry<'a>) -> Item<'a> {
        let fate = Fate::of_removal(&was.kind, &was.node);
        Item { before: was.node.clone(), fate, ..self.item(id, &was.kind, EffectKind::Delete) }
    }

    fn modified(
        &self,
        id: &str,
        was: &Entry<'a>,
        is: &Entry<'a>,
        types: &BTreeMap<String, Kind>,
        replaced: &BTreeMap<String, Vec<String>>,
    ) -> Option<Item<'a>> {
        let mut hazards = weakened(&was.kind, &was.node, &is.node);
        hazards.extend(self.existence(was, is));
        let forced_by = replaced.get(id).cloned().unwrap_or_default();
        if was.node == is.node && hazards.is_empty() && forced_by.is_empty() {
            return None;
        }
        let effect = if forced_by.is_empty() { EffectKind::Update } else { EffectKind::Replace };
        let mut open = Vec::new();
        if effect == EffectKind::Update {
            let perhaps = types.get(&was.kind).map(|kind| kind.perhaps.as_slice()).unwrap_or_default();
            for path in perhaps.iter().filter(|path| differs(&was.node, &is.node, path).is_some()) {
                open.push(format!("`{path}` changes, which in some cases replaces it"));
            }
            open.extend(nested(&was.kind, &was.node, &is.node));
            open.extend(expands(&was.kind, &was.node, &is.node));
        }
        let fate = Fate::of_replace(&was.node).min(Fate::of_replace(&is.node));
        let (before, after) = (was.node.clone(), is.node.clone());
        Some(Item { before, after, forced_by, fate, open, hazards, ..self.item(id, &was.kind, effect) })
    }

    /// Whether a resource exists hangs on a condition that has changed.
    fn existence(&self, was: &Entry<'_>, is: &Entry<'_>) -> Option<Hazard> {
        let other = is.condition.as_ref().is_some_and(|name| self.changed.contains(name));
        if was.condition == is.condition && !other {
            return None;
        }
        let name = is.condition.as_ref().or(was.condition.as_ref())?;
        let evidence =
            format!("whether it exists depends on the condition `{name}`, which changes: it may be deleted");
        is.condition.is_some().then(|| unknown("/Condition", evidence))
    }

    /// Every resource that is replaced, with what forces it: its own properties, or a reference to one that is.
    fn replaced(&self, types: &BTreeMap<String, Kind>) -> BTreeMap<String, Vec<String>> {
        let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let both: Vec<(&String, &Entry<'a>, &Entry<'a>, &[String])> = self
            .old
            .iter()
            .filter_map(|(id, was)| {
                let is = self.new.get(id).filter(|is| is.kind == was.kind)?;
                Some((id, was, is, types.get(&was.kind)?.replaces.as_slice()))
            })
            .collect();
        loop {
            let before = out.len();
            for (id, was, is, paths) in &both {
                if out.contains_key(*id) {
                    continue;
                }
                let forced: Vec<String> = paths
                    .iter()
                    .filter_map(|path| {
                        differs(&was.node, &is.node, path).or_else(|| refers(&is.node, path, &out))
                    })
                    .collect();
                if !forced.is_empty() {
                    out.insert((*id).clone(), forced);
                }
            }
            if out.len() == before {
                return out;
            }
        }
    }
}

/// The pointer of a property that is another before and after.
fn differs(before: &Node<'_>, after: &Node<'_>, path: &str) -> Option<String> {
    let (was, is) = (find(before, path), find(after, path));
    let values = |found: &[(String, &Node<'_>)]| {
        found.iter().filter(|(_, n)| !n.is_empty()).map(|(_, n)| canonical(n)).collect::<Vec<_>>()
    };
    if values(&was) == values(&is) {
        return None;
    }
    is.first().or(was.first()).map(|(pointer, _)| pointer.clone())
}

/// The pointer of a property that names something that is replaced.
fn refers(node: &Node<'_>, path: &str, replaced: &BTreeMap<String, Vec<String>>) -> Option<String> {
    find(node, path).into_iter().find_map(|(pointer, value)| {
        let mut names = Vec::new();
        references(value, &mut names);
        names.iter().any(|name| replaced.contains_key(name)).then_some(pointer)
    })
}

/// A stack within the stack, whose template lies elsewhere.
fn nested(kind: &str, before: &Node<'_>, after: &Node<'_>) -> Option<String> {
    let other = |key: &str| before.get(key) != after.get(key);
    (kind == "AWS::CloudFormation::Stack"
        && (other("TemplateURL") || other("TemplateBody") || other("Parameters")))
    .then(|| "it is a stack of its own, and what changes in it is not shown".to_owned())
}

/// A resource of the serverless transform, where what changes is what it expands to.
fn expands(kind: &str, before: &Node<'_>, after: &Node<'_>) -> Option<String> {
    let wide = ["Auth", "Events", "FunctionUrlConfig", "Policies", "Role", "DefinitionBody", "DefinitionUri"];
    let other = || wide.iter().any(|key| before.get(key) != after.get(key));
    (kind.starts_with("AWS::Serverless::") && other()).then(|| {
        "a transform turns it into other resources, and what changes in those is not shown".to_owned()
    })
}

/// The resources of a template, each as one value: properties and attributes side by side.
fn entries<'a>(template: &Node<'a>, scope: &Scope<'a>) -> BTreeMap<String, Entry<'a>> {
    let mut out = BTreeMap::new();
    for (id, resource) in template.get("Resources").map(Node::members).unwrap_or_default() {
        let Some(kind) = resource.get("Type").and_then(Node::as_str) else { continue };
        let condition = resource.get("Condition").and_then(Node::as_str).map(str::to_owned);
        let node = flat(resource, |node| scope.resolve(node));
        out.insert(id.to_string(), Entry { kind: kind.to_owned(), node, condition });
    }
    out
}

/// A resource's properties and attributes side by side.
pub(super) fn flat<'a>(resource: &Node<'a>, resolve: impl Fn(&Node<'a>) -> Node<'a>) -> Node<'a> {
    let mut members: Vec<(Cow<'a, str>, Node<'a>)> = match resource.get("Properties").map(&resolve) {
        Some(Node::Object(members)) => members.into_iter().filter(|(_, node)| *node != Node::Null).collect(),
        _ => Vec::new(),
    };
    for key in ATTRIBUTES {
        if let Some(node) = resource.get(key)
            && !members.iter().any(|(name, _)| name == key)
        {
            members.push((Cow::Borrowed(key), resolve(node)));
        }
    }
    let init = "AWS::CloudFormation::Init";
    if let Some(node) = resource.get("Metadata").and_then(|node| node.get(init)) {
        members.push((Cow::Borrowed(init), resolve(node)));
    }
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    Node::Object(members)
}

/// What of a template is written by code that runs elsewhere.
pub(super) fn macros(template: &Node<'_>) -> bool {
    let named = |node: &Node<'_>| {
        let name = node.as_str().or_else(|| node.get("Name").and_then(Node::as_str)).unwrap_or_default();
        !name.starts_with("AWS::") || name == "AWS::Include"
    };
    let listed = match template.get("Transform") {
        None | Some(Node::Null) => false,
        Some(Node::Array(items)) => items.iter().any(named),
        Some(one) => named(one),
    };
    listed || holds_transform(template)
}

fn holds_transform(node: &Node<'_>) -> bool {
    match node {
        Node::Array(items) => items.iter().any(holds_transform),
        Node::Object(members) => members.iter().any(|(key, value)| {
            key == "Fn::Transform" || key.starts_with("Fn::ForEach::") || holds_transform(value)
        }),
        _ => false,
    }
}
