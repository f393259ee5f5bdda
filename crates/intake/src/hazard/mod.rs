//! What an effect may do harm with: read from the transition between its two sides, by the resource table.

mod across;
mod asked;
mod destroy;
mod document;
mod expiry;
mod loss;
#[cfg(test)]
mod near_misses;
mod opens;
mod switch;
#[cfg(test)]
mod tests;
mod waiting;
mod world;

use holdpoint_core::{Backup, Class, EffectKind, Hazard, HazardKind};

pub(crate) use across::across;
pub(crate) use asked::{asked, lets_in, said_in};
pub(crate) use document::deferred_policy;
pub(crate) use waiting::settle;

use crate::mask::Masked;
use crate::table::{Table, scalar};
use crate::value::Node;

/// One effect, as it is looked at. The values are not masked yet, so that marking one as sensitive hides no hazard;
/// what is quoted goes through [`Subject::quote`].
pub(crate) struct Subject<'s, 'a> {
    pub(crate) effect: EffectKind,
    pub(crate) kind: &'s str,
    pub(crate) create_before_destroy: bool,
    pub(crate) deposed: bool,
    pub(crate) before: Option<&'s Node<'a>>,
    pub(crate) after: Option<&'s Node<'a>>,
    pub(crate) unknown: &'s [String],
    pub(crate) forced_by: &'s [String],
    pub(crate) masked: &'s Masked,
}

/// What was derived about one effect.
#[derive(Debug, Default)]
pub(crate) struct Assessed {
    pub(crate) class: Class,
    pub(crate) backup: Backup,
    pub(crate) hazards: Vec<Hazard>,
}

/// Derives class, fate of backups and hazards of one effect.
pub(crate) fn assess(subject: &Subject<'_, '_>, table: &Table) -> Assessed {
    let manifest = |side: Option<&Node<'_>>| {
        let kind = side?.get("manifest")?.get("kind")?;
        kind.as_str().map(str::to_owned)
    };
    let manifest = manifest(subject.before).or_else(|| manifest(subject.after));
    let class = table.class(subject.kind, manifest.as_deref());
    let mut hazards = Vec::new();
    let mut backup = Backup::NotApplicable;
    match subject.effect {
        EffectKind::Delete => {
            backup = destroy::read(subject, class, table, &mut hazards);
        }
        EffectKind::Replace => {
            backup = destroy::read(subject, class, table, &mut hazards);
            switch::read(subject, table, &mut hazards);
            opens::read(subject, table, &mut hazards);
            world::read(subject, table, &mut hazards);
            document::read(subject, table, &mut hazards);
        }
        EffectKind::Create => {
            expiry::read(subject, &mut hazards);
            opens::read(subject, table, &mut hazards);
            world::read(subject, table, &mut hazards);
            document::read(subject, table, &mut hazards);
        }
        EffectKind::Update => {
            switch::read(subject, table, &mut hazards);
            loss::read(subject, class, table, &mut hazards);
            expiry::read(subject, &mut hazards);
            opens::read(subject, table, &mut hazards);
            world::read(subject, table, &mut hazards);
            document::read(subject, table, &mut hazards);
        }
        EffectKind::Forget | EffectKind::Read | EffectKind::Execute => {}
    }
    Assessed { class, backup, hazards }
}

/// As [`assess`], for formats in which a block that goes is an ordinary edit, and the class comes from elsewhere.
pub(crate) fn transitions(subject: &Subject<'_, '_>, class: Class, table: &Table) -> Assessed {
    let mut hazards = Vec::new();
    let mut backup = Backup::NotApplicable;
    let effect = subject.effect;
    if effect.destroys() {
        backup = destroy::read(subject, class, table, &mut hazards);
    }
    if matches!(effect, EffectKind::Update | EffectKind::Replace) {
        switch::read(subject, table, &mut hazards);
    }
    if matches!(effect, EffectKind::Create | EffectKind::Update | EffectKind::Replace) {
        opens::read(subject, table, &mut hazards);
        world::read(subject, table, &mut hazards);
        document::read(subject, table, &mut hazards);
    }
    Assessed { class, backup, hazards }
}

impl Subject<'_, '_> {
    /// Whether the value at this pointer, or part of it, is only known afterwards.
    fn is_unknown(&self, pointer: &str) -> bool {
        let within = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.unknown.iter().any(|unknown| within(unknown, pointer) || within(pointer, unknown))
    }

    /// A value as it may be shown: short and plain, and never a sensitive one.
    fn quote(&self, pointer: &str, node: Option<&Node<'_>>) -> String {
        if self.masked.covers(pointer) {
            return "a sensitive value".to_owned();
        }
        match node {
            None | Some(Node::Null) => "nothing".to_owned(),
            Some(node) => match scalar(node) {
                Some(text) if text.len() <= 120 => text.to_owned(),
                Some(_) => "a long value".to_owned(),
                None if node.is_empty() => "nothing".to_owned(),
                None => "a set of values".to_owned(),
            },
        }
    }
}

fn hazard(kind: HazardKind, attribute: impl Into<String>, evidence: impl Into<String>) -> Hazard {
    Hazard { kind, attribute: attribute.into(), evidence: evidence.into() }
}

/// Whether a value is empty all the way down, as blocks are that a provider makes of an empty answer. A block that has
/// no attributes at all says something by being there.
fn says_nothing(node: &Node<'_>) -> bool {
    match node {
        Node::Array(items) => items.iter().all(says_nothing),
        Node::Object(members) => !members.is_empty() && members.iter().all(|(_, value)| says_nothing(value)),
        other => other.is_empty(),
    }
}

/// A pointer as the name of an attribute, for sentences: `/point_in_time_recovery/0/enabled` is
/// `point_in_time_recovery.enabled`.
fn name(pointer: &str) -> String {
    let parts =
        pointer.split('/').filter(|part| !part.is_empty() && !part.bytes().all(|b| b.is_ascii_digit()));
    parts.collect::<Vec<_>>().join(".")
}
