//! The structured difference between the values before and after, attribute by attribute, for people to read.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Effect;

/// One attribute that differs or stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// JSON pointer, for example `/ingress/0/cidr_blocks`.
    pub pointer: String,
    /// The value before; `None` where there was none.
    pub before: Option<Value>,
    /// The value after; `None` where there will be none.
    pub after: Option<Value>,
    /// What happens to it.
    pub kind: AttributeChange,
    /// The value is sensitive; both sides are masked.
    pub sensitive: bool,
    /// Only known after the change was carried out.
    pub unknown: bool,
    /// This attribute forces the resource to be replaced.
    pub forces_replace: bool,
}

/// What happens to an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttributeChange {
    /// It has a value that it did not have.
    Added,
    /// It loses its value.
    Removed,
    /// Its value differs.
    Changed,
    /// It stays.
    Same,
}

/// Every leaf attribute of an effect, in the order of their pointers. `null`, `[]` and `{}` count as no value.
#[must_use]
pub fn attributes(effect: &Effect) -> Vec<Attribute> {
    let parse = |side: &Option<Box<serde_json::value::RawValue>>| {
        side.as_ref().and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok()).unwrap_or(Value::Null)
    };
    let (before, after) = (parse(&effect.before), parse(&effect.after));
    let mut walk =
        Walk { effect, sensitive: set(&effect.sensitive), unknown: set(&effect.unknown), out: Vec::new() };
    walk.visit(String::new(), &before, &after);
    walk.out
}

/// What differs between what was released and what is about to be carried out, one phrase each, by address; values
/// are named, not quoted, when they are sensitive. Empty when the effects are the same.
#[must_use]
pub fn differences(released: &[Effect], given: &[Effect]) -> Vec<String> {
    let by_key = |effects: &'_ [Effect]| -> std::collections::BTreeMap<(String, Option<String>), Effect> {
        let owned = |e: &Effect| (e.resource.address.clone(), e.resource.deposed.clone());
        effects.iter().map(|e| (owned(e), e.clone())).collect()
    };
    let (released, given) = (by_key(released), by_key(given));
    let keys: BTreeSet<_> = released.keys().chain(given.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        let address = &key.0;
        match (released.get(key), given.get(key)) {
            (Some(was), None) => {
                found.push(format!("`{address}`: {} was released and is missing", was.effect.as_str()));
            }
            (None, Some(is)) => found.push(format!("`{address}`: {} was not released", is.effect.as_str())),
            (Some(was), Some(is)) if was.effect != is.effect => {
                found.push(format!("`{address}`: {} instead of {}", is.effect.as_str(), was.effect.as_str()));
            }
            (Some(was), Some(is)) if was.values != is.values => found.extend(values(address, was, is)),
            _ => {}
        }
    }
    found
}

fn values(address: &str, was: &Effect, is: &Effect) -> Vec<String> {
    let of = |effect: &Effect| -> std::collections::BTreeMap<String, Attribute> {
        attributes(effect).into_iter().map(|a| (a.pointer.clone(), a)).collect()
    };
    let (was, is) = (of(was), of(is));
    let pointers: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let side = |a: Option<&Attribute>, after: bool| match a {
        Some(a) if a.unknown && after => "known after apply".to_owned(),
        Some(a) => {
            let value = if after { &a.after } else { &a.before };
            value.as_ref().map_or_else(|| "nothing".to_owned(), |v| v.to_string().chars().take(80).collect())
        }
        None => "nothing".to_owned(),
    };
    let mut found = Vec::new();
    for pointer in pointers {
        let (was, is) = (was.get(pointer), is.get(pointer));
        for after in [false, true] {
            let (was, is) = (side(was, after), side(is, after));
            if was != is {
                let when = if after { "" } else { " before" };
                found.push(format!("`{address}` {pointer}{when}: {is} instead of {was}"));
            }
        }
    }
    if found.is_empty() {
        found.push(format!("`{address}`: a sensitive value"));
    }
    found
}

fn set(pointers: &[String]) -> BTreeSet<&str> {
    pointers.iter().map(String::as_str).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

struct Walk<'a> {
    effect: &'a Effect,
    sensitive: BTreeSet<&'a str>,
    unknown: BTreeSet<&'a str>,
    out: Vec<Attribute>,
}

