//! Functions and references in templates: their short YAML tags, and which values they leave open.

use std::borrow::Cow;

use crate::value::Node;

/// Functions that have a short tag of their own name behind `Fn::`.
const FUNCTIONS: [&str; 20] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
];

/// `!Sub x` as `{"Fn::Sub": x}`.
pub(super) fn tags(tag: &str, node: Node<'static>) -> Option<Node<'static>> {
    let object = |key: &str, node| Some(Node::Object(vec![(Cow::Owned(key.to_owned()), node)]));
    match tag {
        "Ref" | "Condition" => object(tag, node),
        "GetAtt" => {
            let split = match &node {
                Node::String(text) => text.split_once('.').map(|(id, attribute)| {
                    let part = |text: &str| Node::String(Cow::Owned(text.to_owned()));
                    Node::Array(vec![part(id), part(attribute)])
                }),
                _ => None,
            };
            object("Fn::GetAtt", split.unwrap_or(node))
        }
        "Transform" => object("Fn::Transform", node),
        _ if FUNCTIONS.contains(&tag) => object(&format!("Fn::{tag}"), node),
        _ => None,
    }
}

/// The name and argument of a function, if that is what a value is.
pub(super) fn function<'n, 'a>(node: &'n Node<'a>) -> Option<(&'n str, &'n Node<'a>)> {
    match node.members() {
        [(name, argument)] if name == "Ref" || name.starts_with("Fn::") => Some((name, argument)),
        _ => None,
    }
}

/// The names that a text of `Fn::Sub` holds: `${Name}` and `${Name.Attribute}`, but not `${!Literal}`.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('!'))
}

/// Every resource or parameter that a value refers to, each with how.
pub(super) fn references(node: &Node<'_>, out: &mut Vec<String>) {
    let first = |node: &Node<'_>| match node {
        Node::String(text) => text.split('.').next().map(str::to_owned),
        Node::Array(items) => items.first().and_then(Node::as_str).map(str::to_owned),
        _ => None,
    };
    match function(node) {
        Some(("Ref", Node::String(name))) => out.push(name.clone().into_owned()),
        Some(("Fn::GetAtt", argument)) => out.extend(first(argument)),
        Some(("Fn::Sub", argument)) => {
            let (text, own) = match argument {
                Node::Array(items) => (items.first().and_then(Node::as_str), items.get(1)),
                other => (other.as_str(), None),
            };
            let known = |name: &&str| own.is_none_or(|own| own.get(name).is_none());
            let of = |name: &str| name.split('.').next().unwrap_or(name).to_owned();
            out.extend(names(text.unwrap_or_default()).filter(known).map(of));
            own.into_iter().for_each(|own| references(own, out));
        }
        _ => match node {
            Node::Array(items) => items.iter().for_each(|item| references(item, out)),
            Node::Object(members) => members.iter().for_each(|(_, value)| references(value, out)),
            _ => {}
        },
    }
}

/// The names of other stacks' exports that a value imports.
pub(super) fn imports(node: &Node<'_>, out: &mut Vec<String>) {
    match function(node) {
        Some(("Fn::ImportValue", Node::String(name))) => out.push(name.clone().into_owned()),
        _ => match node {
            Node::Array(items) => items.iter().for_each(|item| imports(item, out)),
            Node::Object(members) => members.iter().for_each(|(_, value)| imports(value, out)),
            _ => {}
        },
    }
}
