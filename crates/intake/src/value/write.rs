use std::borrow::Cow;

use super::Node;

/// The canonical text of a value: sorted keys, no white space, one spelling for every string and number.
pub(crate) fn canonical(node: &Node<'_>) -> String {
    let mut out = String::new();
    write(node, &mut out);
    out
}

/// Appends the canonical text of a value.
pub(crate) fn write(node: &Node<'_>, out: &mut String) {
    match node {
        Node::Null => out.push_str("null"),
        Node::Bool(true) => out.push_str("true"),
        Node::Bool(false) => out.push_str("false"),
        Node::Number(text) => out.push_str(text),
        Node::String(text) => string(text, out),
        Node::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Node::Object(members) => {
            out.push('{');
            for (n, (key, value)) in members.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                string(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

#[expect(clippy::ptr_arg, reason = "whether it is borrowed says whether it can need an escape")]
fn string(text: &Cow<'_, str>, out: &mut String) {
    out.push('"');
    match text {
        // Borrowed means that the source had no escape, so there is nothing to escape here either.
        Cow::Borrowed(text) => out.push_str(text),
        Cow::Owned(text) => {
            for c in text.chars() {
                match c {
                    '"' => out.push_str("\\\""),
                    '\\' => out.push_str("\\\\"),
                    '\u{8}' => out.push_str("\\b"),
                    '\u{c}' => out.push_str("\\f"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                    c => out.push(c),
                }
            }
        }
    }
    out.push('"');
}
