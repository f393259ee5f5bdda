//! Operations that answer with something that opens.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use holdpoint_core::{Class, EffectKind, HazardKind};
use serde::Deserialize;

use super::deed::Deed;
use super::subject::Subject;

/// What kind of thing an operation answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Keys of another role: whoever stands between can take the role on itself, and answer with keys of its own.
    Role,
    /// A key, token, password or secret that opens by itself.
    Secret,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    role: BTreeSet<String>,
    made: BTreeSet<String>,
    stored: BTreeSet<String>,
}

fn get() -> Option<&'static Credentials> {
    static LIST: OnceLock<Option<Credentials>> = OnceLock::new();
    LIST.get_or_init(|| toml::from_str(include_str!("../calls/credentials.toml")).ok()).as_ref()
}

/// Whether an operation answers with a credential or a secret, and what must be done about it. If the list of them
/// cannot be read, every operation does.
#[must_use]
pub fn returns_credential(service: &str, operation: &str) -> Option<Kind> {
    let Some(list) = get() else { return Some(Kind::Secret) };
    let name = format!("{service}:{operation}");
    if list.role.contains(&name) {
        return Some(Kind::Role);
    }
    (list.made.contains(&name) || list.stored.contains(&name)).then_some(Kind::Secret)
}

/// Says of a call that it answers with a secret. What was stored before is read; what is newly made is created.
pub(super) fn judge(subject: &Subject<'_>, deeds: &mut [Deed]) {
    let (service, operation) = (&subject.call.service, &subject.call.operation);
    let Some(kind) = returns_credential(service, operation) else { return };
    let stored = get().is_some_and(|list| list.stored.contains(&format!("{service}:{operation}")));
    for deed in deeds.iter_mut() {
        let looks = deed.act.effect == EffectKind::Read || subject.calls.verbs.reads.contains(subject.verb());
        if looks && !stored {
            deed.act.effect = EffectKind::Create;
            "aws_credential".clone_into(&mut deed.act.kind);
            deed.act.class = Some(Class::Identity);
        }
        if stored && deed.act.hazards.is_empty() {
            deed.act.effect = EffectKind::Read;
        }
        let named = subject.named();
        match kind {
            Kind::Role => {
                deed.act.adds_hazard(HazardKind::Privilege, format!("{named} takes on another role"))
            }
            Kind::Secret => deed.act.adds_hazard(
                HazardKind::Exposure,
                format!("{named} answers with a secret, and whoever has it needs nobody's leave"),
            ),
        }
    }
}

#[cfg(test)]
pub(super) fn every() -> impl Iterator<Item = &'static String> {
    get().into_iter().flat_map(|list| list.role.iter().chain(&list.made).chain(&list.stored))
}
