//! Policies that are only known afterwards because the document they come from waits for something else to change. A
//! plan shows the statements of such a document, so what the policy will say can be read all the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

use holdpoint_core::{Effect, EffectKind, Hazard, HazardKind};

use super::document;
use crate::table::{Reads, Table};
use crate::value::{Node, parse};

const DOCUMENT: &str = "aws_iam_policy_document";

/// Reads the documents that the changed policies wait for. `configuration` is the text of that part of the plan: it
/// says which attribute takes its value from where.
pub(crate) fn settle(effects: &mut [Effect], configuration: &str, table: &Table) {
    let waits = |effect: &Effect| !policies(effect, table).is_empty();
    if !effects.iter().any(waits) {
        return;
    }
    let Ok(root) = parse(configuration) else { return };
    let documents = documents(effects);
    for effect in effects.iter_mut() {
        for (attribute, reads) in policies(effect, table) {
            let Some(source) = source(&root, effect, &attribute) else { continue };
            if let Some(statements) = documents.get(&source).and_then(|s| s.as_deref()) {
                settle_one(effect, &attribute, reads, statements);
            }
        }
    }
}

/// The attributes of an effect that hold a policy and are only known afterwards.
fn policies(effect: &Effect, table: &Table) -> Vec<(String, Reads)> {
    if !matches!(effect.effect, EffectKind::Create | EffectKind::Update | EffectKind::Replace) {
        return Vec::new();
    }
    let rows = table.documents(&effect.resource.kind).filter(|row| !row.attribute.contains('.'));
    let waits = |attribute: &str| effect.unknown.iter().any(|u| u.strip_prefix('/') == Some(attribute));
    rows.filter(|row| waits(&row.attribute)).map(|row| (row.attribute.clone(), row.reads)).collect()
}

fn settle_one(effect: &mut Effect, attribute: &str, reads: Reads, statements: &[Node<'_>]) {
    let pointer = format!("/{attribute}");
    let before = effect.before.as_ref().and_then(|raw| parse(raw.get()).ok());
    let was =
        before.as_ref().and_then(|root| root.get(attribute)).map(|node| document::findings(reads, node));
    let was: Vec<String> = was.unwrap_or_default().into_iter().map(|(_, _, id)| id).collect();
    effect.hazards.retain(|hazard| hazard.kind != HazardKind::Unknown || hazard.attribute != pointer);
    for (kind, evidence, id) in statements.iter().filter_map(|s| document::statement(reads, s)) {
        if !was.contains(&id) {
            let evidence = format!("`{attribute}` {evidence}");
            effect.hazards.push(Hazard { kind, attribute: pointer.clone(), evidence });
        }
    }
}

/// The statements of each document that waits, by its address without keys; nothing where not all of them are shown.
fn documents(effects: &[Effect]) -> BTreeMap<String, Option<Vec<Node<'static>>>> {
    let mut found: BTreeMap<String, Option<Vec<Node<'static>>>> = BTreeMap::new();
    let reads = |effect: &&Effect| effect.effect == EffectKind::Read && effect.resource.kind == DOCUMENT;
    for effect in effects.iter().filter(reads) {
        let all = found.entry(without_keys(&effect.resource.address)).or_insert_with(|| Some(Vec::new()));
        match (all.as_mut(), shown(effect)) {
            (Some(all), Some(more)) => all.extend(more),
            _ => *all = None,
        }
    }
    found
}

/// The statements of a document as a policy writes them, if nothing that matters is still open.
fn shown(effect: &Effect) -> Option<Vec<Node<'static>>> {
    let harmless = |pointer: &String| {
        let mut parts = pointer.split('/').skip(1);
        match (parts.next(), parts.nth(1)) {
            (Some("id" | "json" | "minified_json"), _) => true,
            (Some("statement"), Some(part)) => matches!(part, "resources" | "condition" | "sid"),
            _ => false,
        }
    };
    if !effect.sensitive.is_empty() || !effect.unknown.iter().all(harmless) {
        return None;
    }
    let root = parse(effect.after.as_ref()?.get()).ok()?;
    // Other documents may be merged in; they are not looked for.
    let merged = |(key, value): &(Cow<'_, str>, Node<'_>)| {
        !matches!(key.as_ref(), "statement" | "version" | "policy_id") && !value.is_empty()
    };
    if root.members().iter().any(merged) {
        return None;
    }
    root.get("statement")?.items().iter().enumerate().map(|(n, node)| statement(effect, n, node)).collect()
}

