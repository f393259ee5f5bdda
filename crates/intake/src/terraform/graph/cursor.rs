//! Walking over JSON text that a JSON reader has accepted, without making trees of it.

use std::borrow::Cow;

use super::super::scan::end_of_string;
use crate::value::{Node, parse};

/// A place in the text of one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte that begins the next token.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = self.text.as_bytes().get(self.at).copied()?;
            if !matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Calls back for each member of an object, with the cursor before its value; a value that is not taken is
    /// skipped. Anything but an object is skipped whole.
    pub(super) fn members(&mut self, mut take: impl FnMut(Cow<'a, str>, &mut Self)) {
        if self.peek() != Some(b'{') {
            return self.skip();
        }
        self.at += 1;
        while self.peek() == Some(b'"') {
            let Some(key) = self.string() else { return };
            if !self.eat(b':') {
                return;
            }
            self.taken(|cursor| take(key, cursor));
            self.eat(b',');
        }
        self.eat(b'}');
    }

    /// As [`Cursor::members`], for the items of an array.
    pub(super) fn items(&mut self, mut take: impl FnMut(&mut Self)) {
        if self.peek() != Some(b'[') {
            return self.skip();
        }
        self.at += 1;
        while self.peek().is_some_and(|byte| byte != b']') {
            let before = self.at;
            self.taken(&mut take);
            self.eat(b',');
            if self.at == before {
                return;
            }
        }
        self.eat(b']');
    }

    fn taken(&mut self, take: impl FnOnce(&mut Self)) {
        self.peek();
        let before = self.at;
        take(self);
        if self.at == before {
            self.skip();
        }
    }

    /// The text of a string; `None` when the value is none, and then it is not taken.
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        self.peek();
        let mut ahead = *self;
        let raw = ahead.raw_string()?;
        self.at = ahead.at;
        Some(if raw.contains('\\') { unescape(raw)? } else { Cow::Borrowed(raw) })
    }

    /// What stands between the quotes, escapes and all.
    pub(super) fn raw_string(&mut self) -> Option<&'a str> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.at;
        let end = end_of_string(self.text.as_bytes(), start)?;
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// The text of the value, whatever it is.
    pub(super) fn value(&mut self) -> &'a str {
        self.peek();
        let start = self.at;
        self.skip();
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Whether an array or an object comes next.
    pub(super) fn is_array(&mut self) -> bool {
        self.peek() == Some(b'[')
    }

    pub(super) fn skip(&mut self) {
        let bytes = self.text.as_bytes();
        match self.peek() {
            Some(b'"') => self.at = end_of_string(bytes, self.at + 1).map_or(bytes.len(), |end| end + 1),
            Some(b'{' | b'[') => self.skip_container(),
            _ => {
                let rest = bytes.get(self.at..).unwrap_or_default();
                let length = rest.iter().position(|b| matches!(b, b',' | b']' | b'}')).unwrap_or(rest.len());
                self.at += length;
            }
        }
    }

    fn skip_container(&mut self) {
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        while let Some(byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'"' => self.at = end_of_string(bytes, self.at).map_or(bytes.len(), |end| end + 1),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

/// The text that a string with escapes stands for.
pub(super) fn unescape(raw: &str) -> Option<Cow<'static, str>> {
    match parse(&format!("\"{raw}\"")) {
        Ok(Node::String(text)) => Some(Cow::Owned(text.into_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_items_are_visited_and_the_rest_is_skipped() {
        let text = r#" { "a" : [1, "x\"]", {"b": null}], "c\u0041": "d", "e": {"f": [true]} } "#;
        let (mut keys, mut strings) = (Vec::new(), Vec::new());
        Cursor::new(text).members(|key, cursor| {
            keys.push(key.into_owned());
            if cursor.is_array() {
                cursor.items(|item| strings.extend(item.string().map(Cow::into_owned)));
            }
        });
        assert_eq!(keys, ["a", "cA", "e"]);
        assert_eq!(strings, ["x\"]"]);
    }

    #[test]
    fn a_value_is_its_own_text() {
        let mut found = Vec::new();
        Cursor::new(r#"[{"a":"}"},-1.5 ,"b", []]"#).items(|item| found.push(item.value().to_owned()));
        assert_eq!(found, [r#"{"a":"}"}"#, "-1.5 ", "\"b\"", "[]"]);
    }

    #[test]
    fn no_text_brings_it_down() {
        for text in
            ["", "{", "[", "{\"", "{\"a", "{\"a\"", "{\"a\":", "[,", "{,}", "]", "\"\\", "{\"a\":1 \"b\":2"]
        {
            Cursor::new(text).members(|_, cursor| cursor.skip());
            Cursor::new(text).items(Cursor::skip);
            Cursor::new(text).items(|item| drop(item.string()));
        }
    }
}
