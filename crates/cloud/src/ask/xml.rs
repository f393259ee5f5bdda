//! XML answers as JSON values: enough for AWS's, and no more. No document types, no entities of the document's own,
//! bounded in size and depth.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::{Map, Value};

/// Elements that may lie inside of each other.
const DEEPEST: usize = 32;
/// Elements in one answer.
const MOST: usize = 200_000;

/// Reads an answer. The root's name is left out: its content is the value. An element without children is a string, an
/// empty one null; repeated elements are an array, and an element that holds only `member` or `item` is one, too.
/// Attributes are left out.
///
/// # Errors
/// Says why it could not be read.
pub(crate) fn read(body: &[u8]) -> Result<Value, &'static str> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8")?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut seen = 0_usize;
    loop {
        match reader.read_event().map_err(|_| "it is not well-formed XML")? {
            Event::Start(start) => {
                seen += 1;
                if seen > MOST || open.len() >= DEEPEST || root.is_some() {
                    return Err("it is larger or deeper than AWS's answers are");
                }
                open.push(Element::named(&start));
            }
            Event::Empty(start) => {
                seen += 1;
                if seen > MOST || root.is_some() {
                    return Err("it is larger or deeper than AWS's answers are");
                }
                close(Element::named(&start), &mut open, &mut root);
            }
            Event::End(_) => {
                let element = open.pop().ok_or("it is not well-formed XML")?;
                close(element, &mut open, &mut root);
            }
            Event::Text(text) => add(&mut open, &text.xml_content(quick_xml::XmlVersion::Explicit1_0)),
            Event::CData(text) => add(&mut open, &text.xml_content(quick_xml::XmlVersion::Explicit1_0)),
            Event::GeneralRef(reference) => {
                let known = character(&reference).ok_or("it has an entity that is not XML's own")?;
                add(&mut open, known.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return Err("it has a document type"),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err("it ends in the middle");
    }
    root.ok_or("it is empty")
}

/// An element whose end has not come yet.
#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<(String, Value)>,
}

impl Element {
    fn named(start: &BytesStart<'_>) -> Self {
        Self { name: start.local_name().into_inner().to_owned(), ..Self::default() }
    }

    fn into_value(self) -> Value {
        if self.children.is_empty() {
            let text = self.text.trim();
            return if text.is_empty() { Value::Null } else { Value::String(text.to_owned()) };
        }
        if self.children.iter().all(|(name, _)| name == "member" || name == "item") {
            return Value::Array(self.children.into_iter().map(|(_, value)| value).collect());
        }
        let mut grouped: Map<String, Value> = Map::new();
        let mut repeated: std::collections::HashSet<String> = std::collections::HashSet::new();
        for (name, value) in self.children {
            match grouped.get_mut(&name) {
                None => {
                    grouped.insert(name, value);
                }
                Some(Value::Array(values)) if repeated.contains(&name) => values.push(value),
                Some(first) => {
                    *first = Value::Array(vec![first.take(), value]);
                    repeated.insert(name);
                }
            }
        }
        Value::Object(grouped)
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Value>) {
    let name = element.name.clone();
    let value = element.into_value();
    match open.last_mut() {
        Some(parent) => parent.children.push((name, value)),
        None => *root = Some(value),
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// What a reference stands for: a character by number, or one of the five that XML itself knows.
fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(found)) = reference.resolve_char_ref() {
        return Some(found);
    }
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_items_and_repeated_elements_are_arrays() {
        let xml = b"<?xml version='1.0'?><R xmlns='x'><L><member>a</member></L><I><item><k>1</k></item></I>\
                    <E/><C>1</C><C>2</C><C>3</C><S> a &amp; b &#x41; <![CDATA[<c>]]></S></R>";
        assert_eq!(
            read(xml),
            Ok(json!({"L": ["a"], "I": [{"k": "1"}], "E": null, "C": ["1", "2", "3"], "S": "a & b A <c>"}))
        );
    }

    #[test]
    fn a_repeated_list_stays_a_list_of_lists() {
        let xml = b"<R><G><item>1</item></G><G><item>2</item><item>3</item></G></R>";
        assert_eq!(read(xml), Ok(json!({"G": [["1"], ["2", "3"]]})));
    }

    #[test]
    fn what_a_document_could_blow_up_with_is_refused() {
        assert!(read(b"<!DOCTYPE x [<!ENTITY a 'b'>]><R>&a;</R>").is_err());
        assert!(read(b"<R>&a;</R>").is_err());
        assert!(read(b"<R><a>").is_err());
        assert!(read(b"<R/><R/>").is_err());
        assert!(read(b"").is_err());
        let deep = "<a>".repeat(40) + &"</a>".repeat(40);
        assert!(read(deep.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(text in "[ -~äß€]{0,40}") {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let read = read(format!("<R><t>{escaped}</t></R>").as_bytes()).unwrap();
            let expected = text.trim();
            prop_assert_eq!(read["t"].as_str().unwrap_or(""), expected);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