/// One statement; a resource that is still open may be any, so it is taken for all of them where that matters.
fn statement(effect: &Effect, number: usize, node: &Node<'_>) -> Option<Node<'static>> {
    let text = |text: &str| Node::String(Cow::Owned(text.to_owned()));
    let within =
        |part: &str| effect.unknown.iter().any(|u| u.starts_with(&format!("/statement/{number}/{part}")));
    let mut members: Vec<(Cow<'static, str>, Node<'static>)> = Vec::new();
    let mut put = |key: &'static str, value: Node<'static>| members.push((Cow::Borrowed(key), value));
    put("Effect", text(node.get("effect").and_then(Node::as_str).unwrap_or("Allow")));
    for (from, to) in [("actions", "Action"), ("not_actions", "NotAction"), ("not_resources", "NotResource")]
    {
        if let Some(value) = node.get(from).filter(|value| !value.is_empty()) {
            put(to, value.owned());
        }
    }
    match node.get("resources").filter(|value| !value.is_empty()) {
        _ if within("resources") => put("Resource", text("*")),
        Some(value) => put("Resource", value.owned()),
        None => {}
    }
    if let Some(condition) = node.get("condition").filter(|value| !value.is_empty()) {
        put("Condition", Node::Object(vec![(Cow::Borrowed("test"), condition.owned())]));
    }
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let list = node.get(from).map(Node::items).unwrap_or_default();
        if !list.is_empty() {
            put(to, principals(list)?);
        }
    }
    members.sort_by(|a, b| a.0.cmp(&b.0));
    Some(Node::Object(members))
}

fn principals(list: &[Node<'_>]) -> Option<Node<'static>> {
    let mut kinds: BTreeMap<String, Vec<Node<'static>>> = BTreeMap::new();
    for one in list {
        let kind = one.get("type")?.as_str()?;
        let names = one.get("identifiers")?.items().iter().map(Node::owned);
        // `*` as a kind of principal means the same as every principal of AWS.
        kinds.entry(if kind == "*" { "AWS" } else { kind }.to_owned()).or_default().extend(names);
    }
    let members = kinds.into_iter().map(|(kind, names)| (Cow::Owned(kind), Node::Array(names)));
    Some(Node::Object(members.collect()))
}

/// The one document that an attribute takes its value from, by its address without keys; nothing where the expression
/// refers to anything else.
fn source(root: &Node<'_>, effect: &Effect, attribute: &str) -> Option<String> {
    let address = without_keys(&effect.resource.address);
    let mut module = root.get("root_module")?;
    let (mut path, mut rest) = (String::new(), address.as_str());
    while let Some(after) = rest.strip_prefix("module.") {
        let (name, after) = after.split_once('.')?;
        module = module.get("module_calls")?.get(name)?.get("module")?;
        path = format!("{path}module.{name}.");
        rest = after;
    }
    let block = module
        .get("resources")?
        .items()
        .iter()
        .find(|r| r.get("address").and_then(Node::as_str) == Some(rest))?;
    let references = block.get("expressions")?.get(attribute)?.get("references")?.items();
    let mut found: Option<String> = None;
    for reference in references {
        let text = reference.as_str()?;
        if matches!(text, "each.key" | "each.value" | "count.index") {
            continue;
        }
        let name = without_keys(text);
        let mut parts = name.strip_prefix("data.")?.split('.');
        let (kind, document) = (parts.next()?, parts.next()?);
        let leads_on = !matches!(parts.next(), None | Some("json" | "minified_json"));
        let named = format!("{path}data.{kind}.{document}");
        if kind != DOCUMENT || leads_on || found.as_ref().is_some_and(|known| *known != named) {
            return None;
        }
        found = Some(named);
    }
    found
}

/// An address without what stands between brackets.
fn without_keys(address: &str) -> String {
    let (mut out, mut within, mut quoted, mut escaped) = (String::new(), false, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if within => quoted = !quoted,
            '[' if !quoted => within = true,
            ']' if !quoted => within = false,
            _ if within => {}
            other => out.push(other),
        }
    }
    out
}
