//! Change sets, as `aws cloudformation describe-change-set` prints them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use holdpoint_core::EffectKind;

use super::fate::{Fate, weakened};
use super::item::{Item, unknown};
use super::template::flat;
use super::{WORDS, wrong};
use crate::ReadError;
use crate::value::{Node, canonical, parse};

/// One change of a set, with what it says of the graph.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) item: Item<'static>,
    /// The logical ids of what makes it change.
    pub(super) causes: Vec<String>,
    pub(super) physical: String,
    /// The account and region of its stack.
    pub(super) lies: (Option<String>, Option<String>),
    /// The change set of the stack that it is.
    pub(super) nested: Option<String>,
}

/// Every change of a set.
pub(super) fn changes(set: &Node<'_>) -> Result<Vec<Listed>, ReadError> {
    if set.get("NextToken").is_some_and(|token| !token.is_empty()) {
        return Err(ReadError::Paged);
    }
    let changes = match set.get("Changes") {
        Some(Node::Array(items)) => items.as_slice(),
        None | Some(Node::Null) => &[],
        Some(_) => return Err(wrong("Changes")),
    };
    let beside = ["StackName", "Parameters", "Capabilities"]
        .map(|key| set.get(key).map(canonical).unwrap_or_default())
        .join("\n");
    let lies = lies(set.get("StackId").and_then(Node::as_str).unwrap_or_default());
    let mut out = Vec::new();
    for (n, change) in changes.iter().enumerate() {
        let Some(resource) = change.get("ResourceChange") else {
            // Hooks and resources are the only changes there are.
            return Err(wrong(&format!("Changes[{n}].ResourceChange")));
        };
        let mut read =
            listed(resource, &beside).ok_or_else(|| wrong(&format!("Changes[{n}].ResourceChange")))?;
        read.lies.clone_from(&lies);
        out.push(read);
    }
    Ok(out)
}

/// The account and region in the ARN of a stack.
fn lies(arn: &str) -> (Option<String>, Option<String>) {
    let part = |n: usize| arn.split(':').nth(n).filter(|part| !part.is_empty()).map(str::to_owned);
    if arn.starts_with("arn:") { (part(4), part(3)) } else { (None, None) }
}

fn listed(change: &Node<'_>, beside: &str) -> Option<Listed> {
    let text = |key: &str| change.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    let (logical, kind, action) = (text("LogicalResourceId"), text("ResourceType"), text("Action"));
    if logical.is_empty() || kind.is_empty() || action.is_empty() {
        return None;
    }
    let details = change.get("Details").map(Node::items).unwrap_or_default();
    let mut sides = Sides::of(change, details);
    let replacement = text("Replacement");
    let (effect, says) = done(&action, &replacement);
    let open = says.map(str::to_owned).into_iter().collect();
    let mut hazards = Vec::new();
    if effect == EffectKind::Update {
        hazards.extend(weakened(&kind, &sides.before, &sides.after));
        for attribute in &sides.policies {
            hazards.push(unknown(
                format!("/{attribute}"),
                format!("`{attribute}` changes, and to what is not shown"),
            ));
        }
    }
    let fate = fate(&text("PolicyAction"), effect, &kind, &sides);
    let nested = (kind == "AWS::CloudFormation::Stack").then(|| text("ChangeSetId"));
    if action == "Add" {
        sides.before = Node::Null;
    }
    if action == "Remove" {
        sides.after = Node::Null;
    }
    let causes =
        details.iter().filter_map(|d| d.get("CausingEntity")?.as_str()?.split('.').next().map(str::to_owned));
    let item = Item {
        address: logical,
        module: String::new(),
        kind,
        former: false,
        effect,
        before: sides.before,
        after: sides.after,
        forced_by: sides.forced_by,
        unseen: sides.unseen,
        fate,
        open,
        hazards,
        imported_as: (action == "Import").then(|| text("PhysicalResourceId")),
        beside: format!(
            "{beside}\n{action} {replacement} {}",
            change.get("Details").map(canonical).unwrap_or_default()
        ),
    };
    let physical = text("PhysicalResourceId");
    Some(Listed { item, causes: causes.collect(), physical, lies: (None, None), nested })
}

/// What an action does, and what it leaves open.
fn done(action: &str, replacement: &str) -> (EffectKind, Option<&'static str>) {
    match (action, replacement) {
        ("Add", _) => (EffectKind::Create, None),
        ("Remove", _) => (EffectKind::Delete, None),
        ("Import", _) | ("Modify", "False" | "") => (EffectKind::Update, None),
        ("Modify", "True") => (EffectKind::Replace, None),
        ("Modify", "Conditional") => {
            let says =
                "it may be replaced: whether it is depends on values that are only known while it changes";
            (EffectKind::Replace, Some(says))
        }
        ("Dynamic", _) => (EffectKind::Update, Some("what happens to it is only known while it changes")),
        _ => (EffectKind::Update, Some("its action is one that this build does not know")),
    }
}

