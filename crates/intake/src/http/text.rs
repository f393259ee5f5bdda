//! Requests as text: a request line, headers, a blank line, a body.

use super::{Request, WHAT};
use crate::ReadError;

const METHODS: [&str; 11] =
    ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PURGE", "TRACE", "CONNECT", "MOVE"];

/// Reads all of them. A line that is neither is refused, because a request that is overlooked is a request let pass.
pub(super) fn requests(text: &str) -> Result<Vec<Request>, ReadError> {
    let mut requests: Vec<Request> = Vec::new();
    let mut in_body = false;
    let mut bare = false;
    for (n, line) in text.lines().enumerate() {
        let refused = || ReadError::NotReadable { what: WHAT, line: n + 1 };
        if line.starts_with("###") {
            (in_body, bare) = (false, true);
            continue;
        }
        if let Some(request) = request_line(line).filter(|_| !in_body || bare || blank_before(&requests)) {
            requests.push(request);
            (in_body, bare) = (false, false);
            continue;
        }
        let comment = line.trim_start().starts_with('#') || line.trim_start().starts_with("//");
        let Some(current) = requests.last_mut().filter(|_| !bare) else {
            if line.trim().is_empty() || comment {
                continue;
            }
            return Err(refused());
        };
        if in_body {
            current.body.push_str(line);
            current.body.push('\n');
        } else if line.trim().is_empty() {
            in_body = true;
        } else if !comment {
            let (name, value) = line.split_once(':').ok_or_else(refused)?;
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
                return Err(refused());
            }
            current.headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    for request in &mut requests {
        request.body = request.body.trim().to_owned();
        if !request.body.is_empty() {
            request.text = format!("{} {}", request.text, request.body);
        }
    }
    if requests.is_empty() { Err(ReadError::NothingAsked { what: WHAT }) } else { Ok(requests) }
}

/// In a body, only what stands behind a blank line is the next request.
fn blank_before(requests: &[Request]) -> bool {
    requests.last().is_some_and(|request| request.body.is_empty() || request.body.ends_with("\n\n"))
}

/// `DELETE /v1/prefixes/{id} HTTP/1.1   # a comment`
fn request_line(line: &str) -> Option<Request> {
    let mut parts = line.split_whitespace();
    let method = parts.next()?;
    if !METHODS.contains(&method) {
        return None;
    }
    let url = parts.next()?;
    let note: Vec<&str> = parts.filter(|part| !part.starts_with("HTTP/")).collect();
    let note = note.join(" ");
    if !note.is_empty() && !note.starts_with('#') {
        return None;
    }
    let text = format!("{method} {url} {note}").trim().to_owned();
    Some(Request { method: method.to_owned(), url: url.to_owned(), text, ..Request::default() })
}
