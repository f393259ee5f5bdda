//! Forms of the query protocol and of EC2's dialect: names with dots and numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{DEEPEST, Fault, MOST_VALUES, Parameters, fault, put, scalar};
use crate::aws::Protocol;
use crate::aws::index::{Kind, Service, Shape, Type};

/// Decoded pairs.
pub(crate) type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// The pairs of a form's body.
pub(crate) fn form_pairs(body: &[u8]) -> Result<Pairs<'_>, Fault> {
    let Ok(text) = std::str::from_utf8(body) else { return fault("the body is not UTF-8") };
    let pairs = text.trim_end_matches(['\r', '\n']).split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(key)?, decode(value)?))
    });
    pairs.collect::<Option<_>>().map_or_else(|| fault("the form has a broken escape"), Ok)
}

fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('+') {
        return crate::aws::head::percent(text);
    }
    Some(Cow::Owned(crate::aws::head::percent(&text.replace('+', " "))?.into_owned()))
}

/// The names of a form as a tree: `a.b.1` is `1` in `b` in `a`.
#[derive(Debug, Default)]
struct Tree<'p> {
    value: Option<&'p str>,
    below: BTreeMap<&'p str, Tree<'p>>,
}

impl<'p> Tree<'p> {
    fn put(&mut self, name: &'p str, value: &'p str) -> Result<(), Fault> {
        let mut at = self;
        for (depth, part) in name.split('.').enumerate() {
            if depth > DEEPEST {
                return fault("a name in the form is too deep");
            }
            if at.value.is_some() {
                return fault(format!("`{name}` is both a value and a prefix"));
            }
            at = at.below.entry(part).or_default();
        }
        if at.value.is_some() || !at.below.is_empty() {
            return fault(format!("`{name}` is there more than once"));
        }
        at.value = Some(value);
        Ok(())
    }
}

/// The parameters of a form, without `Action` and `Version`, and the names that the model does not have.
pub(crate) fn form(
    pairs: &Pairs<'_>,
    of: Option<Type>,
    service: &Service,
) -> Result<(Parameters, Vec<String>), Fault> {
    if pairs.len() > MOST_VALUES {
        return fault("the form has too many values");
    }
    let mut tree = Tree::default();
    for (name, value) in pairs.iter().filter(|(name, _)| name != "Action" && name != "Version") {
        tree.put(name, value)?;
    }
    let mut reader = Reader { service, ec2: service.speaks(Protocol::Ec2), strange: Vec::new() };
    let shape = of.and_then(|of| service.shape_of(of));
    let parameters = match reader.compound(&tree, shape, "")? {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    Ok((parameters, reader.strange))
}

struct Reader<'s> {
    service: &'s Service,
    /// EC2's dialect writes every list flat, under the member's own name.
    ec2: bool,
    strange: Vec<String>,
}

impl Reader<'_> {
    fn value(&mut self, tree: &Tree<'_>, of: Type, name: &str) -> Result<Value, Fault> {
        match (of.kind, tree.value) {
            (Kind::Shape(at), None) => {
                let service = self.service;
                self.compound(tree, service.shape(at), name)
            }
            // An empty list or structure is written as an empty value.
            (Kind::Shape(at), Some("")) => Ok(match self.service.shape(at) {
                Some(Shape::List { .. }) => Value::Array(Vec::new()),
                _ => Value::Object(Map::new()),
            }),
            (Kind::Shape(_), Some(_)) => fault(format!("`{name}` must not be a single value")),
            (kind, Some(value)) => scalar::text(value, kind, name),
            (_, None) => fault(format!("`{name}` must be a single value")),
        }
    }

    fn compound(&mut self, tree: &Tree<'_>, shape: Option<&Shape>, name: &str) -> Result<Value, Fault> {
        match shape {
            Some(Shape::Structure(members)) => {
                let mut object = Map::new();
                let mut known = Vec::new();
                for member in members {
                    let wire = self.wire(member.wire, member.of);
                    let Some(below) = tree.below.get(wire) else { continue };
                    known.push(wire);
                    put(&mut object, member.name, self.value(below, member.of, member.name)?)?;
                }
                for (wire, below) in tree.below.iter().filter(|(wire, _)| !known.contains(wire)) {
                    self.strange.push((*wire).to_owned());
                    put(&mut object, wire, bare(below))?;
                }
                Ok(Value::Object(object))
            }
            Some(Shape::List { of, wire, flat }) => {
                let items = if *flat || self.ec2 { tree } else { self.inner(tree, wire, name)? };
                let items = numbered(items, name)?.into_iter();
                items.map(|item| self.value(item, *of, name)).collect::<Result<_, _>>().map(Value::Array)
            }
            Some(Shape::Map { value, wires, flat, .. }) => {
                let entries = if *flat || self.ec2 { tree } else { self.inner(tree, "entry", name)? };
                let mut object = Map::new();
                for entry in numbered(entries, name)? {
                    let key = entry.below.get(wires.0).and_then(|key| key.value);
                    let (Some(key), true) = (key, entry.below.len() <= 2) else {
                        return fault(format!("`{name}` is not a map as the form writes one"));
                    };
                    let found = match entry.below.get(wires.1) {
                        Some(below) => self.value(below, *value, key)?,
                        None => Value::Null,
                    };
                    put(&mut object, key, found)?;
                }
                Ok(Value::Object(object))
            }
            None => {
                self.strange.extend(tree.below.keys().map(|key| (*key).to_owned()));
                Ok(bare(tree))
            }
        }
    }

    /// A flattened list goes by its element's name where that has one.
    fn wire<'m>(&self, wire: &'m str, of: Type) -> &'m str {
        match self.service.shape_of(of) {
            Some(Shape::List { wire: element, flat: true, .. }) if *element != "member" && !self.ec2 => {
                element
            }
            Some(Shape::Map { form: Some(form), .. }) => form,
            _ => wire,
        }
    }

    /// What is below `Name.member`; a list without that word is refused.
    fn inner<'t, 'p>(&self, tree: &'t Tree<'p>, wire: &str, name: &str) -> Result<&'t Tree<'p>, Fault> {
        match (tree.below.get(wire), tree.below.len()) {
            (Some(inner), 1) => Ok(inner),
            _ => fault(format!("`{name}` is not a list as the form writes one (`{wire}.1`)")),
        }
    }
}

/// The elements in the order of their numbers.
fn numbered<'t, 'p>(tree: &'t Tree<'p>, name: &str) -> Result<Vec<&'t Tree<'p>>, Fault> {
    let mut items = Vec::new();
    for (key, item) in &tree.below {
        match key.parse::<u32>() {
            Ok(number) if !key.starts_with(['+', '0']) || *key == "0" => items.push((number, item)),
            _ => return fault(format!("`{name}` has an element without a number")),
        }
    }
    if tree.value.is_some_and(|value| !value.is_empty()) {
        return fault(format!("`{name}` must not be a single value"));
    }
    items.sort_by_key(|(number, _)| *number);
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

/// A part of the form that the model does not know.
fn bare(tree: &Tree<'_>) -> Value {
    match tree.value {
        Some(value) => Value::String(value.to_owned()),
        None => {
            Value::Object(tree.below.iter().map(|(key, below)| ((*key).to_owned(), bare(below))).collect())
        }
    }
}
