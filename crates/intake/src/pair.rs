//! Effects of formats that show a resource before and after: what is kept of its values, and what the digest is over.

use holdpoint_core::{Digest, Effect, EffectKind, Manner, Noted, Resource};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::hazard::Assessed;
use crate::mask::{self, Masked};
use crate::value::{Node, canonical};

/// Keeps digests of values apart from digests of anything else; the number goes up when the form changes.
const DOMAIN: &[u8] = b"holdpoint pair 1\0";

/// Both sides of a resource, and what else belongs to what is approved.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) before: Node<'a>,
    pub(crate) after: Node<'a>,
    /// JSON pointers of what the document does not show.
    pub(crate) unknown: Vec<String>,
    /// Options and parameters that change what happens, as text. It is digested, and not kept.
    pub(crate) beside: String,
}

/// What an effect is beside its values.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) effect: EffectKind,
    pub(crate) resource: Resource,
    pub(crate) create_before_destroy: bool,
    pub(crate) imported_as: Option<String>,
    pub(crate) forced_by: Vec<String>,
    pub(crate) manners: Vec<(Manner, String)>,
}

impl Pair<'_> {
    /// The effect, its sensitive values masked and all its values digested.
    pub(crate) fn effect(mut self, shape: Shape, masked: Masked, assessed: Assessed) -> Effect {
        self.unknown.sort();
        self.unknown.dedup();
        let values = self.digest();
        mask::blank(&mut self.before, &masked.pointers);
        mask::blank(&mut self.after, &masked.pointers);
        let noted = |(manner, evidence)| Noted { manner, evidence };
        Effect {
            effect: shape.effect,
            resource: shape.resource,
            create_before_destroy: shape.create_before_destroy,
            moved_from: None,
            imported_as: shape.imported_as,
            deferred: None,
            forced_by: shape.forced_by,
            unknown: self.unknown,
            sensitive: masked.pointers,
            sensitive_changed: masked.changed,
            before: kept(&self.before),
            after: kept(&self.after),
            values,
            class: assessed.class,
            backup: assessed.backup,
            hazards: assessed.hazards,
            manners: shape.manners.into_iter().map(noted).collect(),
        }
    }

    fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        part(&canonical(&self.before));
        part(&canonical(&self.after));
        part(&self.beside);
        self.unknown.iter().for_each(|pointer| part(pointer));
        Digest::from_bytes(hash.finalize().into())
    }
}

/// Canonical text as it is stored; `null` is no value.
fn kept(node: &Node<'_>) -> Option<Box<RawValue>> {
    if *node == Node::Null {
        return None;
    }
    RawValue::from_string(canonical(node)).ok()
}
