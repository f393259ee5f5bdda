//! The words of paths, bodies and fields: `words.toml`, read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use holdpoint_core::Class;
use serde::Deserialize;

use crate::ReadError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    destroy: Vec<String>,
    permanent: Vec<String>,
    everything: Vec<String>,
    pub(super) decides: Vec<String>,
    pub(super) selects: Vec<String>,
    plain_lists: Vec<String>,
    credential_headers: Vec<String>,
    class: BTreeMap<Class, Vec<String>>,
}

impl Words {
    pub(super) fn get() -> Result<&'static Words, ReadError> {
        static WORDS: OnceLock<Option<Words>> = OnceLock::new();
        let read = || toml::from_str(include_str!("words.toml")).ok();
        WORDS.get_or_init(read).as_ref().ok_or(ReadError::Table)
    }

    /// The word of destroying in a name such as `volumeDelete`, `force-delete` or `PERMANENT_DELETE`.
    pub(super) fn destroys(&self, name: &str) -> Option<String> {
        // `pending_delete`, `deleted_at`, `undelete`: about deleting, not doing it.
        parts(name).into_iter().find(|part| self.destroy.contains(part))
    }

    pub(super) fn is_permanent(&self, name: &str) -> bool {
        let parts = parts(name);
        parts.iter().any(|part| self.permanent.contains(part)) || self.permanent.contains(&parts.concat())
    }

    pub(super) fn is_everything(&self, value: &str) -> bool {
        let value = value.trim().to_ascii_lowercase();
        value.is_empty() || self.everything.contains(&value)
    }

    pub(super) fn is_list(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.plain_lists.contains(&name)
            || name.ends_with("_ids")
            || (name.ends_with("ids") && name.len() > 3)
    }

    pub(super) fn is_credential(&self, header: &str) -> bool {
        self.credential_headers.iter().any(|known| known.eq_ignore_ascii_case(header))
    }

    /// The gravest class that any part of the name speaks of.
    pub(super) fn class(&self, name: &str) -> Class {
        let parts = parts(name);
        let speaks = |word: &String| {
            parts.iter().any(|part| {
                part == word || part.strip_suffix('s') == Some(word) || part.strip_suffix("es") == Some(word)
            })
        };
        let found = self.class.iter().find(|(_, words)| words.iter().any(speaks));
        found.map_or(Class::Unlisted, |(class, _)| *class)
    }
}

/// `volumeDelete` → volume, delete; `PERMANENT_DELETE` → permanent, delete.
pub(super) fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let new = !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if new && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(last) = parts.last_mut()
        {
            last.extend(c.to_lowercase());
        }
        before = c;
    }
    parts.retain(|part| !part.is_empty());
    parts
}
