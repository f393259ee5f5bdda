//! The canonical form of a request, which both sides sign.

use super::{Request, query};
use crate::sign::signs_raw_path;

/// The six parts of the canonical request, joined.
pub(super) fn request(request: &Request<'_>, service: &str, signed: &[String], payload: &str) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(request.method);
    text.push('\n');
    text.push_str(&path(request.path, service));
    text.push('\n');
    text.push_str(&parameters(request.query));
    text.push('\n');
    for name in signed {
        text.push_str(name);
        text.push(':');
        text.push_str(&header(request, name));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&signed.join(";"));
    text.push('\n');
    text.push_str(payload);
    text
}

/// S3's path is the path as sent. Every other service's is normalised and, although it is encoded already, encoded
/// once more.
fn path(raw: &str, service: &str) -> String {
    if signs_raw_path(service) {
        return if raw.is_empty() { "/".to_owned() } else { raw.to_owned() };
    }
    query::encode(normalised(raw).as_bytes(), b"/")
}

/// Without empty and dot segments; a slash at the end stays.
fn normalised(raw: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            named => segments.push(named),
        }
    }
    let directory = raw.ends_with('/') || raw.ends_with("/.") || raw.ends_with("/..");
    let mut path = format!("/{}", segments.join("/"));
    if directory && !path.ends_with('/') {
        path.push('/');
    }
    path
}

/// Decoded, encoded by one rule, sorted by name and then value, without the signature itself.
fn parameters(raw: &str) -> String {
    let mut pairs: Vec<(String, String)> = query::pairs(raw)
        .filter(|(name, _)| name != b"X-Amz-Signature")
        .map(|(name, value)| (query::encode(&name, b""), query::encode(&value, b"")))
        .collect();
    pairs.sort_unstable();
    let joined: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    joined.join("&")
}

/// All values of a header, each trimmed and its runs of spaces squeezed, joined by commas.
fn header(request: &Request<'_>, name: &str) -> String {
    let values: Vec<String> =
        request.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| squeezed(value)).collect();
    values.join(",")
}

fn squeezed(value: &str) -> String {
    let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
