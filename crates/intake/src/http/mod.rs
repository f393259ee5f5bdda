//! HTTP requests: as text, several divided by a blank line before the next request line or by `###`, or as JSON.
//!
//! What is decided, so that it can be argued with: `GET`, `HEAD` and `OPTIONS` read, unless the path or the query says
//! otherwise; `DELETE` deletes; a `POST`, `PUT` or `PATCH` whose path, body or GraphQL fields have a word of destroying
//! deletes; any other is an update with hazard `unknown`, because what an API does with it is not shown.

mod graphql;
mod json;
mod judge;
mod selector;
#[cfg(test)]
mod tests;
mod text;
mod words;

use holdpoint_core::{Change, Format};

use crate::act::{Act, Hidden};
use crate::value::{Fault, parse};
use crate::{MAX_ASKED_DEPTH, Patterns, ReadError, act};

const WHAT: &str = "request";

/// One request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// As a person reads it.
    pub(crate) text: String,
}

/// Reads requests.
///
/// # Errors
/// If it is empty, no UTF-8, too long, nested too deep, or no request.
pub fn read(bytes: &[u8]) -> Result<Change, ReadError> {
    read_with(bytes, &Patterns::default())
}

/// As [`read`], with these signs of an environment.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    let document = act::text(bytes, WHAT)?;
    let requests = if document.trim_start().starts_with(['{', '[']) {
        match parse(document.trim()) {
            Ok(node) => {
                shallow(&node, 0)?;
                json::requests(&node)?
            }
            Err(Fault::Depth) => return Err(ReadError::Nested { what: WHAT, limit: MAX_ASKED_DEPTH }),
            Err(Fault::Duplicate(key)) => {
                let key = key.chars().take(100).collect();
                return Err(ReadError::DuplicateKey { path: "the request".to_owned(), key });
            }
            Err(Fault::Syntax) => return Err(ReadError::NotReadable { what: WHAT, line: 1 }),
        }
    } else {
        text::requests(&document)?
    };
    let mut hidden = Hidden::default();
    let acts = acts(&requests, &mut hidden)?;
    act::change(Format::Http, acts, &hidden, bytes, patterns)
}

fn shallow(node: &crate::value::Node<'_>, depth: usize) -> Result<(), ReadError> {
    if depth > MAX_ASKED_DEPTH {
        return Err(ReadError::Nested { what: WHAT, limit: MAX_ASKED_DEPTH });
    }
    node.items().iter().try_for_each(|item| shallow(item, depth + 1))?;
    node.members().iter().try_for_each(|(_, value)| shallow(value, depth + 1))
}

/// What these requests do. An empty filter in one marks what another destroys on the same host: the list that it
/// answers with is what is gone through.
pub(crate) fn acts(requests: &[Request], hidden: &mut Hidden) -> Result<Vec<Act>, ReadError> {
    let words = words::Words::get()?;
    let mut acts = Vec::new();
    for request in requests {
        acts.extend(judge::acts(request, words, hidden));
        if acts.len() > act::MAX_ACTS {
            return Err(ReadError::TooMany { limit: act::MAX_ACTS });
        }
    }
    selector::across(requests, &mut acts);
    Ok(acts)
}
