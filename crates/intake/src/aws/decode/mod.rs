//! Parameters out of each protocol into one JSON shape: objects by the names of the service model's members.

mod cbor;
mod form;
mod json;
mod rest;
mod scalar;
mod xml;

use std::borrow::Cow;
use std::fmt;

pub(crate) use cbor::cbor;
pub(crate) use form::{Pairs, form, form_pairs};
pub(crate) use json::{Names, json, shaped};
pub(crate) use rest::{Parts, rest};
use serde_json::{Map, Value};

use crate::value::Node;

/// The deepest nesting that is read in a request.
pub(crate) const DEEPEST: usize = 64;

/// The most values that are read in one request.
pub(crate) const MOST_VALUES: usize = 200_000;

/// Why a body cannot be read: the part of a sentence after "the request cannot be read: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) Cow<'static, str>);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn fault<T>(says: impl Into<Cow<'static, str>>) -> Result<T, Fault> {
    Err(Fault(says.into()))
}

pub(crate) type Parameters = Map<String, Value>;

/// Puts a member in; two of one name, though they came by different ways, are refused.
pub(crate) fn put(into: &mut Parameters, name: &str, value: Value) -> Result<(), Fault> {
    match into.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => fault(format!("`{name}` is there more than once")),
    }
}

/// The value as it stands, without a shape.
fn plain(node: &Node<'_>) -> Result<Value, Fault> {
    Ok(match node {
        Node::Null => Value::Null,
        Node::Bool(flag) => Value::Bool(*flag),
        Node::Number(text) => scalar::number(text)?,
        Node::String(text) => Value::String(text.clone().into_owned()),
        Node::Array(items) => Value::Array(items.iter().map(plain).collect::<Result<_, _>>()?),
        Node::Object(members) => {
            let mut object = Map::new();
            for (key, value) in members {
                put(&mut object, key, plain(value)?)?;
            }
            Value::Object(object)
        }
    })
}
