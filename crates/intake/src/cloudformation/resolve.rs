//! Values of templates, with what is known of parameters and mappings put in.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::intrinsic::{function, names};
use crate::value::{Node, canonical};

/// What the values of one template are resolved by.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    parameters: BTreeMap<String, Node<'a>>,
    mappings: BTreeMap<String, Node<'a>>,
    conditions: BTreeMap<String, Node<'a>>,
    /// Conditions that mean something else in the other template.
    pub(super) changed: BTreeSet<String>,
}

impl<'a> Scope<'a> {
    /// Reads the parameters of a template, with the values given for them.
    pub(super) fn new(template: &Node<'a>, given: &BTreeMap<String, Node<'a>>) -> Self {
        let part = |key: &str| template.get(key).map(Node::members).unwrap_or_default();
        let mut parameters = BTreeMap::new();
        for (name, parameter) in part("Parameters") {
            let text = |key: &str| parameter.get(key).and_then(Node::as_str).unwrap_or_default();
            let hidden =
                parameter.get("NoEcho").is_some_and(|flag| flag.is_true() || flag.as_str() == Some("true"));
            let value = given.get(name.as_ref()).or_else(|| parameter.get("Default"));
            if let Some(value) = value.filter(|_| !hidden) {
                parameters.insert(name.to_string(), typed(text("Type"), value));
            }
        }
        let all = |key: &str| part(key).iter().map(|(name, node)| (name.to_string(), node.clone())).collect();
        Self {
            parameters,
            mappings: all("Mappings"),
            conditions: all("Conditions"),
            changed: BTreeSet::new(),
        }
    }

    /// Notes which conditions mean something else in another template, also through other conditions.
    pub(super) fn compare(&mut self, other: &Scope<'a>) {
        let meaning = |scope: &Scope<'a>, name: &String| {
            scope.conditions.get(name).map(|node| canonical(&scope.resolve(node)))
        };
        let all: BTreeSet<&String> = self.conditions.keys().chain(other.conditions.keys()).collect();
        let mut changed: BTreeSet<String> = all
            .iter()
            .filter(|name| meaning(self, name) != meaning(other, name))
            .map(|name| (*name).clone())
            .collect();
        for _ in 0..self.conditions.len() {
            let before = changed.len();
            for (name, node) in &self.conditions {
                let text = canonical(node);
                if changed.iter().any(|other| text.contains(&format!("{{\"Condition\":\"{other}\"}}"))) {
                    changed.insert(name.clone());
                }
            }
            if changed.len() == before {
                break;
            }
        }
        self.changed = changed;
    }

    /// The value, with references to known parameters and mappings replaced by what they stand for.
    pub(super) fn resolve(&self, node: &Node<'a>) -> Node<'a> {
        match (function(node), node) {
            (Some(("Ref", Node::String(name))), _) if name == "AWS::NoValue" => Node::Null,
            (Some(("Ref", Node::String(name))), _) => {
                self.parameters.get(name.as_ref()).cloned().unwrap_or_else(|| node.clone())
            }
            (Some(("Fn::Sub", Node::String(text))), _) => self.substitute(text),
            (Some(("Fn::FindInMap", Node::Array(keys))), _) => self.look_up(keys),
            (Some(("Fn::If", Node::Array(parts))), _) => self.conditional(parts),
            (_, Node::Array(items)) => Node::Array(items.iter().map(|item| self.resolve(item)).collect()),
            (_, Node::Object(members)) => {
                Node::Object(members.iter().map(|(key, value)| (key.clone(), self.resolve(value))).collect())
            }
            _ => node.clone(),
        }
    }

    fn substitute(&self, text: &str) -> Node<'a> {
        let mut out = text.to_owned();
        for name in names(text) {
            let value = match self.parameters.get(name) {
                Some(Node::String(value) | Node::Number(value)) => value.clone(),
                _ => continue,
            };
            out = out.replace(&format!("${{{name}}}"), &value);
        }
        let open = names(&out).next().is_some();
        let text = Node::String(Cow::Owned(out));
        if open { object("Fn::Sub", text) } else { text }
    }

    fn look_up(&self, keys: &[Node<'a>]) -> Node<'a> {
        let keys: Vec<Node<'a>> = keys.iter().map(|key| self.resolve(key)).collect();
        let map = keys.first().and_then(Node::as_str).and_then(|name| self.mappings.get(name));
        let found = map.and_then(|map| map.get(keys.get(1)?.as_str()?)?.get(keys.get(2)?.as_str()?));
        match (found, map) {
            (Some(value), _) => value.clone(),
            // Which entry counts is not known, so a change of any shows.
            (None, Some(map)) => {
                let rest = keys.iter().skip(1).cloned();
                object("Fn::FindInMap", Node::Array(std::iter::once(map.clone()).chain(rest).collect()))
            }
            (None, None) => object("Fn::FindInMap", Node::Array(keys)),
        }
    }

    fn conditional(&self, parts: &[Node<'a>]) -> Node<'a> {
        let mut parts: Vec<Node<'a>> = parts.iter().map(|part| self.resolve(part)).collect();
        if let Some(first) = parts.first_mut()
            && let Some(name) = first.as_str()
            && self.changed.contains(name)
            && let Some(meaning) = self.conditions.get(name)
        {
            *first = self.resolve(meaning);
        }
        object("Fn::If", Node::Array(parts))
    }
}

fn object<'a>(key: &'static str, node: Node<'a>) -> Node<'a> {
    Node::Object(vec![(Cow::Borrowed(key), node)])
}

/// A parameter's value, as its type says.
fn typed<'a>(kind: &str, value: &Node<'a>) -> Node<'a> {
    if kind.starts_with("AWS::SSM::Parameter::Value") {
        // The value is the name of a parameter elsewhere, so only a change of that name is known.
        return object("Ref", Node::Array(vec![value.clone()]));
    }
    match value {
        Node::String(text) if kind == "CommaDelimitedList" || kind.starts_with("List<") => Node::Array(
            text.split(',').map(|part| Node::String(Cow::Owned(part.trim().to_owned()))).collect(),
        ),
        other => other.clone(),
    }
}
