//! CloudFormation: change sets, and templates old against new.

mod change_set;
mod diagnose;
mod fate;
mod graph;
mod intrinsic;
mod item;
mod outputs;
mod resolve;
mod sets;
mod template;
#[cfg(test)]
mod tests;
mod translate;
pub(crate) mod types;

use std::borrow::Cow;

use holdpoint_core::{Change, Context, Effect, EffectKind, Format};

use crate::Patterns;
use crate::foreign::{Words, documents};
use crate::mask::Masked;
use crate::signs::Signs;
use crate::table::Table;
use crate::value::{Node, canonical};
use crate::{ReadError, yaml};
use fate::Fate;
use item::{Item, Judge};
use template::{Pairing, Stack, macros};

const WORDS: Words = Words {
    what: "a CloudFormation change set or template",
    hand_in: "the output of `aws cloudformation describe-change-set --include-property-values`, or the old and the new template with `---` between them",
};

/// Reads a document of this format.
///
/// # Errors
/// If it is not what the format says, by name.
pub fn read(bytes: &[u8]) -> Result<Change, ReadError> {
    read_with(bytes, &Patterns::default())
}

/// As [`read`], with these signs of an environment.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    let nodes = documents(bytes, WORDS, intrinsic::tags)?;
    let nodes = match nodes.iter().any(change_set::is_one) {
        true => nodes.into_iter().filter(|node| *node != Node::Null).collect(),
        false => nodes,
    };
    let nodes = match <[Node<'_>; 1]>::try_from(nodes) {
        Ok([Node::Array(items)]) => items,
        Ok([one]) => vec![one],
        Err(many) => many,
    };
    if !nodes.is_empty() && nodes.iter().all(change_set::is_one) {
        return sets::read(&nodes, patterns);
    }
    let template = |node: Node<'_>| diagnose::template(&node).map(|()| node.owned());
    let stack = |old, new| Stack {
        name: String::new(),
        old,
        new,
        parameters: Default::default(),
        old_parameters: Default::default(),
    };
    let mut nodes = nodes.into_iter();
    match (nodes.next(), nodes.next(), nodes.next()) {
        (Some(one), None, _) if one.get("old").is_some() || one.get("new").is_some() => {
            compare(&wrapped(&one)?, patterns)
        }
        (Some(one), None, _) if one != Node::Null => compare(&stack(Node::Null, template(one)?), patterns),
        (Some(old), Some(new), None) => compare(&stack(template(old)?, template(new)?), patterns),
        (_, _, Some(_)) => {
            Err(not_this("these are more than two documents, and not all of them are change sets"))
        }
        _ => Err(ReadError::Nothing { hand_in: WORDS.hand_in }),
    }
}

/// `{"old": …, "new": …}`, with what is known beside them.
fn wrapped<'a>(node: &Node<'a>) -> Result<Stack<'a>, ReadError> {
    let side = |key: &str| match node.get(key) {
        None => Ok(Node::Null),
        Some(Node::String(text)) => {
            let read = yaml::documents(text, intrinsic::tags)
                .map_err(|fault| crate::foreign::refusal(fault, WORDS))?;
            let one = read.into_iter().next().unwrap_or(Node::Null);
            diagnose::template(&one).map(|()| one)
        }
        Some(other) => {
            let template = other.get("TemplateBody").unwrap_or(other);
            diagnose::template(template).map(|()| template.clone())
        }
    };
    let parameters = change_set::parameters(node.get("parameters"))?;
    let old_parameters = match node.get("old_parameters") {
        Some(given) => change_set::parameters(Some(given))?,
        None => parameters.clone(),
    };
    let name = node.get("stack").and_then(Node::as_str).unwrap_or_default().to_owned();
    Ok(Stack { name, old: side("old")?, new: side("new")?, parameters, old_parameters })
}

fn wrong(path: &str) -> ReadError {
    ReadError::WrongPart { path: path.to_owned(), what: WORDS.what }
}

fn not_this(says: &'static str) -> ReadError {
    ReadError::NotThis { what: WORDS.what, says, hand_in: WORDS.hand_in }
}

/// Two templates, as a change.
fn compare(stack: &Stack<'_>, patterns: &Patterns) -> Result<Change, ReadError> {
    let (table, types) = (Table::get()?, types::get()?);
    let pairing = Pairing::of(stack);
    let mut signs = Signs::new(patterns.clone());
    signs.address(&stack.name);
    said(&mut signs, &stack.name, stack.parameters.iter().map(|(key, value)| (key.as_str(), value)));
    let defaults = stack.new.get("Parameters").map(Node::members).unwrap_or_default().iter();
    let given = |(name, parameter): &'_ (Cow<'_, str>, Node<'_>)| {
        let value = parameter.get("Default").filter(|_| !stack.parameters.contains_key(name.as_ref()))?;
        Some((name.to_string(), value.owned()))
    };
    let defaults: Vec<_> = defaults.filter_map(given).collect();
    said(&mut signs, &stack.name, defaults.iter().map(|(key, value)| (key.as_str(), value)));
    let mut items = pairing.items(types);
    items.extend(expanded(stack));
    let mut judge = Judge { table, types, signs: &mut signs };
    let effects = items.into_iter().map(|item| judge.effect(item)).collect();
    let (estate, unchanged) = pairing.counts();
    Ok(Change {
        format: Format::Cloudformation,
        effects: sorted(effects),
        outputs: outputs::compare(&stack.old, &stack.new, &table.secrets),
        context: Context { estate, unchanged, environment_signs: signs.found(), ..Context::default() },
        graph: graph::Maker { table, types }.of_templates(stack),
    })
}

/// A template that code elsewhere turns into another one may do anything.
fn expanded<'a>(stack: &Stack<'a>) -> Option<Item<'a>> {
    if stack.old == stack.new || !(macros(&stack.old) || macros(&stack.new)) {
        return None;
    }
    let transform = |template: &Node<'a>| template.get("Transform").cloned().unwrap_or(Node::Null);
    Some(Item {
        address: "Transform".to_owned(),
        module: String::new(),
        kind: "AWS::CloudFormation::Macro".to_owned(),
        former: false,
        effect: EffectKind::Execute,
        before: transform(&stack.old),
        after: transform(&stack.new),
        forced_by: Vec::new(),
        unseen: Vec::new(),
        fate: Fate::NotShown,
        open: vec![
            "a macro writes part of the template, and what it writes is not shown: hand in the change set"
                .to_owned(),
        ],
        hazards: Vec::new(),
        imported_as: None,
        beside: format!("{}\n{}", canonical(&stack.old), canonical(&stack.new)),
    })
}

/// What tags and parameters of a stack say of its environment.
fn said<'n, 'a: 'n>(signs: &mut Signs, stack: &str, pairs: impl Iterator<Item = (&'n str, &'n Node<'a>)>) {
    let mut tags: Vec<(Cow<'_, str>, Node<'_>)> =
        pairs.map(|(key, value)| (Cow::Owned(types::snake(key)), value.clone())).collect();
    tags.sort_by(|(a, _), (b, _)| a.cmp(b));
    let node = Node::Object(vec![(Cow::Borrowed("tags"), Node::Object(tags))]);
    signs.values(if stack.is_empty() { "the stack" } else { stack }, &node, &Masked::default());
}

fn sorted(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.sort_by(|a, b| {
        let key = |e: &Effect| (e.resource.address.clone(), e.resource.deposed.clone());
        key(a).cmp(&key(b))
    });
    effects
}
