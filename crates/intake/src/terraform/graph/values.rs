//! What the values of a resource say: under which names others may know it, which others it names, and in which
//! environment it lies. Values stay text; one look at their strings is all, because most are of unchanged resources.

use std::borrow::Cow;

use holdpoint_core::{Environment, Node};

use super::super::scan::end_of_string;
use super::cursor::{Cursor, unescape};
use super::shape::{self, Shape, shape};
use crate::patterns::Patterns;
use crate::signs::Sign;
use crate::table::{Role, Table};

/// Something that a value names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) node: u32,
    pub(super) text: &'a str,
    pub(super) as_what: As<'a>,
    /// The attribute of the resource below which it stands.
    pub(super) top: &'a str,
    /// It stands beside what is plainly a secret, so that it must not be told to anyone.
    pub(super) hidden: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As<'a> {
    Shape(Shape),
    /// A plain name, in an attribute that names resources of a few types.
    Attribute(&'a str),
}

/// One side of one resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'s, 'a> {
    pub(super) kind: &'s str,
    pub(super) values: &'a str,
    pub(super) sensitive: &'a str,
}

/// Names that one side of a resource goes by, and names that it uses.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    /// Its own, in the order of the text.
    pub(super) own: Vec<&'a str>,
    pub(super) named: Vec<Named<'a>>,
    pub(super) manifest: Option<&'a str>,
    /// There were more names than are looked up.
    pub(super) cut: bool,
}

/// More names than one side of any resource has; the rest is not looked up, and that is said.
const MAX_NAMED: usize = 10_000;

/// Looks at one side. What it says of the node itself goes into `node`.
pub(super) fn look<'a>(
    number: u32,
    side: Side<'_, 'a>,
    node: &mut Node,
    said: &mut Said<'a>,
    table: &'static Table,
    patterns: &Patterns,
) {
    let most = said.named.len().saturating_add(MAX_NAMED);
    let mut look = Look {
        number,
        side,
        node,
        said,
        table,
        patterns,
        keys: [""; 3],
        role: Role::default(),
        marked: has_marks(side.sensitive),
        most,
        tag: "",
    };
    look.strings();
}

