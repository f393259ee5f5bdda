//! Which values must not be stored, logged or shown: those that the document marks, and those that are plainly
//! secrets by their name though nobody marked them.

use crate::table::Secrets;
use crate::value::{Node, canonical, parse, step};

/// What was found to be sensitive in the two sides of an effect.
#[derive(Debug, Default)]
pub(crate) struct Masked {
    /// JSON pointers.
    pub(crate) pointers: Vec<String>,
    /// Those among them whose value differs between the two sides.
    pub(crate) changed: Vec<String>,
}

impl Masked {
    /// Whether a value at this pointer, or one that holds or is held by it, is sensitive.
    pub(crate) fn covers(&self, pointer: &str) -> bool {
        let within = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.pointers.iter().any(|masked| within(masked, pointer) || within(pointer, masked))
    }
}

/// The two sides of one value with what the document says about them.
#[derive(Clone, Copy)]
pub(crate) struct Sides<'n, 'a> {
    pub(crate) before: Option<&'n Node<'a>>,
    pub(crate) after: Option<&'n Node<'a>>,
    pub(crate) marks: [Option<&'n Node<'a>>; 2],
    pub(crate) unknown: Option<&'n Node<'a>>,
}

impl<'n, 'a> Sides<'n, 'a> {
    fn all(&self) -> [Option<&'n Node<'a>>; 5] {
        [self.before, self.after, self.marks[0], self.marks[1], self.unknown]
    }

    fn map(&self, get: impl Fn(&'n Node<'a>) -> Option<&'n Node<'a>>) -> Self {
        // A flag above a value speaks for everything below it.
        let flag = |node: &'n Node<'a>| if node.is_true() { Some(node) } else { get(node) };
        Self {
            before: self.before.and_then(&get),
            after: self.after.and_then(&get),
            marks: self.marks.map(|mark| mark.and_then(flag)),
            unknown: self.unknown.and_then(flag),
        }
    }

    fn any_value(&self) -> bool {
        let shown = |side: Option<&Node<'_>>| side.is_some_and(|node| *node != Node::Null);
        shown(self.before) || shown(self.after) || self.unknown.is_some_and(Node::is_true)
    }
}

/// Finds every sensitive value.
pub(crate) fn find<'n, 'a>(sides: Sides<'n, 'a>, secrets: &Secrets) -> Masked {
    let mut walk = Walk { secrets, path: Vec::new(), masked: Masked::default() };
    // Most trees of flags have none, and then need not be walked beside the values.
    let flagged = |flags: Option<&'n Node<'a>>| flags.filter(|node| has_flag(node));
    let sides = Sides { marks: sides.marks.map(flagged), unknown: flagged(sides.unknown), ..sides };
    walk.visit(sides, false);
    walk.masked
}

fn has_flag(node: &Node<'_>) -> bool {
    match node {
        Node::Array(items) => items.iter().any(has_flag),
        Node::Object(members) => members.iter().any(|(_, value)| has_flag(value)),
        other => other.is_true(),
    }
}

enum Step<'n> {
    Key(&'n str),
    Index(usize),
}

struct Walk<'s, 'n> {
    secrets: &'s Secrets,
    path: Vec<Step<'n>>,
    masked: Masked,
}

impl<'n> Walk<'_, 'n> {
    fn visit(&mut self, sides: Sides<'n, '_>, secret_name: bool) {
        if sides.marks.iter().flatten().any(|mark| mark.is_true()) {
            return self.mask(sides);
        }
        let values = [sides.before, sides.after];
        let text = |node: &Node<'_>| secret_name && matches!(node, Node::String(text) if !text.is_empty());
        if values.into_iter().flatten().any(|node| text(node) || self.holds_secret(node)) {
            return self.mask(sides);
        }
        if secret_name && sides.unknown.is_some_and(Node::is_true) {
            return self.mask(sides);
        }
        self.members(sides);
        self.items(sides);
    }

    fn members(&mut self, sides: Sides<'n, '_>) {
        let pair = self.names_secret(sides);
        let all = sides.all();
        for (n, node) in all.iter().enumerate() {
            for (at, (key, _)) in node.map(Node::members).unwrap_or_default().iter().enumerate() {
                let earlier =
                    |other: &Option<&Node<'_>>| other.is_some_and(|o| o.get_near(key, at).is_some());
                if all.iter().take(n).any(earlier) {
                    continue;
                }
                self.path.push(Step::Key(key));
                let secret = self.secrets.names(key) || (pair && key == "value");
                self.visit(sides.map(|node| node.get_near(key, at)), secret);
                self.path.pop();
            }
        }
    }

    fn items(&mut self, sides: Sides<'n, '_>) {
        let length = sides.all().iter().flatten().map(|node| node.items().len()).max().unwrap_or(0);
        for n in 0..length {
            self.path.push(Step::Index(n));
            self.visit(sides.map(|node| node.items().get(n)), false);
            self.path.pop();
        }
    }

    /// `{"name": "DB_PASSWORD", "value": …}`, as container environments are written.
    fn names_secret(&self, sides: Sides<'_, '_>) -> bool {
        let named = |node: &Node<'_>| {
            let name = node.get("name").or_else(|| node.get("key")).and_then(Node::as_str);
            name.is_some_and(|name| self.secrets.names(name))
        };
        [sides.before, sides.after].into_iter().flatten().any(named)
    }

    /// JSON inside of a string, such as the container definitions of a task, hides its names from the walk.
    fn holds_secret(&self, node: &Node<'_>) -> bool {
        let Some(text) = node.as_str().filter(|text| text.starts_with(['{', '['])) else { return false };
        let Ok(inner) = parse(text) else { return false };
        let sides = Sides { before: Some(&inner), after: None, marks: [None, None], unknown: None };
        !find(sides, self.secrets).pointers.is_empty()
    }

    fn mask(&mut self, sides: Sides<'_, '_>) {
        if !sides.any_value() {
            return;
        }
        let pointer = self.path.iter().fold(String::new(), |pointer, part| match part {
            Step::Key(key) => step(&pointer, key),
            Step::Index(n) => format!("{pointer}/{n}"),
        });
        let text = |side: Option<&Node<'_>>| side.map_or_else(|| "null".to_owned(), canonical);
        let unknown = sides.unknown.is_some_and(|node| *node != Node::Bool(false) && !node.is_empty());
        if unknown || text(sides.before) != text(sides.after) {
            self.masked.changed.push(pointer.clone());
        }
        self.masked.pointers.push(pointer);
    }
}

/// Replaces the value at each pointer by `null`.
pub(crate) fn blank(node: &mut Node<'_>, pointers: &[String]) {
    for pointer in pointers {
        let mut at = Some(&mut *node);
        for part in pointer.split('/').skip(1) {
            let key = part.replace("~1", "/").replace("~0", "~");
            at = match at {
                Some(Node::Object(members)) => {
                    members.iter_mut().find(|(name, _)| *name == key).map(|(_, value)| value)
                }
                Some(Node::Array(items)) => key.parse().ok().and_then(|n: usize| items.get_mut(n)),
                _ => None,
            };
        }
        if let Some(value) = at {
            *value = Node::Null;
        }
    }
}
