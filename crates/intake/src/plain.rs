//! Effects of formats that show what is asked for, not a state before and after: commands, statements, requests.

use holdpoint_core::{
    Backup, Class, Digest, Effect, EffectKind, Hazard, HazardKind, Manner, Noted, Resource,
};
use serde_json::Value;
use serde_json::value::RawValue;

/// An effect in the making.
#[derive(Debug)]
pub(crate) struct Plain(Effect);

impl Plain {
    /// Does this to that. What is asked for goes into `after` by [`Plain::asked`], so that the digest binds it.
    pub(crate) fn new(effect: EffectKind, kind: &str, address: impl Into<String>, class: Class) -> Self {
        let destroys_data = effect.destroys() && matches!(class, Class::Data | Class::Backup | Class::Key);
        Self(Effect {
            effect,
            resource: Resource {
                address: address.into(),
                kind: kind.to_owned(),
                provider: String::new(),
                module: String::new(),
                deposed: None,
            },
            create_before_destroy: false,
            moved_from: None,
            imported_as: None,
            deferred: None,
            forced_by: Vec::new(),
            unknown: Vec::new(),
            sensitive: Vec::new(),
            sensitive_changed: Vec::new(),
            before: None,
            after: None,
            values: Digest::of(b""),
            class,
            backup: if destroys_data { Backup::NotShown } else { Backup::NotApplicable },
            hazards: Vec::new(),
            manners: Vec::new(),
        })
    }

    /// What is asked for: `shown` is stored and seen by people, so it holds no secret; `whole` is what the digest is
    /// over, secrets included.
    pub(crate) fn asked(mut self, shown: &Value, whole: &[u8]) -> Self {
        self.0.after = serde_json::to_string(shown).ok().and_then(|text| RawValue::from_string(text).ok());
        self.0.values = Digest::of(whole);
        self
    }

    pub(crate) fn backup(mut self, backup: Backup) -> Self {
        self.0.backup = backup;
        self
    }

    /// The attribute is a JSON pointer into what was asked; empty for the effect as a whole.
    pub(crate) fn hazard_at(
        mut self,
        kind: HazardKind,
        attribute: &str,
        evidence: impl Into<String>,
    ) -> Self {
        let attribute = attribute.to_owned();
        self.0.hazards.push(Hazard { kind, attribute, evidence: evidence.into() });
        self
    }

    pub(crate) fn manner(mut self, manner: Manner, evidence: impl Into<String>) -> Self {
        self.0.manners.push(Noted { manner, evidence: evidence.into() });
        self
    }

    pub(crate) fn done(self) -> Effect {
        self.0
    }
}
