use std::borrow::Cow;

use holdpoint_core::{Class, Effect, EffectKind, Hazard, HazardKind, Resource};
use serde_json::value::RawValue;

use super::action::Action;
use super::raw::RawResource;
use super::values::{Values, part};
use crate::ReadError;
use crate::hazard::{self, Subject};
use crate::table::Table;
use crate::value::{Node, canonical, step};

/// Turns a planned change into an effect. Errors name their place below the resource.
pub(super) fn build(
    raw: &RawResource<'_>,
    action: &Action,
    deferred: Option<&str>,
    table: &'static Table,
) -> Result<Effect, ReadError> {
    let values = Values::read(&raw.change).map_err(below_change)?;
    let masked = values.masked(&table.secrets);
    let unknown = values.unknown();
    let forced_by = replace_paths(raw.change.replace_paths)?;
    let (effect, create_before_destroy) = match action {
        // A move or an import of something that is otherwise left alone: the state is written, the resource is not.
        Action::Nothing => (EffectKind::Update, false),
        Action::Known { effect, create_before_destroy } => (*effect, *create_before_destroy),
        Action::Unknown { effect, .. } => (*effect, false),
    };
    let managed = raw.mode != "data";
    let mut assessed = if managed || effect != EffectKind::Read {
        hazard::assess(
            &Subject {
                effect,
                kind: &raw.kind,
                create_before_destroy,
                deposed: raw.deposed.is_some(),
                before: side(&values.before),
                after: side(&values.after),
                unknown: &unknown,
                forced_by: &forced_by,
                masked: &masked,
            },
            table,
        )
    } else {
        hazard::Assessed { class: Class::Other, ..hazard::Assessed::default() }
    };
    if !managed && let Some(hazard) = hazard::deferred_policy(&raw.kind, &values.after, table) {
        assessed.hazards.push(hazard);
    }
    if let Action::Unknown { list, .. } = action {
        let evidence = format!("its actions are {list}, which this build does not know");
        assessed.hazards.push(Hazard { kind: HazardKind::Unknown, attribute: String::new(), evidence });
    }
    if let Some(reason) = deferred {
        let evidence =
            format!("it is put off to a later plan ({reason}), so what it will do is not fully known");
        assessed.hazards.push(Hazard { kind: HazardKind::Unknown, attribute: String::new(), evidence });
    }
    let sealed = values.seal(&masked, &unknown).map_err(below_change)?;
    let owned = |text: &Cow<'_, str>| text.clone().into_owned();
    Ok(Effect {
        effect,
        resource: Resource {
            address: owned(&raw.address),
            kind: owned(&raw.kind),
            provider: owned(&raw.provider_name),
            module: raw.module_address.as_ref().map(owned).unwrap_or_default(),
            deposed: raw.deposed.as_ref().map(owned),
        },
        create_before_destroy,
        moved_from: raw.previous_address.as_ref().filter(|previous| **previous != raw.address).map(owned),
        imported_as: imported(raw.change.importing)?,
        deferred: deferred.map(str::to_owned),
        forced_by,
        unknown,
        sensitive: masked.pointers,
        sensitive_changed: masked.changed,
        before: sealed.before,
        after: sealed.after,
        values: sealed.values,
        class: assessed.class,
        backup: assessed.backup,
        hazards: assessed.hazards,
        manners: Vec::new(),
    })
}

fn side<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Node<'a>> {
    (*node != Node::Null).then_some(node)
}

fn below_change(error: ReadError) -> ReadError {
    below(error, "change")
}

/// Puts a part in front of the path of a refusal.
pub(super) fn below(error: ReadError, part: &str) -> ReadError {
    let join = |path: String| match path.as_str() {
        "" => part.to_owned(),
        _ if part.is_empty() => path,
        _ if path.starts_with('[') => format!("{part}{path}"),
        _ => format!("{part}.{path}"),
    };
    match error {
        ReadError::WrongType { path } => ReadError::WrongType { path: join(path) },
        ReadError::DuplicateKey { path, key } => ReadError::DuplicateKey { path: join(path), key },
        other => other,
    }
}

/// The attributes that force a replace, as JSON pointers.
fn replace_paths(raw: Option<&RawValue>) -> Result<Vec<String>, ReadError> {
    let wrong = || ReadError::WrongType { path: "change.replace_paths".to_owned() };
    let node = part(raw, "replace_paths").map_err(below_change)?;
    let mut pointers = Vec::new();
    for path in node.items() {
        let mut pointer = String::new();
        let Node::Array(steps) = path else { return Err(wrong()) };
        for part in steps {
            match part {
                Node::String(key) => pointer = step(&pointer, key),
                Node::Number(index) => pointer = step(&pointer, index),
                _ => return Err(wrong()),
            }
        }
        pointers.push(pointer);
    }
    if !matches!(node, Node::Array(_) | Node::Null) {
        return Err(wrong());
    }
    pointers.sort();
    pointers.dedup();
    Ok(pointers)
}

/// The id under which a resource is imported, or its identity where the provider has one instead.
fn imported(raw: Option<&RawValue>) -> Result<Option<String>, ReadError> {
    let node = part(raw, "importing").map_err(below_change)?;
    Ok(match (&node, node.get("id"), node.get("identity")) {
        (Node::Null, ..) => None,
        (_, Some(Node::String(id)), _) if !id.is_empty() => Some(id.clone().into_owned()),
        (_, _, Some(identity)) if !identity.is_empty() => Some(canonical(identity)),
        _ => Some("an id that is only known later".to_owned()),
    })
}
