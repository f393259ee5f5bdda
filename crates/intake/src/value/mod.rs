//! JSON values that keep what serde's numbers lose: borrowed from the text, keys sorted, numbers normalised but exact.

mod number;
mod parse;
mod pointer;
#[cfg(test)]
mod tests;
mod write;

use std::borrow::Cow;

pub(crate) use parse::{Fault, parse};
pub(crate) use pointer::{find, step};
pub(crate) use write::{canonical, write};

/// The canonical spelling of a number; `None` for what is not one.
pub(crate) fn number(text: &str) -> Option<String> {
    number::canonical(text).map(Cow::into_owned)
}

/// One JSON value. Objects are sorted by key and have no key twice; numbers are in canonical spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The same value, borrowed from nothing.
    pub(crate) fn owned(&self) -> Node<'static> {
        let text = |text: &str| Cow::Owned(text.to_owned());
        match self {
            Node::Null => Node::Null,
            Node::Bool(flag) => Node::Bool(*flag),
            Node::Number(number) => Node::Number(text(number)),
            Node::String(string) => Node::String(text(string)),
            Node::Array(items) => Node::Array(items.iter().map(Node::owned).collect()),
            Node::Object(members) => {
                Node::Object(members.iter().map(|(key, value)| (text(key), value.owned())).collect())
            }
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node<'a>> {
        match self {
            Node::Object(members) => {
                let found = members.binary_search_by(|(name, _)| name.as_ref().cmp(key)).ok()?;
                members.get(found).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// As [`Node::get`], for a key that is likely to stand at this place: two sides of a resource mostly have the
    /// same keys.
    pub(crate) fn get_near(&self, key: &str, at: usize) -> Option<&Node<'a>> {
        match self.members().get(at) {
            Some((name, value)) if name == key => Some(value),
            _ => self.get(key),
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Node::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Node::Number(text) | Node::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Node<'a>] {
        match self {
            Node::Array(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn members(&self) -> &[(Cow<'a, str>, Node<'a>)] {
        match self {
            Node::Object(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        *self == Node::Bool(true)
    }

    /// `null`, `[]`, `{}` and `""` count as no value: providers write any of them for an attribute that is not set.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Node::Null => true,
            Node::String(text) => text.is_empty(),
            Node::Array(items) => items.is_empty(),
            Node::Object(members) => members.is_empty(),
            Node::Bool(_) | Node::Number(_) => false,
        }
    }
}
