//! What the formats that people write have in common: a document is JSON, JSON line by line, or YAML.

use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::value::{self, Node};
use crate::yaml::{self, Tags};
use crate::{MAX_DEPTH, ReadError};

/// The longest document of these formats that is read. A manifest or template of this length is none.
pub(crate) const MAX_WRITTEN: usize = 64 << 20;

/// The words of a format, for refusals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    /// What the document should be: "a Kubernetes manifest or AdmissionReview".
    pub(crate) what: &'static str,
    /// What to hand in.
    pub(crate) hand_in: &'static str,
}

/// Reads every document in a text.
pub(crate) fn documents<'a>(bytes: &'a [u8], words: Words, tags: Tags) -> Result<Vec<Node<'a>>, ReadError> {
    let text = text(bytes, words)?;
    if !text.trim_ascii_start().starts_with(['{', '[']) {
        return yaml::documents(text, tags).map_err(|fault| refusal(fault, words));
    }
    match json(text) {
        Ok(nodes) => Ok(nodes),
        // What begins like JSON may be YAML all the same, `{a: 1}`; if it is not, it is the JSON that is wrong.
        Err(error @ (ReadError::NotJson { .. } | ReadError::CutOff)) => match yaml::documents(text, tags) {
            Ok(nodes) => Ok(nodes),
            Err(yaml::Fault::Syntax { .. } | yaml::Fault::Cut) => Err(error),
            Err(fault) => Err(refusal(fault, words)),
        },
        Err(error) => Err(error),
    }
}

/// The document as text, or why it is none.
fn text(bytes: &[u8], words: Words) -> Result<&str, ReadError> {
    if bytes.len() > MAX_WRITTEN {
        return Err(ReadError::TooLong { bytes: bytes.len(), limit: MAX_WRITTEN });
    }
    let utf16 = [&[0xff, 0xfe][..], &[0xfe, 0xff], b"{\0", b"[\0", b"\0{", b"\0["];
    if utf16.iter().any(|start| bytes.starts_with(start)) {
        return Err(ReadError::Utf16);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"\x1f\x8b")
        || bytes.starts_with(b"k8s\0")
        || bytes.contains(&0)
    {
        return Err(ReadError::Binary { what: words.what, hand_in: words.hand_in });
    }
    let text = std::str::from_utf8(bytes).map_err(|e| match e.error_len() {
        None => ReadError::CutOff,
        Some(_) => ReadError::NotUtf8 { at: e.valid_up_to() },
    })?;
    match text.trim_ascii().is_empty() {
        true => Err(ReadError::Nothing { hand_in: words.hand_in }),
        false => Ok(text),
    }
}

/// One JSON value, or several one after the other.
fn json(text: &str) -> Result<Vec<Node<'_>>, ReadError> {
    if let Ok(node) = value::parse(text) {
        return Ok(vec![node]);
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut nodes = Vec::new();
    for raw in &mut stream {
        let raw = raw.map_err(|error| broken(&error))?;
        nodes.push(value::parse(raw.get()).map_err(|fault| match fault {
            value::Fault::Depth => ReadError::TooDeep { limit: MAX_DEPTH },
            value::Fault::Duplicate(key) => ReadError::KeyTwice { key, at: String::new() },
            value::Fault::Syntax => ReadError::NotJson { line: 1, column: 1 },
        })?);
    }
    Ok(nodes)
}

fn broken(error: &serde_json::Error) -> ReadError {
    match error.classify() {
        Category::Eof => ReadError::CutOff,
        _ => ReadError::NotJson { line: error.line(), column: error.column() },
    }
}

/// A fault of YAML, as the refusal of the document.
pub(crate) fn refusal(fault: yaml::Fault, words: Words) -> ReadError {
    match fault {
        yaml::Fault::Syntax { line, column } => ReadError::NotYaml { line, column },
        yaml::Fault::Cut => ReadError::CutOff,
        yaml::Fault::Depth => ReadError::TooDeep { limit: MAX_DEPTH },
        yaml::Fault::Duplicate { key, line } => {
            ReadError::KeyTwice { key, at: format!(" in the mapping that begins in line {line}") }
        }
        yaml::Fault::Aliases => ReadError::Aliases { limit: yaml::MAX_UNFOLDED },
        yaml::Fault::Tag { line } => ReadError::Tag { line, what: words.what },
        yaml::Fault::Key { line } => ReadError::Key { line },
    }
}
