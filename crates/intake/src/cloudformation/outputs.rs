//! The outputs of a stack, old against new.

use holdpoint_core::{Digest, EffectKind, OutputChange};
use serde_json::value::RawValue;

use super::types::snake;
use crate::table::Secrets;
use crate::value::{Node, canonical};

/// Every output that is not the same in both templates.
pub(super) fn compare(old: &Node<'_>, new: &Node<'_>, secrets: &Secrets) -> Vec<OutputChange> {
    let outputs = |template: &Node<'_>| -> Vec<(String, String)> {
        let members = template.get("Outputs").map(Node::members).unwrap_or_default();
        members.iter().map(|(name, node)| (name.to_string(), canonical(node))).collect()
    };
    let (was, is) = (outputs(old), outputs(new));
    let mut names: Vec<&String> = was.iter().chain(&is).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let of = |list: &[(String, String)], name: &str| {
        list.iter().find(|(n, _)| n == name).map(|(_, text)| text.clone())
    };
    let mut out = Vec::new();
    for name in names {
        let (before, after) = (of(&was, name), of(&is, name));
        let effect = match (&before, &after) {
            (None, _) => EffectKind::Create,
            (_, None) => EffectKind::Delete,
            (was, is) if was == is => continue,
            _ => EffectKind::Update,
        };
        let both = format!("{}\n{}", before.as_deref().unwrap_or("null"), after.as_deref().unwrap_or("null"));
        let sensitive = secrets.names(&snake(name));
        let raw = |text: Option<String>| {
            text.filter(|_| !sensitive).and_then(|text| RawValue::from_string(text).ok())
        };
        out.push(OutputChange {
            name: name.clone(),
            effect,
            sensitive,
            before: raw(before),
            after: raw(after),
            values: Some(Digest::of(both.as_bytes())),
        });
    }
    out
}
