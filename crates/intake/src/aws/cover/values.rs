//! The values of an effect, as calls name them.

use std::collections::BTreeSet;

use holdpoint_core::Effect;
use serde_json::Value;

use super::super::Call;
use super::same;

/// Values shorter than this name nothing.
const SHORTEST: usize = 3;
/// Values that stand everywhere and name nothing.
const EVERYWHERE: [&str; 10] =
    ["true", "false", "default", "enabled", "disabled", "string", "none", "standard", "active", "terraform"];

/// All texts and numbers among the values of an effect.
#[derive(Debug, Default)]
pub(super) struct Values {
    texts: BTreeSet<String>,
    documents: Vec<Value>,
    /// Some value is only known after the change was carried out.
    unknown: bool,
}

impl Values {
    pub(super) fn of(effect: &Effect) -> Self {
        let mut all = Self { unknown: !effect.unknown.is_empty(), ..Self::default() };
        for side in [&effect.before, &effect.after].into_iter().flatten() {
            if let Ok(value) = serde_json::from_str::<Value>(side.get()) {
                all.take(&value);
            }
        }
        all.texts.extend(effect.imported_as.clone());
        all
    }

    fn take(&mut self, value: &Value) {
        for text in leaves(value) {
            match document(&text) {
                Some(document) => self.documents.push(document),
                None => {
                    self.texts.insert(text);
                }
            }
        }
    }

    /// Whether one of the values is, or ends with, this id.
    pub(super) fn has(&self, id: &str) -> bool {
        let names = id.len() >= SHORTEST && !EVERYWHERE.contains(&id.to_ascii_lowercase().as_str());
        names && (self.texts.contains(id) || self.texts.iter().any(|text| same(text, id)))
    }

    /// Whether every JSON document in the call is one of the released ones. A document that is only known after apply was
    /// released unseen.
    pub(super) fn hold_documents_of(&self, call: &Call) -> bool {
        let asked: Vec<Value> = leaves(&call.parameters).iter().filter_map(|text| document(text)).collect();
        asked.iter().all(|document| self.documents.contains(document))
            || (self.unknown && self.documents.is_empty())
    }
}

fn document(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with('{');
    begins.then(|| serde_json::from_str::<Value>(text).ok()).flatten()
}

/// All texts in a value, and its numbers as text.
pub(super) fn leaves(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Number(number) => found.push(number.to_string()),
            Value::Array(items) => left.extend(items),
            Value::Object(members) => left.extend(members.values()),
            Value::Null | Value::Bool(_) => {}
        }
    }
    found
}