fn fate(action: &str, effect: EffectKind, kind: &str, sides: &Sides) -> Fate {
    match effect {
        _ if !action.is_empty() => Fate::of(action),
        EffectKind::Delete if sides.before.get("DeletionPolicy").is_some() => {
            Fate::of_removal(kind, &sides.before)
        }
        EffectKind::Replace if sides.before.get("UpdateReplacePolicy").is_some() => {
            Fate::of_replace(&sides.before)
        }
        _ => Fate::NotShown,
    }
}

/// What a change shows of the values before and after.
struct Sides {
    before: Node<'static>,
    after: Node<'static>,
    forced_by: Vec<String>,
    unseen: Vec<String>,
    policies: Vec<String>,
}

impl Sides {
    fn of(change: &Node<'_>, details: &[Node<'_>]) -> Self {
        let context = |key: &str| {
            let text = change.get(key)?.as_str()?;
            parse(text).ok().map(|node| flat(&node.owned(), Clone::clone))
        };
        let (before, after) = (context("BeforeContext"), context("AfterContext"));
        let whole = before.is_some() && after.is_some();
        let mut sides = Self {
            before: Node::Null,
            after: Node::Null,
            forced_by: Vec::new(),
            unseen: Vec::new(),
            policies: Vec::new(),
        };
        let mut shown: [BTreeMap<String, Node<'static>>; 2] = Default::default();
        for detail in details {
            sides.detail(detail, whole, &mut shown);
        }
        for list in [&mut sides.forced_by, &mut sides.unseen, &mut sides.policies] {
            list.sort();
            list.dedup();
        }
        let [was, is] = shown.map(|values| {
            let members = values.into_iter().map(|(key, value)| (Cow::Owned(key), value)).collect();
            Node::Object(members)
        });
        sides.before = before.unwrap_or(was);
        sides.after = after.unwrap_or(is);
        sides
    }

    fn detail(&mut self, detail: &Node<'_>, whole: bool, shown: &mut [BTreeMap<String, Node<'static>>; 2]) {
        let Some(target) = detail.get("Target") else { return };
        let text = |key: &str| target.get(key).and_then(Node::as_str).unwrap_or_default();
        let attribute = text("Attribute");
        let name = match attribute {
            "Properties" => text("Name"),
            "DeletionPolicy" | "UpdateReplacePolicy" => attribute,
            _ => return,
        };
        let path = text("Path");
        if attribute == "Properties" && matches!(text("RequiresRecreation"), "Always" | "Conditionally") {
            let pointer = path.strip_prefix("/Properties").filter(|p| p.starts_with('/'));
            self.forced_by.push(pointer.map_or_else(|| format!("/{name}"), str::to_owned));
        }
        if whole || name.is_empty() {
            return;
        }
        let top = path.is_empty() || path.matches('/').count() <= 2;
        let value = |key: &str| target.get(key).filter(|_| top).map(read);
        match (value("BeforeValue"), value("AfterValue")) {
            (None, None) if attribute == "Properties" => self.unseen.push(name.to_owned()),
            (None, None) => self.policies.push(name.to_owned()),
            (was, is) => {
                for (side, value) in shown.iter_mut().zip([was, is]) {
                    side.extend(value.map(|value| (name.to_owned(), value)));
                }
            }
        }
    }
}

/// A value of a detail: a text, which for lists and objects is JSON.
fn read(node: &Node<'_>) -> Node<'static> {
    match node.as_str().filter(|text| text.starts_with(['{', '['])).and_then(|text| parse(text).ok()) {
        Some(inner) => inner.owned(),
        None => node.owned(),
    }
}

/// Whether a document is a change set.
pub(super) fn is_one(node: &Node<'_>) -> bool {
    let has = |key: &str| node.get(key).is_some();
    has("Changes") || (has("ChangeSetId") && has("StackId") && has("Status"))
}

/// Whether the tool says that it failed, or is not finished.
pub(super) fn state(set: &Node<'_>) -> (bool, bool) {
    let text = |key: &str| set.get(key).and_then(Node::as_str).unwrap_or_default();
    match (text("Status"), text("ExecutionStatus")) {
        ("" | "CREATE_COMPLETE", "" | "AVAILABLE") => (false, false),
        ("CREATE_PENDING" | "CREATE_IN_PROGRESS", _) => (false, true),
        _ => (true, false),
    }
}

/// Lists of `{"ParameterKey": …, "ParameterValue": …}`, or a plain object.
pub(super) fn parameters<'a>(node: Option<&Node<'a>>) -> Result<BTreeMap<String, Node<'a>>, ReadError> {
    match node {
        None | Some(Node::Null) => Ok(BTreeMap::new()),
        Some(Node::Object(members)) => {
            Ok(members.iter().map(|(key, value)| (key.to_string(), value.clone())).collect())
        }
        Some(Node::Array(items)) => items
            .iter()
            .map(|item| {
                let key = item.get("ParameterKey").and_then(Node::as_str);
                let value = item.get("ParameterValue").or_else(|| item.get("ResolvedValue"));
                key.zip(value).map(|(key, value)| (key.to_owned(), value.clone()))
            })
            .filter(|pair| pair.is_some())
            .map(|pair| pair.ok_or(ReadError::WrongPart { path: "parameters".to_owned(), what: WORDS.what }))
            .collect(),
        Some(_) => Err(wrong("parameters")),
    }
}
