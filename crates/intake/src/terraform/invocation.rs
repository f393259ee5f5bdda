//! Parts of plans that newer tools write: actions that are run beside the resources (Terraform 1.14), and changes
//! that are put off to a later plan.

use std::fmt;

use holdpoint_core::{Class, Effect, EffectKind, Hazard, HazardKind, Resource};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::effect::below;
use super::raw::{RawResource, ResourceSeed, Text, Trail, field, twice};
use super::values::{Values, fault_at};
use crate::ReadError;
use crate::table::Table;
use crate::value::{Node, canonical, parse};

/// Reads `{"reason": …, "resource_change": {…}}`.
pub(super) struct DeferredSeed<'t>(pub(super) &'t mut Trail);

impl<'de> DeserializeSeed<'de> for DeferredSeed<'_> {
    type Value = (String, RawResource<'de>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DeferredSeed<'_> {
    type Value = (String, RawResource<'de>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a deferred change")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut reason: Option<Option<Text<'_>>> = None;
        let mut resource = None;
        while let Some(Text(key)) = map.next_key()? {
            match key.as_ref() {
                "reason" => field(&mut map, self.0, "reason", &mut reason)?,
                "resource_change" if resource.is_some() => return Err(twice(self.0, "resource_change")),
                "resource_change" => match map.next_value_seed(ResourceSeed(&mut *self.0)) {
                    Ok(read) => resource = Some(read),
                    Err(error) => {
                        self.0.below("resource_change");
                        return Err(error);
                    }
                },
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let Some(resource) = resource else {
            self.0.below("resource_change");
            return Err(A::Error::custom("missing"));
        };
        Ok((word(reason.flatten().map(|text| text.0.into_owned()).as_deref()), resource))
    }
}

/// A reason as it stands if it is a plain word.
fn word(text: Option<&str>) -> String {
    match text {
        Some(text) if text.len() <= 60 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
            text.to_owned()
        }
        _ => "unknown".to_owned(),
    }
}

/// An action that the plan runs. Nothing says what it does, so that is its hazard.
pub(super) fn build(text: &str, deferred: bool, table: &Table) -> Result<Effect, ReadError> {
    let root = parse(text).map_err(|fault| fault_at(fault, ""))?;
    let (invocation, reason) = match root.get("action_invocation") {
        Some(inner) if deferred => (inner, Some(word(root.get("reason").and_then(Node::as_str)))),
        _ => (&root, deferred.then(|| word(None))),
    };
    let text = |key: &str| invocation.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    if text("address").is_empty() {
        return Err(ReadError::WrongType { path: "address".to_owned() });
    }
    let empty = || Node::Null;
    let part = |key: &str| invocation.get(key).cloned().unwrap_or_else(empty);
    let trigger =
        ["lifecycle_action_trigger", "invoke_action_trigger"].map(|key| canonical(&part(key))).join(" ");
    let values = Values {
        // What sets the action off belongs to what is approved, and has no other place.
        before: Node::String(trigger.into()),
        after: part("config_values"),
        unknown: part("config_unknown"),
        marks: [empty(), part("config_sensitive")],
    };
    let masked = values.masked(&table.secrets);
    let unknown = values.unknown();
    let sealed = values.seal(&masked, &unknown).map_err(|error| below(error, "config_values"))?;
    let evidence = "it runs an action of its provider, and a plan does not say what that does".to_owned();
    Ok(Effect {
        effect: EffectKind::Execute,
        resource: Resource {
            address: text("address"),
            kind: text("type"),
            provider: text("provider_name"),
            module: String::new(),
            deposed: None,
        },
        create_before_destroy: false,
        moved_from: None,
        imported_as: None,
        deferred: reason,
        forced_by: Vec::new(),
        unknown,
        sensitive: masked.pointers,
        sensitive_changed: masked.changed,
        before: None,
        after: sealed.after,
        values: sealed.values,
        class: Class::Unlisted,
        backup: holdpoint_core::Backup::NotApplicable,
        hazards: vec![Hazard { kind: HazardKind::Unknown, attribute: String::new(), evidence }],
        manners: Vec::new(),
    })
}
