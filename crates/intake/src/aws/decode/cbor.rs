//! CBOR bodies, as the same tree that JSON gives.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::data::{Tag, Type};
use minicbor::decode::{Decoder, Error};

use super::{DEEPEST, Fault, MOST_VALUES, fault};
use crate::value::{Node, number};

/// A CBOR body; an empty one is an empty map.
pub(crate) fn cbor(body: &[u8]) -> Result<Node<'static>, Fault> {
    if body.is_empty() {
        return Ok(Node::Object(Vec::new()));
    }
    let mut reader = Reader { decoder: Decoder::new(body), left: MOST_VALUES };
    let node = reader.value(0)?;
    if reader.decoder.position() != body.len() {
        return fault("something follows the body's one value");
    }
    Ok(node)
}

impl From<Error> for Fault {
    fn from(_: Error) -> Self {
        Fault(Cow::Borrowed("the body is not CBOR"))
    }
}

struct Reader<'b> {
    decoder: Decoder<'b>,
    left: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Node<'static>, Fault> {
        if depth > DEEPEST {
            return fault("the body is nested too deeply");
        }
        let Some(left) = self.left.checked_sub(1) else { return fault("the body has too many values") };
        self.left = left;
        let text = |text: String| Node::String(Cow::Owned(text));
        match self.decoder.datatype()? {
            Type::Bool => Ok(Node::Bool(self.decoder.bool()?)),
            Type::Null => self.decoder.null().map(|()| Node::Null).map_err(Fault::from),
            Type::Undefined => self.decoder.undefined().map(|()| Node::Null).map_err(Fault::from),
            Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64
            | Type::Int => written(&self.decoder.int()?.to_string()),
            Type::F16 => self.half().and_then(float),
            Type::F32 => float(f64::from(self.decoder.f32()?)),
            Type::F64 => float(self.decoder.f64()?),
            Type::Bytes | Type::BytesIndef => {
                let mut bytes = Vec::new();
                for part in self.decoder.bytes_iter()? {
                    bytes.extend_from_slice(part?);
                }
                Ok(text(STANDARD.encode(bytes)))
            }
            Type::String | Type::StringIndef => self.text().map(text),
            Type::Array | Type::ArrayIndef => self.array(depth),
            Type::Map | Type::MapIndef => self.map(depth),
            Type::Tag => self.tagged(depth),
            Type::Simple | Type::Break | Type::Unknown(_) => fault("the body is not CBOR"),
        }
    }

    fn text(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        for part in self.decoder.str_iter()? {
            text.push_str(part?);
        }
        Ok(text)
    }

    fn array(&mut self, depth: usize) -> Result<Node<'static>, Fault> {
        let mut left = self.decoder.array()?;
        let mut items = Vec::new();
        while self.goes_on(&mut left)? {
            items.push(self.value(depth + 1)?);
        }
        Ok(Node::Array(items))
    }

    fn map(&mut self, depth: usize) -> Result<Node<'static>, Fault> {
        let mut left = self.decoder.map()?;
        let mut members: Vec<(Cow<'static, str>, Node<'static>)> = Vec::new();
        while self.goes_on(&mut left)? {
            let key = self.text()?;
            members.push((Cow::Owned(key), self.value(depth + 1)?));
        }
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        let twice = members.windows(2).find_map(|pair| match pair {
            [(one, _), (other, _)] if one == other => Some(one),
            _ => None,
        });
        match twice {
            Some(key) => fault(format!("`{key}` is there more than once")),
            None => Ok(Node::Object(members)),
        }
    }

    /// Whether another element follows, in a collection of known or unknown length.
    fn goes_on(&mut self, left: &mut Option<u64>) -> Result<bool, Fault> {
        match left {
            Some(0) => Ok(false),
            Some(count) => {
                *count -= 1;
                Ok(true)
            }
            None if self.decoder.datatype()? == Type::Break => {
                self.decoder.skip()?;
                Ok(false)
            }
            None => Ok(true),
        }
    }

    /// A time (tag 1) is its seconds; every other tag is refused.
    fn tagged(&mut self, depth: usize) -> Result<Node<'static>, Fault> {
        if self.decoder.tag()? != Tag::new(1) {
            return fault("the body has a CBOR tag other than a time's");
        }
        match self.value(depth + 1)? {
            Node::Number(seconds) => Ok(Node::Number(seconds)),
            _ => fault("a time in the body is not a number"),
        }
    }

    fn half(&mut self) -> Result<f64, Fault> {
        let at = self.decoder.position();
        let bytes = self.decoder.input().get(at + 1..at + 3).and_then(|bytes| bytes.try_into().ok());
        let Some(bytes) = bytes else { return fault("the body is not CBOR") };
        self.decoder.set_position(at + 3);
        let bits = u16::from_be_bytes(bytes);
        let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
        let size = match exponent {
            0 => fraction * 2f64.powi(-24),
            31 if fraction == 0.0 => f64::INFINITY,
            31 => f64::NAN,
            _ => (fraction + 1024.0) * 2f64.powi(exponent - 25),
        };
        Ok(if bits >> 15 == 1 { -size } else { size })
    }
}

fn float(value: f64) -> Result<Node<'static>, Fault> {
    match (value.is_finite(), value.is_nan(), value > 0.0) {
        (true, ..) => written(&value.to_string()),
        (_, true, _) => Ok(Node::String(Cow::Borrowed("NaN"))),
        (_, _, true) => Ok(Node::String(Cow::Borrowed("Infinity"))),
        _ => Ok(Node::String(Cow::Borrowed("-Infinity"))),
    }
}

fn written(text: &str) -> Result<Node<'static>, Fault> {
    match number(text) {
        Some(text) => Ok(Node::Number(Cow::Owned(text))),
        None => fault("a number is out of range"),
    }
}
