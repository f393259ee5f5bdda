use std::borrow::Cow;

use holdpoint_core::EffectKind;

/// What the list of actions of a planned change says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing is done.
    Nothing,
    /// A known list.
    Known { effect: EffectKind, create_before_destroy: bool },
    /// A list that this build does not know; judged as the worst it can be, and named.
    Unknown { effect: EffectKind, list: String },
}

impl Action {
    /// Reads a list of actions. `action_reason` is never asked: it is absent when everything is destroyed, and a
    /// harmless `forget` carries a reason that speaks of deleting.
    pub(super) fn of(actions: &[Cow<'_, str>]) -> Self {
        let known = |effect, create_before_destroy| Action::Known { effect, create_before_destroy };
        let list: Vec<&str> = actions.iter().map(AsRef::as_ref).collect();
        match list.as_slice() {
            ["no-op"] => Action::Nothing,
            ["create"] => known(EffectKind::Create, false),
            ["read"] => known(EffectKind::Read, false),
            ["update"] => known(EffectKind::Update, false),
            ["delete"] => known(EffectKind::Delete, false),
            ["forget"] => known(EffectKind::Forget, false),
            ["delete", "create"] => known(EffectKind::Replace, false),
            ["create", "delete"] => known(EffectKind::Replace, true),
            other => Action::Unknown { effect: worst(other), list: name(other) },
        }
    }
}

fn worst(list: &[&str]) -> EffectKind {
    match (list.contains(&"delete"), list.contains(&"create")) {
        (true, true) => EffectKind::Replace,
        (true, false) => EffectKind::Delete,
        (false, _) => EffectKind::Execute,
    }
}

/// The list as it stands, as far as it consists of plain words.
fn name(list: &[&str]) -> String {
    let plain = |word: &&str| word.len() <= 20 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if list.is_empty() {
        "an empty list".to_owned()
    } else if list.len() <= 4 && list.iter().all(plain) {
        format!("`{}`", list.join("`, `"))
    } else {
        "a list of other words".to_owned()
    }
}
