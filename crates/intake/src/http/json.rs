//! Requests as JSON.

use super::{Request, WHAT};
use crate::ReadError;
use crate::value::{Node, canonical};

/// One object, an array of them, or one that holds them as `requests`.
pub(super) fn requests(node: &Node<'_>) -> Result<Vec<Request>, ReadError> {
    let list = match node {
        Node::Array(items) => items.as_slice(),
        Node::Object(_) => match node.get("requests") {
            Some(Node::Array(items)) => items.as_slice(),
            _ => std::slice::from_ref(node),
        },
        _ => return Err(ReadError::NotReadable { what: WHAT, line: 1 }),
    };
    let requests = list.iter().map(request).collect::<Result<Vec<_>, _>>()?;
    if requests.is_empty() { Err(ReadError::NothingAsked { what: WHAT }) } else { Ok(requests) }
}

/// What names the parts of a request; anything else in the object is taken for its body.
const METHOD: [&str; 3] = ["method", "verb", "httpMethod"];
const URL: [&str; 6] = ["url", "endpoint", "uri", "path", "target", "href"];
const BODY: [&str; 5] = ["body", "json", "data", "payload", "params"];

fn first<'n, 'a>(node: &'n Node<'a>, names: &[&str]) -> Option<&'n Node<'a>> {
    names.iter().find_map(|name| node.get(name))
}

fn request(node: &Node<'_>) -> Result<Request, ReadError> {
    let refused = ReadError::NotReadable { what: WHAT, line: 1 };
    let Some(url) = first(node, &URL).and_then(Node::as_str) else { return Err(refused) };
    let stated = first(node, &METHOD).and_then(Node::as_str).map(str::to_ascii_uppercase);
    // `POST /v1/sites` as one word, as endpoints are written down.
    let (lead, rest) = url.trim().split_once(' ').unwrap_or(("", url.trim()));
    let is_method = !lead.is_empty() && lead.chars().all(|c| c.is_ascii_uppercase());
    let (method, url) = match (stated, is_method) {
        (Some(method), true) => (method, rest),
        (Some(method), false) => (method, url),
        (None, true) => (lead.to_owned(), rest),
        (None, false) => return Err(refused),
    };
    let mut url = url.trim().to_owned();
    for (name, value) in node.get("query").map(Node::members).unwrap_or_default() {
        let value = value.as_str().map_or_else(|| canonical(value), str::to_owned);
        let value = if value == "null" { String::new() } else { value };
        url.push_str(&format!("{}{name}={value}", if url.contains('?') { '&' } else { '?' }));
    }
    let mut headers = Vec::new();
    for (name, value) in node.get("headers").map(Node::members).unwrap_or_default() {
        headers.push((name.to_string(), value.as_str().map_or_else(|| canonical(value), str::to_owned)));
    }
    let text = |node: &Node<'_>| node.as_str().map_or_else(|| canonical(node), str::to_owned);
    let body = first(node, &BODY).map(text).unwrap_or_default();
    let known = |name: &str| {
        METHOD.contains(&name) || URL.contains(&name) || BODY.contains(&name) || name == "headers"
    };
    let rest: Vec<_> = node.members().iter().filter(|(name, _)| !known(name)).cloned().collect();
    let rest = if rest.is_empty() { String::new() } else { canonical(&Node::Object(rest)) };
    // Both count: what stands beside a body may be what decides.
    let body = match (body.is_empty(), rest.is_empty()) {
        (true, _) => rest,
        (false, true) => body,
        (false, false) => format!("[{},{rest}]", first(node, &BODY).map(canonical).unwrap_or_default()),
    };
    Ok(Request { method, text: format!("{} {url} {body}", lead_of(node)), url, headers, body })
}

fn lead_of(node: &Node<'_>) -> String {
    first(node, &METHOD).and_then(Node::as_str).unwrap_or_default().to_owned()
}