struct Look<'s, 'a> {
    number: u32,
    side: Side<'s, 'a>,
    node: &'s mut Node,
    said: &'s mut Said<'a>,
    table: &'static Table,
    patterns: &'s Patterns,
    /// The keys on the way to the value, as far as they are asked for.
    keys: [&'a str; 3],
    /// What the outermost key means.
    role: Role,
    /// Something of it is marked as sensitive.
    marked: bool,
    /// How long the list of names may get.
    most: usize,
    /// The name of the tag that is written as `{"key": …, "value": …}`.
    tag: &'a str,
}

impl<'a> Look<'_, 'a> {
    /// Every string of the text, each with the keys on its way.
    fn strings(&mut self) {
        let text = self.side.values;
        let bytes = text.as_bytes();
        let (mut at, mut depth) = (0_usize, 0_usize);
        let mut last = "";
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                b'"' => {
                    let Some(end) = end_of_string(bytes, at) else { return };
                    let raw = text.get(at..end).unwrap_or_default();
                    at = end + 1;
                    if is_key(bytes, at) {
                        last = raw;
                        self.key(depth, raw);
                    } else {
                        self.string(depth, last, raw);
                    }
                }
                _ => {}
            }
        }
    }

    fn key(&mut self, depth: usize, key: &'a str) {
        if let Some(slot) = depth.checked_sub(1).and_then(|at| self.keys.get_mut(at)) {
            *slot = key;
        }
        if depth == 1 {
            self.role = self.table.graph.role(key);
            [_, self.keys[1], self.keys[2]] = [""; 3];
        }
    }

    fn string(&mut self, depth: usize, last: &'a str, raw: &'a str) {
        if raw.is_empty() {
            return;
        }
        if self.role.any {
            self.known(depth, raw);
        }
        if !(depth == 1 && self.is_own(last)) {
            self.names(last, raw);
        }
    }

    /// Whether an attribute is the resource's own name, which names nobody else.
    fn is_own(&self, attribute: &str) -> bool {
        let kind = self.side.kind;
        match attribute {
            "id" | "arn" | "self_link" => !self.table.graph.is_guest(kind),
            _ => self.role.once && self.table.once(kind).any(|row| row.attribute == attribute),
        }
    }

    /// A string below an attribute that the table knows.
    fn known(&mut self, depth: usize, raw: &'a str) {
        let [first, second, third] = self.keys;
        let role = self.role;
        if depth == 1 {
            if role.name {
                self.name(first, raw);
            }
            if role.identifier {
                self.identifier(first, raw);
            }
            if role.place {
                self.place(first, raw);
            }
            if role.once {
                self.once(first, raw);
            }
            return;
        }
        match (depth, second) {
            (2, "key" | "Key") if role.tags => self.tag = raw,
            (2, "value" | "Value") if role.tags && !self.tag.is_empty() => {
                let tag = std::mem::take(&mut self.tag);
                self.tagged(tag, raw);
            }
            (2, key) if role.tags => self.tagged(key, raw),
            (3, "labels") if role.nested => self.tagged(third, raw),
            (2, "name" | "namespace") if role.nested => self.name(&format!("{first}.{second}"), raw),
            (2, "kind") if first == "manifest" => self.said.manifest = Some(raw),
            _ => {}
        }
    }

    fn tagged(&mut self, key: &str, raw: &str) {
        let (Some(key), Some(value)) = (plain(key), plain(raw)) else { return };
        if let Some(environment) = self.patterns.of_tag(&key, &value) {
            self.sign(environment, Sign::Tag(&key, &value));
        }
    }

    fn name(&mut self, path: &str, raw: &str) {
        let Some(name) = plain(raw) else { return };
        if let Some(environment) = self.patterns.of_name(&name) {
            self.sign(environment, Sign::Name(path, &name));
        }
    }

    /// The highest sign counts, and of equals the first.
    fn sign(&mut self, environment: Environment, sign: Sign<'_>) {
        let higher = self.node.sign.as_ref().is_none_or(|(known, _)| environment > *known);
        if higher && !self.is_secret() {
            self.node.sign = Some((environment, sign.says(environment, &self.node.address)));
        }
    }

    fn is_secret(&self) -> bool {
        let named = |key: &&str| self.table.secrets.names(key);
        self.keys.iter().any(named) || (self.marked && is_sensitive(self.side.sensitive, self.keys[0]))
    }

    /// A name of its own under which others may know it.
    fn identifier(&mut self, attribute: &str, raw: &'a str) {
        let guest = matches!(attribute, "id" | "arn") && self.table.graph.is_guest(self.side.kind);
        let Some(shape) = shape(raw).filter(|_| !guest && !self.is_secret()) else { return };
        // An ARN elsewhere, such as the endpoint of a subscription, is another's.
        if shape == Shape::Arn && attribute != "id" && !attribute.contains("arn") {
            return;
        }
        self.own(raw);
        if shape == Shape::Host {
            self.own(shape::host(raw));
        }
        if shape == Shape::Arn {
            let mut parts = raw.splitn(6, ':').skip(3);
            let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            fill(&mut self.node.region, region);
            fill(&mut self.node.account, account);
        }
    }

    fn own(&mut self, text: &'a str) {
        if !self.said.own.contains(&text) {
            self.said.own.push(text);
        }
    }

    fn place(&mut self, attribute: &str, raw: &str) {
        match attribute {
            "region" | "location" => fill(&mut self.node.region, raw),
            // Elsewhere a project is not what owns the resource.
            "project" if !self.side.kind.starts_with("google_") => {}
            _ => fill(&mut self.node.account, raw),
        }
    }

    /// A name that may be used once only.
    fn once(&mut self, attribute: &str, raw: &'a str) {
        if self.is_secret() {
            return;
        }
        for row in self.table.once(self.side.kind).filter(|row| row.attribute == attribute) {
            let name = format!("{}:{raw}", self.side.kind);
            if raw.len() <= 512 && !raw.contains('\\') && !self.node.names.contains(&name) {
                self.node.names.push(name);
            }
            if row.everywhere {
                self.own(raw);
            }
        }
    }

    /// Whatever the string names.
    fn names(&mut self, last: &'a str, raw: &'a str) {
        if raw.len() > 2 && raw.len() < 256 && self.table.graph.refers(last).is_some() {
            self.found(raw, As::Attribute(last), false);
        }
        if raw.len() < 4 || !raw.bytes().any(|b| matches!(b, b'-' | b'.' | b':' | b'/')) {
            return;
        }
        match shape(raw) {
            Some(shape) => {
                let hidden = self.table.secrets.names(last);
                self.found(raw, As::Shape(shape), hidden);
                if shape == Shape::Host {
                    self.found(shape::host(raw), As::Shape(shape), hidden);
                }
                if matches!(shape, Shape::Url | Shape::Arn) {
                    self.within(last, raw);
                }
            }
            None if raw.len() >= 12 => self.within(last, raw),
            None => {}
        }
    }

    fn found(&mut self, text: &'a str, as_what: As<'a>, hidden: bool) {
        if self.said.named.len() >= self.most {
            self.said.cut = true;
            return;
        }
        let named = Named { node: self.number, text, as_what, top: self.keys[0], hidden };
        self.said.named.push(named);
    }

    /// Names within a longer string: a policy, a template, a connection string.
    fn within(&mut self, last: &str, raw: &'a str) {
        let first = self.said.named.len();
        let mut secret = self.table.secrets.names(last);
        for at in memchr::memmem::find_iter(raw.as_bytes(), "arn:") {
            let rest = raw.get(at..).unwrap_or_default();
            let end = rest.bytes().position(|b| !is_of_arn(b)).unwrap_or(rest.len());
            let text = rest.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ':', '/']);
            if shape(text) == Some(Shape::Arn) {
                self.found(text, As::Shape(Shape::Arn), false);
            }
        }
        for word in Words::of(raw) {
            secret |= self.table.secrets.names(word);
            if self.said.cut {
                break;
            }
            let dots = memchr::memchr_iter(b'.', word.as_bytes()).count();
            if dots >= 2 && shape::is_host(word) {
                self.found(word, As::Shape(Shape::Host), false);
            } else if dots == 0 && word.len() < 64 && shape::is_id(word) {
                self.found(word, As::Shape(Shape::Id), false);
            }
        }
        if secret {
            self.said.named.iter_mut().skip(first).for_each(|named| named.hidden = true);
        }
    }
}

