//! What a call means, as a digest, and its parameters with secrets hidden: one walk over the values gives both.

use holdpoint_core::Digest;
use serde_json::{Map, Value};

use super::draft::Draft;
use super::index::{Member, Service, Shape, Type};

/// What stands for a secret.
const HIDDEN: &str = "[hidden]";

/// Walks over decoded parameters by their shapes.
pub(crate) struct Walk<'s> {
    service: &'s Service,
    pointer: String,
    /// Canonical JSON: sorted keys, no white space, hidden values included, tokens and presigned URLs left out.
    canonical: Vec<u8>,
    presigned: Vec<String>,
    /// Whether what is walked over counts for the meaning.
    counts: bool,
}

impl<'s> Walk<'s> {
    pub(crate) fn new(service: &'s Service) -> Self {
        Self { service, pointer: String::new(), canonical: Vec::new(), presigned: Vec::new(), counts: true }
    }

    /// Everything in the meaning but the parameters, which come last.
    pub(crate) fn begin(&mut self, draft: &Draft<'_>) {
        let parts = [
            ("account", draft.account),
            ("operation", Some(draft.operation.name)),
            ("payload", draft.payload.as_deref()),
            ("region", Some(draft.region)),
            ("service", Some(draft.service.name)),
        ];
        self.write(b"{");
        for (name, value) in parts {
            self.text(name);
            self.write(b":");
            match value {
                Some(value) => self.text(value),
                None => self.write(b"null"),
            }
            self.write(b",");
        }
        self.text("parameters");
        self.write(b":");
    }

    /// The digest, and pointers to what is presigned.
    pub(crate) fn end(mut self) -> (Digest, Vec<String>) {
        self.write(b"}");
        (Digest::of(&self.canonical), self.presigned)
    }

    /// Adds a value to the meaning, and gives it back with its secrets hidden.
    pub(crate) fn value(&mut self, value: &Value, of: Type) -> Value {
        let service = self.service;
        let shown = match (value, service.shape_of(of)) {
            (Value::Object(object), Some(Shape::Structure(members))) => self.object(object, |name| {
                members.iter().find(|member| member.name == name).map_or(Way::plain(Type::ANY), Way::of)
            }),
            (Value::Object(object), Some(Shape::Map { value, .. })) => {
                self.object(object, |_| Way::plain(*value))
            }
            (Value::Array(items), Some(Shape::List { of, .. })) => self.array(items, *of),
            (Value::Object(object), _) => self.object(object, |_| Way::plain(Type::ANY)),
            (Value::Array(items), _) => self.array(items, Type::ANY),
            (Value::String(text), _) => {
                self.text(text);
                if is_presigned(text) {
                    self.presigned.push(self.pointer.clone());
                    return Value::String(without_query(text));
                }
                value.clone()
            }
            (Value::Null | Value::Bool(_) | Value::Number(_), _) => {
                self.write(value.to_string().as_bytes());
                value.clone()
            }
        };
        if of.sensitive { Value::String(HIDDEN.to_owned()) } else { shown }
    }

    fn object(&mut self, object: &Map<String, Value>, way: impl Fn(&str) -> Way) -> Value {
        let mut members: Vec<_> = object.iter().collect();
        members.sort_by_key(|(name, _)| *name);
        let mut shown = Map::new();
        let mut first = true;
        self.write(b"{");
        for (name, value) in members {
            let way = way(name);
            if way.token {
                continue;
            }
            let counted = self.counts;
            let length = self.pointer.len();
            self.pointer.push('/');
            self.pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            self.counts &= !way.presigned;
            if self.counts && !first {
                self.write(b",");
            }
            first &= !self.counts;
            self.text(name);
            self.write(b":");
            let value = self.value(value, way.of);
            self.counts = counted;
            if way.presigned && self.presigned.last() != Some(&self.pointer) {
                self.presigned.push(self.pointer.clone());
            }
            self.pointer.truncate(length);
            shown.insert(name.clone(), value);
        }
        self.write(b"}");
        Value::Object(shown)
    }

    fn array(&mut self, items: &[Value], of: Type) -> Value {
        let mut shown = Vec::with_capacity(items.len());
        self.write(b"[");
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.write(b",");
            }
            let length = self.pointer.len();
            self.pointer.push('/');
            self.pointer.push_str(&at.to_string());
            shown.push(self.value(item, of));
            self.pointer.truncate(length);
        }
        self.write(b"]");
        Value::Array(shown)
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.counts {
            self.canonical.extend_from_slice(bytes);
        }
    }

    /// A JSON string; of what may be escaped, only what must be is.
    fn text(&mut self, text: &str) {
        if self.counts {
            self.canonical.push(b'"');
            for byte in text.bytes() {
                match byte {
                    b'"' | b'\\' => self.canonical.extend_from_slice(&[b'\\', byte]),
                    0..0x20 => self.canonical.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                    _ => self.canonical.push(byte),
                }
            }
            self.canonical.push(b'"');
        }
    }
}

/// How a member is treated.
struct Way {
    of: Type,
    token: bool,
    presigned: bool,
}

impl Way {
    fn plain(of: Type) -> Self {
        Self { of, token: false, presigned: false }
    }

    fn of(member: &Member) -> Self {
        Self { of: member.of, token: member.token, presigned: member.presigned }
    }
}

/// Whether a text carries a signature of AWS's, as a presigned URL does.
fn is_presigned(text: &str) -> bool {
    ["X-Amz-Signature=", "X-Amz-Credential=", "X-Amz-Security-Token=", "AWSAccessKeyId="]
        .iter()
        .any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some())
}

/// A URL without what makes it a credential.
fn without_query(text: &str) -> String {
    match text.split_once('?') {
        Some((before, _)) if !is_presigned(before) => format!("{before}?{HIDDEN}"),
        _ => HIDDEN.to_owned(),
    }
}
