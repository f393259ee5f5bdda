//! JSON bodies. Keys twice, at any depth, are refused: readers differ on which of them counts.

use serde_json::{Map, Value};

use super::{DEEPEST, Fault, Parameters, fault, plain, put, scalar};
use crate::aws::index::{Kind, Member, Place, Service, Shape, Type};
use crate::value::{self, Node};

/// By which names a document calls members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// As they travel.
    Wire,
    /// As the service model has them.
    Model,
}

/// A JSON body as a tree; an empty body is an empty object.
pub(crate) fn json(body: &[u8]) -> Result<Node<'_>, Fault> {
    if body.is_empty() {
        return Ok(Node::Object(Vec::new()));
    }
    let Ok(text) = std::str::from_utf8(body) else { return fault("the body is not UTF-8") };
    match value::parse(text) {
        Ok(node) if depth(&node) <= DEEPEST => Ok(node),
        Ok(_) | Err(value::Fault::Depth) => fault("the body is nested too deeply"),
        Err(value::Fault::Duplicate(key)) => fault(format!("`{key}` is there more than once")),
        Err(value::Fault::Syntax) => fault("the body is not JSON"),
    }
}

fn depth(node: &Node<'_>) -> usize {
    let below = match node {
        Node::Array(items) => items.iter().map(depth).max(),
        Node::Object(members) => members.iter().map(|(_, value)| depth(value)).max(),
        _ => None,
    };
    below.map_or(1, |below| below + 1)
}

/// A tree by its shape: members under their names in the model, times in one spelling, the rest as it stands.
pub(crate) fn shaped(node: &Node<'_>, of: Type, service: &Service, names: Names) -> Result<Value, Fault> {
    match (of.kind, node) {
        (Kind::Time(_), Node::Number(text) | Node::String(text)) => {
            Ok(Value::String(scalar::moment(text).unwrap_or_else(|| text.clone().into_owned())))
        }
        (Kind::Shape(at), _) => match (service.shape(at), node) {
            (Some(Shape::Structure(members)), Node::Object(pairs)) => {
                structure(pairs, members, service, names).map(Value::Object)
            }
            (Some(Shape::List { of, .. }), Node::Array(items)) => {
                let items = items.iter().map(|item| shaped(item, *of, service, names));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            (Some(Shape::Map { value, .. }), Node::Object(pairs)) => {
                let mut object = Map::new();
                for (key, node) in pairs {
                    put(&mut object, key, shaped(node, *value, service, names)?)?;
                }
                Ok(Value::Object(object))
            }
            _ => plain(node),
        },
        _ => plain(node),
    }
}

/// A whole body by the shape of the operation's input.
pub(super) fn top(node: &Node<'_>, input: &Shape, service: &Service) -> Result<Value, Fault> {
    match (input, node) {
        (Shape::Structure(members), Node::Object(pairs)) => {
            structure(pairs, members, service, Names::Wire).map(Value::Object)
        }
        _ => fault("the body is not a JSON object"),
    }
}

fn structure(
    pairs: &[(std::borrow::Cow<'_, str>, Node<'_>)],
    members: &[Member],
    service: &Service,
    names: Names,
) -> Result<Parameters, Fault> {
    let mut object = Map::new();
    for (key, node) in pairs {
        let found = members.iter().find(|member| match names {
            Names::Wire => member.wire == key && member.place == Place::Body && !member.payload,
            Names::Model => member.name == key,
        });
        match found {
            Some(member) => put(&mut object, member.name, shaped(node, member.of, service, names)?)?,
            None => put(&mut object, key, plain(node)?)?,
        }
    }
    Ok(object)
}
