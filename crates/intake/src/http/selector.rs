//! What a request selects: its query, and the filters and lists of its body.

use holdpoint_core::{EffectKind, Manner};

use super::Request;
use super::words::Words;
use crate::act::Act;
use crate::value::Node;

/// The parameters of a query, in order.
pub(super) fn query(url: &str) -> Vec<(&str, &str)> {
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let query = query.split('#').next().unwrap_or_default();
    let pair = |part: &'_ str| -> (usize, usize) { (part.find('=').unwrap_or(part.len()), part.len()) };
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (at, end) = pair(part);
            (part.get(..at).unwrap_or_default(), part.get((at + 1).min(end)..).unwrap_or_default())
        })
        .collect()
}

/// `{id}`, `:id`, `<id>`, `$ID`: a place that was to be filled in.
pub(super) fn is_blank(segment: &str) -> bool {
    let braced = (segment.starts_with('{') && segment.ends_with('}'))
        || (segment.starts_with('<') && segment.ends_with('>'));
    let open = segment.starts_with(':') || segment.starts_with('$') || segment.starts_with("%7B");
    braced || (open && segment.len() > 1) || segment == "..." || segment == "…" || segment == "*"
}

/// A filter of the query without a value.
fn empty(url: &str, words: &Words) -> Option<String> {
    query(url).into_iter().find(|(_, value)| words.is_everything(value)).map(|(name, value)| {
        match value.is_empty() {
            true => format!("`{name}` in the query has no value"),
            false => format!("`{name}` in the query is `{value}`"),
        }
    })
}

/// Why a request reaches whatever there is.
pub(super) fn manners(request: &Request, body: Option<&Node<'_>>, words: &Words) -> Vec<(Manner, String)> {
    let mut found: Vec<String> = empty(&request.url, words).into_iter().collect();
    if let Some(body) = body {
        open(body, words, &mut found);
    }
    found.into_iter().take(1).map(|says| (Manner::SelectsAll, says)).collect()
}

fn open(node: &Node<'_>, words: &Words, found: &mut Vec<String>) {
    for (name, value) in node.members() {
        let selects = words.selects.iter().any(|known| known.eq_ignore_ascii_case(name));
        let all = match value {
            Node::String(text) => words.is_everything(text),
            other => other.is_empty(),
        };
        if selects && all {
            found.push(format!("`{name}` in the body selects everything"));
        }
        if name.eq_ignore_ascii_case("all") && value.is_true() {
            found.push("`all` in the body is true".to_owned());
        }
        open(value, words, found);
    }
    for item in node.items() {
        open(item, words, found);
    }
}

/// The list of targets that a body has, as it names them.
pub(super) fn list(node: &Node<'_>, words: &Words) -> Option<Vec<String>> {
    let own = node.members().iter().find_map(|(name, value)| match value {
        Node::Array(items) if words.is_list(name) => Some(items.iter().map(named).collect()),
        _ => None,
    });
    let within = || {
        node.members().iter().map(|(_, value)| value).chain(node.items()).find_map(|value| list(value, words))
    };
    own.or_else(within)
}

fn named(node: &Node<'_>) -> String {
    let text = match node {
        Node::String(text) | Node::Number(text) => Some(text.to_string()),
        other => ["id", "name", "uuid", "key"].iter().find_map(|name| match other.get(name) {
            Some(Node::String(text) | Node::Number(text)) => Some(text.to_string()),
            _ => None,
        }),
    };
    text.unwrap_or_else(|| "unnamed".to_owned()).chars().take(200).collect()
}

/// An empty filter in a request that reads marks what others destroy below the same resource.
pub(super) fn across(requests: &[Request], acts: &mut [Act]) {
    let Ok(words) = Words::get() else { return };
    for request in requests.iter().filter(|request| matches!(request.method.as_str(), "GET" | "HEAD")) {
        let Some(says) = lists_all(&request.url, words) else { continue };
        let path = request.url.split('?').next().unwrap_or_default().trim_end_matches('/');
        let below = path.split_once("://").map_or(path, |(_, rest)| rest);
        for act in acts.iter_mut().filter(|act| act.effect == EffectKind::Delete) {
            if act.address.starts_with(below) || act.address.ends_with(below) {
                act.adds_manner(Manner::SelectsAll, format!("{says}, and what it answers with is deleted"));
            }
        }
    }
}

/// Only where a value is missing: `?all` may be a switch that needs none, but a filter that is empty filters nothing.
fn lists_all(url: &str, words: &Words) -> Option<String> {
    empty(url, words)
}
