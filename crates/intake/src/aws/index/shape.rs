//! Shapes of inputs, as `scripts/index/shapes.py` writes them.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Float,
    Boolean,
    Time(Time),
    Blob,
    /// Of no known shape: nothing in it needs care.
    Any,
    /// A line of the service's shapes.
    Shape(usize),
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Time {
    Iso,
    Seconds,
    Http,
}

/// A kind, and whether it is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) kind: Kind,
    pub(crate) sensitive: bool,
}

/// A compound value.
#[derive(Debug)]
pub(crate) enum Shape {
    Structure(Vec<Member>),
    List {
        of: Type,
        wire: &'static str,
        flat: bool,
    },
    Map {
        value: Type,
        wires: (&'static str, &'static str),
        flat: bool,
        /// The name that replaces the member's own in forms.
        form: Option<&'static str>,
    },
}

/// Where a member travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Body,
    Path,
    Query,
    Header,
    /// All headers with a prefix.
    Headers,
}

/// A member of a structure.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) wire: &'static str,
    pub(crate) of: Type,
    pub(crate) place: Place,
    /// Whether it is the whole body.
    pub(crate) payload: bool,
    /// Whether it is a body that may be of any length.
    pub(crate) streaming: bool,
    /// Whether it is a stream of events.
    pub(crate) events: bool,
    /// Whether it is an idempotency token.
    pub(crate) token: bool,
    pub(crate) presigned: bool,
    /// Whether the request is another operation's without it; only for query keys and headers.
    pub(crate) required: bool,
    pub(crate) attribute: bool,
    /// Whether it is JSON in a header, in base 64.
    pub(crate) json: bool,
}

impl Shape {
    pub(super) fn read(line: &'static str) -> Self {
        let (kind, rest) = line.split_at_checked(1).unwrap_or(("{", ""));
        let (flat, body) = match rest.strip_prefix('*') {
            // A list of anything is written `[*` too; one that is flat as well `[**`.
            Some(body) if kind != "{" && !body.is_empty() && !body.starts_with(' ') => (true, body),
            _ => (false, rest),
        };
        let mut words = body.split(' ').filter(|word| !word.is_empty());
        let next_type =
            |words: &mut dyn Iterator<Item = &'static str>| words.next().map_or(Type::ANY, Type::read);
        match kind {
            "[" => {
                let of = next_type(&mut words);
                Shape::List { of, wire: words.next().unwrap_or("member"), flat }
            }
            "<" => {
                // Keys are texts, whatever their shape.
                let (_, value) = (next_type(&mut words), next_type(&mut words));
                let wires = (words.next().unwrap_or("key"), words.next().unwrap_or("value"));
                Shape::Map { value, wires, flat, form: words.next() }
            }
            _ => Shape::Structure(words.map(Member::read).collect()),
        }
    }
}

impl Type {
    /// Of no known shape.
    pub(crate) const ANY: Self = Self { kind: Kind::Any, sensitive: false };

    /// A compound one.
    pub(crate) fn shape(at: usize) -> Self {
        Self { kind: Kind::Shape(at), sensitive: false }
    }

    fn read(text: &str) -> Self {
        let (marked, text) = match text.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let kind = match text.to_ascii_lowercase().as_str() {
            "s" => Kind::Text,
            "i" => Kind::Integer,
            "f" => Kind::Float,
            "b" => Kind::Boolean,
            "t" => Kind::Time(Time::Iso),
            "u" => Kind::Time(Time::Seconds),
            "r" => Kind::Time(Time::Http),
            "x" => Kind::Blob,
            number => number.parse().map_or(Kind::Any, Kind::Shape),
        };
        Self { kind, sensitive: marked || text.chars().any(|letter| letter.is_ascii_uppercase()) }
    }
}

impl Member {
    fn read(text: &'static str) -> Self {
        let names_at = text.find(|letter: char| letter.is_alphanumeric() || letter == '_').unwrap_or(0);
        let (flags, text) = text.split_at_checked(names_at).unwrap_or(("", text));
        // A wire name may have a colon (`xsi:type`), a type never has one.
        let (names, of) = match text.rsplit_once(':') {
            Some((names, of)) if !names.ends_with("=xsi") => (names, Type::read(of)),
            _ => (text, Type { kind: Kind::Text, sensitive: false }),
        };
        let (name, wire) = names.split_once('=').unwrap_or((names, names));
        let has = |flag| flags.contains(flag);
        let place = match () {
            () if has('/') => Place::Path,
            () if has('?') => Place::Query,
            () if has('#') => Place::Header,
            () if has('%') => Place::Headers,
            () => Place::Body,
        };
        Self {
            name,
            wire,
            of,
            place,
            payload: has('~') || has('^'),
            streaming: has('&'),
            events: has('^'),
            token: has('!'),
            presigned: has('$'),
            required: has('+'),
            attribute: has('@'),
            json: has('='),
        }
    }
}
