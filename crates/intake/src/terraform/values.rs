use holdpoint_core::Digest;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::raw::RawChange;
use crate::ReadError;
use crate::mask::{self, Masked};
use crate::table::Secrets;
use crate::value::{Fault, Node, canonical, parse, step, write};

/// Keeps digests of values apart from digests of anything else; the number goes up when the form changes.
const DOMAIN: &[u8] = b"holdpoint values 1\0";

/// Both sides of a change, parsed.
pub(super) struct Values<'a> {
    pub(super) before: Node<'a>,
    pub(super) after: Node<'a>,
    pub(super) unknown: Node<'a>,
    pub(super) marks: [Node<'a>; 2],
}

/// What is kept of the values: canonical, masked, and digested before they were masked.
pub(super) struct Sealed {
    pub(super) before: Option<Box<RawValue>>,
    pub(super) after: Option<Box<RawValue>>,
    pub(super) values: Digest,
}

impl<'a> Values<'a> {
    pub(super) fn read(change: &RawChange<'a>) -> Result<Self, ReadError> {
        Ok(Self {
            before: part(change.before, "before")?,
            after: part(change.after, "after")?,
            unknown: part(change.after_unknown, "after_unknown")?,
            marks: [
                part(change.before_sensitive, "before_sensitive")?,
                part(change.after_sensitive, "after_sensitive")?,
            ],
        })
    }

    pub(super) fn masked(&self, secrets: &Secrets) -> Masked {
        mask::find(
            mask::Sides {
                before: Some(&self.before),
                after: Some(&self.after),
                marks: [Some(&self.marks[0]), Some(&self.marks[1])],
                unknown: Some(&self.unknown),
            },
            secrets,
        )
    }

    /// Pointers of what is only known afterwards.
    pub(super) fn unknown(&self) -> Vec<String> {
        let mut out = Vec::new();
        flags(&self.unknown, String::new(), &mut out);
        out.sort();
        out
    }

    pub(super) fn seal(mut self, masked: &Masked, unknown: &[String]) -> Result<Sealed, ReadError> {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        let mut texts = [String::new(), String::new()];
        for (text, node) in texts.iter_mut().zip([&self.before, &self.after]) {
            write(node, text);
            part_of(&mut hash, text);
        }
        let marked = self.marks.each_ref().map(|mark| {
            let mut pointers = Vec::new();
            flags(mark, String::new(), &mut pointers);
            pointers.sort();
            pointers
        });
        for list in [unknown, &marked[0], &marked[1]] {
            hash.update((list.len() as u64).to_be_bytes());
            for pointer in list {
                part_of(&mut hash, pointer);
            }
        }
        if !masked.pointers.is_empty() {
            mask::blank(&mut self.before, &masked.pointers);
            mask::blank(&mut self.after, &masked.pointers);
            texts = [canonical(&self.before), canonical(&self.after)];
        }
        let [before, after] = texts;
        Ok(Sealed {
            before: raw(before)?,
            after: raw(after)?,
            values: Digest::from_bytes(hash.finalize().into()),
        })
    }
}

fn part_of(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

/// Parses a part of a change; an absent one is `null`.
pub(super) fn part<'a>(raw: Option<&'a RawValue>, name: &str) -> Result<Node<'a>, ReadError> {
    let Some(raw) = raw else { return Ok(Node::Null) };
    parse(raw.get()).map_err(|fault| fault_at(fault, name))
}

/// A fault of a value, as the refusal of the document.
pub(super) fn fault_at(fault: Fault, name: &str) -> ReadError {
    match fault {
        Fault::Depth => ReadError::TooDeep { limit: crate::MAX_DEPTH },
        Fault::Duplicate(key) => ReadError::DuplicateKey { path: name.to_owned(), key },
        Fault::Syntax => ReadError::WrongType { path: name.to_owned() },
    }
}

/// Pointers of every `true` in a tree of flags.
pub(super) fn flags(node: &Node<'_>, pointer: String, out: &mut Vec<String>) {
    match node {
        Node::Bool(true) => out.push(pointer),
        Node::Array(items) => {
            for (n, item) in items.iter().enumerate().filter(|(_, item)| is_tree(item)) {
                flags(item, format!("{pointer}/{n}"), out);
            }
        }
        Node::Object(members) => {
            for (key, value) in members.iter().filter(|(_, value)| is_tree(value)) {
                flags(value, step(&pointer, key), out);
            }
        }
        _ => {}
    }
}

fn is_tree(node: &Node<'_>) -> bool {
    matches!(node, Node::Bool(true) | Node::Array(_) | Node::Object(_))
}

/// Canonical text as it is stored; `null` is no value.
pub(super) fn raw(text: String) -> Result<Option<Box<RawValue>>, ReadError> {
    if text == "null" {
        return Ok(None);
    }
    RawValue::from_string(text).map(Some).map_err(|_| ReadError::WrongType { path: String::new() })
}
