//! Paths of operations: literal segments, labels, and what the query must have.

use std::borrow::Cow;

/// One part of a path between slashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(&'static str),
    Label(&'static str),
    /// A label that stands for one segment or more.
    Greedy(&'static str),
}

/// A label's name, and the decoded segments in its place.
pub(crate) type Label<'p> = (&'static str, &'p [Cow<'p, str>]);

/// The method, path and fixed query of an operation.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(super) method: char,
    pub(crate) segments: Vec<Segment>,
    pub(super) greedy: bool,
    /// Query keys that must be there, with the value they must have unless it is empty.
    pub(crate) fixed: Vec<(&'static str, &'static str)>,
    pub(crate) literals: usize,
}

impl Pattern {
    /// From a method's letter followed by the path.
    pub(super) fn read(text: &'static str) -> Option<Self> {
        let mut letters = text.chars();
        let method = letters.next()?;
        let uri = letters.as_str();
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let segments: Vec<_> = path.strip_prefix('/')?.split('/').map(segment).collect();
        let fixed = query.split('&').filter(|pair| !pair.is_empty());
        let fixed = fixed.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        let greedy = segments.iter().any(|segment| matches!(segment, Segment::Greedy(_)));
        // The end of a path with a last slash is no segment that tells one operation from another.
        let literal = |segment: &&Segment| matches!(segment, Segment::Literal(text) if !text.is_empty());
        let literals = segments.iter().filter(literal).count();
        Some(Self { method, segments, greedy, fixed, literals })
    }

    /// The labels with the decoded segments in their place; nothing if the path is another.
    pub(crate) fn labels<'p>(&self, path: &'p [Cow<'p, str>]) -> Option<Vec<Label<'p>>> {
        let mut found = Vec::new();
        let spare = path.len().checked_sub(self.segments.len())?;
        if spare > 0 && !self.greedy {
            return None;
        }
        let mut rest = path;
        for segment in &self.segments {
            let take = if matches!(segment, Segment::Greedy(_)) { 1 + spare } else { 1 };
            let (here, after) = rest.split_at_checked(take)?;
            rest = after;
            match (segment, here) {
                (Segment::Literal(literal), [text]) if literal == text => {}
                (Segment::Label(name), [text]) if !text.is_empty() => found.push((*name, here)),
                (Segment::Greedy(name), here) if here.iter().any(|text| !text.is_empty()) => {
                    found.push((*name, here));
                }
                _ => return None,
            }
        }
        rest.is_empty().then_some(found)
    }
}

fn segment(text: &'static str) -> Segment {
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Greedy(name),
            None => Segment::Label(name),
        },
        None => Segment::Literal(text),
    }
}