impl Walk<'_> {
    fn visit(&mut self, pointer: String, before: &Value, after: &Value) {
        let masked = self.sensitive.contains(pointer.as_str());
        let unknown = self.unknown.contains(pointer.as_str());
        let leaf = masked
            || unknown
            || (!before.is_object() && !after.is_object() && !before.is_array() && !after.is_array());
        if leaf {
            return self.leaf(pointer, before, after, masked, unknown);
        }
        let mut keys: BTreeSet<String> = BTreeSet::new();
        for value in [before, after] {
            match value {
                Value::Object(map) => {
                    keys.extend(map.keys().map(|key| key.replace('~', "~0").replace('/', "~1")))
                }
                Value::Array(items) => keys.extend((0..items.len()).map(|n| format!("{n:06}"))),
                _ => {}
            }
        }
        let is_array = before.is_array() || after.is_array();
        for pointers in [&self.sensitive, &self.unknown] {
            let prefix = format!("{pointer}/");
            for deeper in pointers.iter().filter_map(|p| p.strip_prefix(prefix.as_str())) {
                if let Some(key) = deeper.split('/').next() {
                    let key = if is_array { format!("{key:0>6}") } else { key.to_owned() };
                    keys.insert(key);
                }
            }
        }
        if keys.is_empty() {
            return;
        }
        for key in keys {
            let key = if is_array { key.trim_start_matches('0') } else { key.as_str() };
            let key = if key.is_empty() { "0" } else { key };
            let child = format!("{pointer}/{key}");
            let null = Value::Null;
            let step = format!("/{key}");
            let left = before.pointer(&step).unwrap_or(&null);
            let right = after.pointer(&step).unwrap_or(&null);
            self.visit(child, left, right);
        }
    }

    fn leaf(&mut self, pointer: String, before: &Value, after: &Value, sensitive: bool, unknown: bool) {
        let (was, will) = (!is_empty(before), unknown || !is_empty(after));
        let kind = if sensitive {
            match self.effect.sensitive_changed.contains(&pointer) {
                true => AttributeChange::Changed,
                false => AttributeChange::Same,
            }
        } else {
            match (was, will) {
                (false, false) => return,
                (false, true) => AttributeChange::Added,
                (true, false) => AttributeChange::Removed,
                (true, true) if unknown || before != after => AttributeChange::Changed,
                (true, true) => AttributeChange::Same,
            }
        };
        let forces_replace =
            self.effect.forced_by.iter().any(|f| pointer == *f || pointer.starts_with(&format!("{f}/")));
        let side = |value: &Value| if sensitive || is_empty(value) { None } else { Some(value.clone()) };
        self.out.push(Attribute {
            before: side(before),
            after: side(after),
            pointer,
            kind,
            sensitive,
            unknown,
            forces_replace,
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::{Backup, Class, Digest, EffectKind, Resource};

    fn effect(address: &str, kind: EffectKind, after: &str) -> Effect {
        Effect {
            effect: kind,
            resource: Resource {
                address: address.to_owned(),
                kind: "t".to_owned(),
                provider: String::new(),
                module: String::new(),
                deposed: None,
            },
            create_before_destroy: false,
            moved_from: None,
            imported_as: None,
            deferred: None,
            forced_by: vec![],
            unknown: vec![],
            sensitive: vec![],
            sensitive_changed: vec![],
            before: None,
            after: Some(RawValue::from_string(after.to_owned()).unwrap()),
            values: Digest::of(after.as_bytes()),
            class: Class::Other,
            backup: Backup::NotApplicable,
            hazards: vec![],
            manners: vec![],
        }
    }

    #[test]
    fn the_difference_names_the_resource_and_the_value() {
        let released =
            [effect("t.a", EffectKind::Update, r#"{"size":1}"#), effect("t.b", EffectKind::Delete, "null")];
        let given =
            [effect("t.a", EffectKind::Update, r#"{"size":2}"#), effect("t.c", EffectKind::Create, "{}")];
        assert_eq!(
            differences(&released, &given),
            [
                "`t.a` /size: 2 instead of 1",
                "`t.b`: delete was released and is missing",
                "`t.c`: create was not released"
            ]
        );
        assert!(differences(&released, &released).is_empty());
    }
}
