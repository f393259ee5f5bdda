//! XML bodies. A document type and entities of its own are refused.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use quick_xml::{XmlVersion, escape};
use serde_json::{Map, Value};

use super::{DEEPEST, Fault, MOST_VALUES, Parameters, fault, put, scalar};
use crate::aws::index::{Kind, Member, Place, Service, Shape, Type};

/// An element without name spaces' prefixes.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

/// The root element.
pub(super) fn read(body: &[u8]) -> Result<Element, Fault> {
    let Ok(text) = std::str::from_utf8(body) else { return fault("the body is not UTF-8") };
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    let mut left = MOST_VALUES;
    loop {
        let Some(next) = left.checked_sub(1) else { return fault("the body has too many elements") };
        left = next;
        let event = reader.read_event().map_err(|_| Fault(Cow::Borrowed("the body is not XML")))?;
        let depth = open.len();
        let Some(top) = open.last_mut() else { return fault("the body is not XML") };
        match event {
            Event::Start(start) if depth <= DEEPEST => open.push(element(&start)?),
            Event::Start(_) => return fault("the body is nested too deeply"),
            Event::Empty(start) => top.children.push(element(&start)?),
            Event::End(_) => close(&mut open)?,
            Event::Text(text) => top.text.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => top.text.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => top.text.push(character(&reference)?),
            Event::Comment(_) | Event::Decl(_) => {}
            Event::PI(_) | Event::DocType(_) => {
                return fault("the body has an XML document type or instruction");
            }
            Event::Eof => break,
        }
    }
    match (open.pop(), open.len()) {
        (Some(mut outside), 0) if outside.children.len() == 1 && outside.text.trim().is_empty() => {
            outside.children.pop().map_or_else(|| fault("the body is not XML"), Ok)
        }
        _ => fault("the body is not one XML element"),
    }
}

fn close(open: &mut Vec<Element>) -> Result<(), Fault> {
    match (open.pop(), open.last_mut()) {
        (Some(done), Some(parent)) => {
            parent.children.push(done);
            Ok(())
        }
        _ => fault("the body is not XML"),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, Fault> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Fault(Cow::Borrowed("the body has a broken attribute")))?;
        let name: &str = attribute.key.into_inner();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|_| Fault(Cow::Borrowed("the body has a broken attribute")))?;
        attributes.push((name.to_owned(), value.into_owned()));
    }
    let name: &str = start.local_name().into_inner();
    Ok(Element { name: name.to_owned(), attributes, ..Element::default() })
}

/// One of XML's own five entities, or a character by number.
fn character(reference: &BytesRef<'_>) -> Result<char, Fault> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => return Ok(character),
        Ok(None) => {}
        Err(_) => return fault("the body has a broken character reference"),
    }
    let text = escape::resolve_xml_entity(reference).and_then(|text| text.chars().next());
    text.map_or_else(|| fault("the body has an XML entity of its own"), Ok)
}

/// Reads elements by their shapes; `strange` collects those that the model does not have.
pub(super) struct ByShape<'s> {
    pub(super) service: &'s Service,
    pub(super) strange: Vec<String>,
}

impl ByShape<'_> {
    /// The members of a structure in the body.
    pub(super) fn structure(&mut self, element: &Element, members: &[Member]) -> Result<Parameters, Fault> {
        let mut object = Map::new();
        for member in members.iter().filter(|member| member.place == Place::Body && !member.payload) {
            if member.attribute {
                let found = element.attributes.iter().find(|(name, _)| name == member.wire);
                if let Some((_, text)) = found {
                    put(&mut object, member.name, scalar::text(text, member.of.kind, member.name)?)?;
                }
                continue;
            }
            let mut found = element.children.iter().filter(|child| child.name == member.wire);
            let value = match self.service.shape_of(member.of) {
                Some(Shape::List { of, flat: true, .. }) => {
                    let items: Vec<_> =
                        found.map(|item| self.value(item, *of, member.name)).collect::<Result<_, _>>()?;
                    if items.is_empty() {
                        continue;
                    }
                    Value::Array(items)
                }
                _ => match (found.next(), found.next()) {
                    (None, _) => continue,
                    (Some(one), None) => self.value(one, member.of, member.name)?,
                    _ => return fault(format!("`{}` is there more than once", member.name)),
                },
            };
            put(&mut object, member.name, value)?;
        }
        let known = |name: &str| members.iter().any(|member| member.wire == name);
        for child in element.children.iter().filter(|child| !known(&child.name)) {
            self.strange.push(child.name.clone());
            put(&mut object, &child.name, bare(child)?)?;
        }
        Ok(object)
    }

    pub(super) fn value(&mut self, element: &Element, of: Type, name: &str) -> Result<Value, Fault> {
        let service = self.service;
        match service.shape_of(of) {
            Some(Shape::Structure(members)) => self.structure(element, members).map(Value::Object),
            Some(Shape::List { of, wire, .. }) => {
                if let Some(other) = element.children.iter().find(|child| child.name != *wire) {
                    return fault(format!(
                        "`{name}` has an element `{}` where `{wire}` is meant",
                        other.name
                    ));
                }
                let items = element.children.iter().map(|item| self.value(item, *of, name));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            Some(Shape::Map { value, wires, .. }) => {
                let mut object = Map::new();
                for entry in &element.children {
                    let part = |wire: &str| entry.children.iter().find(|child| child.name == wire);
                    let (Some(key), Some(found), 2) = (part(wires.0), part(wires.1), entry.children.len())
                    else {
                        return fault(format!("`{name}` is not a map as XML writes one"));
                    };
                    put(&mut object, &key.text, self.value(found, *value, name)?)?;
                }
                Ok(Value::Object(object))
            }
            None if !element.children.is_empty() => match of.kind {
                Kind::Any => bare(element),
                _ => fault(format!("`{name}` must be a single value")),
            },
            None => scalar::text(scalar_text(element, of.kind), of.kind, name),
        }
    }
}

/// White space around anything but text says nothing.
fn scalar_text(element: &Element, kind: Kind) -> &str {
    if kind == Kind::Text { &element.text } else { element.text.trim() }
}

/// An element that the model does not know.
fn bare(element: &Element) -> Result<Value, Fault> {
    if element.children.is_empty() {
        return Ok(Value::String(element.text.clone()));
    }
    let mut object: Map<String, Value> = Map::new();
    for child in &element.children {
        let value = bare(child)?;
        match object.get_mut(&child.name) {
            Some(Value::Array(items)) => items.push(value),
            _ => put(&mut object, &child.name, Value::Array(vec![value]))?,
        }
    }
    Ok(Value::Object(object))
}