/// Runs of letters, digits, `.`, `-` and `_` in the raw text of a string.
struct Words<'a> {
    raw: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    fn of(raw: &'a str) -> Self {
        Self { raw, at: 0 }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.raw.as_bytes();
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        while let Some(byte) = bytes.get(self.at).filter(|b| !is_word(b)) {
            self.at += if *byte == b'\\' { escape(bytes.get(self.at..).unwrap_or_default()) } else { 1 };
        }
        let start = self.at;
        while bytes.get(self.at).is_some_and(is_word) {
            self.at += 1;
        }
        self.raw.get(start..self.at).filter(|word| !word.is_empty()).map(|word| word.trim_matches('.'))
    }
}

/// How long an escape is: what follows a backslash belongs to it, not to the word behind it. In JSON within a string
/// the backslash is itself escaped.
fn escape(bytes: &[u8]) -> usize {
    match bytes.get(1..) {
        Some([b'u', ..]) => 6,
        Some([b'\\', b'n' | b't' | b'r', ..]) => 3,
        Some([b'\\', b'u', ..]) => 7,
        _ => 2,
    }
}

fn is_key(bytes: &[u8], mut at: usize) -> bool {
    loop {
        match bytes.get(at) {
            Some(b':') => return true,
            Some(b' ' | b'\n' | b'\t' | b'\r') => at += 1,
            _ => return false,
        }
    }
}

fn is_of_arn(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b':' | b'/' | b'.' | b'_' | b'-' | b'+' | b'=' | b'@' | b'*' | b'$')
}

fn plain(raw: &str) -> Option<Cow<'_, str>> {
    if raw.len() > 512 {
        None
    } else if raw.contains('\\') {
        unescape(raw)
    } else {
        Some(Cow::Borrowed(raw))
    }
}

fn fill(slot: &mut Option<String>, text: &str) {
    if slot.is_none() && !text.is_empty() && text.len() <= 64 && !text.contains('\\') {
        *slot = Some(text.to_owned());
    }
}

fn has_marks(marks: &str) -> bool {
    memchr::memmem::find(marks.as_bytes(), b"true").is_some()
}

/// Whether the marks say that this attribute, or anything in it, is sensitive.
pub(super) fn is_sensitive(marks: &str, attribute: &str) -> bool {
    if marks.trim_ascii() == "true" {
        return true;
    }
    let mut found = false;
    Cursor::new(marks).members(|key, cursor| {
        if key == attribute {
            found |= has_marks(cursor.value());
        }
    });
    found
}
