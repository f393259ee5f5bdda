use std::borrow::Cow;

use super::{Node, number};
use crate::MAX_DEPTH;

/// Why a value cannot be read. The text went through a JSON reader before, so most of these are rare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nested beyond the limit.
    Depth,
    /// A key that is there twice.
    Duplicate(String),
    /// Not JSON, a lone surrogate, or an exponent beyond reason.
    Syntax,
}

/// Reads one value, and nothing behind it.
pub(crate) fn parse(text: &str) -> Result<Node<'_>, Fault> {
    let mut parser = Parser { text, at: 0 };
    let node = parser.value(0)?;
    parser.space();
    if parser.at == text.len() { Ok(node) } else { Err(Fault::Syntax) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(Fault::Syntax)
        }
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, Fault> {
        match self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            true => {
                self.at += word.len();
                Ok(node)
            }
            false => Err(Fault::Syntax),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::Depth);
        }
        self.space();
        match self.peek() {
            Some(b'n') => self.word("null", Node::Null),
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'"') => Ok(Node::String(self.string()?)),
            Some(b'[') => self.array(depth),
            Some(b'{') => self.object(depth),
            _ => self.number(),
        }
    }

    fn number(&mut self) -> Result<Node<'a>, Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).ok_or(Fault::Syntax)?;
        number::canonical(text).map(Node::Number).ok_or(Fault::Syntax)
    }

    fn array(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        self.eat(b'[')?;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(Node::Array(items));
            }
            self.eat(b',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        self.eat(b'{')?;
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        let mut ascending = true;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Object(members));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.eat(b':')?;
            // Terraform writes its keys sorted, so nearly always there is nothing to sort and nothing twice.
            ascending &= members.last().is_none_or(|(last, _)| *last < key);
            members.push((key, self.value(depth + 1)?));
            self.space();
            if self.peek() == Some(b'}') {
                self.at += 1;
                break;
            }
            self.eat(b',')?;
        }
        if ascending {
            return Ok(Node::Object(members));
        }
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        for pair in members.windows(2) {
            if let [(a, _), (b, _)] = pair
                && a == b
            {
                return Err(Fault::Duplicate(a.chars().take(64).collect()));
            }
        }
        Ok(Node::Object(members))
    }

    /// A string without an escape is borrowed as it is, which also says that it needs none when written.
    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.eat(b'"')?;
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut from = start;
        loop {
            let rest = self.text.as_bytes().get(self.at..).ok_or(Fault::Syntax)?;
            let plain =
                rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).ok_or(Fault::Syntax)?;
            self.at += plain;
            match rest.get(plain) {
                Some(b'"') => break,
                Some(b'\\') => {
                    let text = owned.get_or_insert_with(String::new);
                    text.push_str(self.text.get(from..self.at).ok_or(Fault::Syntax)?);
                    self.at += 1;
                    text.push(self.escape()?);
                    from = self.at;
                }
                _ => return Err(Fault::Syntax),
            }
        }
        let tail = self.text.get(from..self.at).ok_or(Fault::Syntax)?;
        self.at += 1;
        Ok(match owned {
            None => Cow::Borrowed(tail),
            Some(mut text) => {
                text.push_str(tail);
                Cow::Owned(text)
            }
        })
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let byte = self.peek().ok_or(Fault::Syntax)?;
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&high) {
                    self.eat(b'\\')?;
                    self.eat(b'u')?;
                    let low = self.hex()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(Fault::Syntax);
                    }
                    0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    high
                };
                char::from_u32(code).ok_or(Fault::Syntax)?
            }
            _ => return Err(Fault::Syntax),
        })
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Fault::Syntax)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Fault::Syntax);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Fault::Syntax)
    }
}
