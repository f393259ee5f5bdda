//! What is known of single resources beyond their effects, put in order once for a change.

use std::collections::{HashMap, HashSet};

use holdpoint_core::{Backup, Class, Effect, EffectKind, Facts, HazardKind};
use serde_json::Value;

/// Facts by address.
#[derive(Debug)]
pub(crate) struct Looked<'a> {
    own: HashSet<&'a str>,
    backups: HashMap<&'a str, Backup>,
}

impl<'a> Looked<'a> {
    pub(crate) fn of(facts: &'a Facts) -> Self {
        Self {
            own: facts.own.iter().map(String::as_str).collect(),
            backups: facts.recovery.iter().map(|r| (r.resource.as_str(), r.backup)).collect(),
        }
    }

    /// Created by the same session, and without data: whatever else the facts say, data is never anybody's own.
    pub(crate) fn is_own(&self, effect: &Effect) -> bool {
        !holds_data(effect.class) && self.own.contains(effect.resource.address.as_str())
    }

    /// What becomes of the backups, as far as anything shows.
    pub(crate) fn backup(&self, effect: &Effect) -> Backup {
        self.backups.get(effect.resource.address.as_str()).copied().unwrap_or(effect.backup)
    }
}

pub(crate) fn holds_data(class: Class) -> bool {
    matches!(class, Class::Data | Class::Backup | Class::Key)
}

/// Whether what serves has nothing left to serve with. Where the change does not show how much is left, it counts as
/// nothing; what is replaced serves again, unless it is made anew with nothing.
pub(crate) fn is_to_zero(effect: &Effect) -> bool {
    let mut losses = effect.hazards.iter().filter(|h| h.kind == HazardKind::Capacity).peekable();
    if losses.peek().is_none() {
        return false;
    }
    let after = effect.after.as_ref().and_then(|after| serde_json::from_str::<Value>(after.get()).ok());
    losses.any(|hazard| match hazard.attribute.as_str() {
        "" => effect.effect != EffectKind::Replace,
        pointer => after.as_ref().and_then(|after| after.pointer(pointer)).is_none_or(is_nothing),
    })
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(on) => !on,
        Value::Number(number) => number.as_f64().is_none_or(|n| n <= 0.0),
        // Some providers write numbers as text; other text is not a number of anything.
        Value::String(text) => text.trim().parse::<f64>().map_or(true, |n| n <= 0.0),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use holdpoint_core::Hazard;

    use super::*;
    use crate::fixture::{With, effect};

    fn left(kind: EffectKind, attribute: &str, after: &str) -> bool {
        let mut effect = effect(kind, "aws_ecs_service.app", Class::Compute);
        let (kind, evidence) = (HazardKind::Capacity, "less".to_owned());
        effect.hazards.push(Hazard { kind, attribute: attribute.to_owned(), evidence });
        is_to_zero(&effect.after(after))
    }

    #[test]
    fn what_is_left_is_read_and_what_is_not_shown_is_nothing() {
        use EffectKind::{Replace, Update};
        for zero in [r#"{"n":0}"#, r#"{"n":"0"}"#, r#"{"n":null}"#, r#"{"n":[]}"#, r#"{"n":false}"#, "{}"] {
            assert!(left(Update, "/n", zero) && left(Replace, "/n", zero), "{zero}");
        }
        for some in [r#"{"n":2}"#, r#"{"n":"2"}"#, r#"{"n":["a"]}"#, r#"{"n":true}"#] {
            assert!(!left(Update, "/n", some) && !left(Replace, "/n", some), "{some}");
        }
        assert!(left(Update, "", r#"{"n":2}"#));
        assert!(!left(Replace, "", r#"{"n":2}"#));
        assert!(!is_to_zero(&effect(Update, "a.b", Class::Compute)));
    }

    #[test]
    fn data_is_nobodys_own() {
        let facts = Facts { own: vec!["a.b".to_owned()], ..Facts::default() };
        let looked = Looked::of(&facts);
        assert!(looked.is_own(&effect(EffectKind::Delete, "a.b", Class::Compute)));
        assert!(!looked.is_own(&effect(EffectKind::Delete, "a.c", Class::Compute)));
        for class in [Class::Data, Class::Backup, Class::Key] {
            assert!(!looked.is_own(&effect(EffectKind::Delete, "a.b", class)));
        }
    }
}
