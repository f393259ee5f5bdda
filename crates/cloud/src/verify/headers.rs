//! What a header list must be before a signature over parts of it means anything.

use super::{Refused, Request};

/// Headers that decide what a request means or where it ends. Two of one kind could be read differently by whoever
/// reads the first and whoever reads the last.
const ONCE: [&str; 16] = [
    "authorization",
    "content-encoding",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "expect",
    "host",
    "if-match",
    "if-none-match",
    "range",
    "smithy-protocol",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Unsigned headers that travel all the same, as AWS itself lets them: they describe the body or narrow the answer, and
/// clients add them after signing.
const TRAVELS_UNSIGNED: [&str; 14] = [
    "accept",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

/// The one `x-amz` header that clients leave unsigned on purpose. It is dropped.
const TRACE: &str = "x-amzn-trace-id";

/// Refuses lists that two readers could read differently.
pub(super) fn check(request: &Request<'_>) -> Result<(), Refused> {
    for (name, value) in request.headers {
        let token = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
        };
        if name.is_empty() || !name.bytes().all(token) {
            return Err(Refused::malformed("a header's name is not one"));
        }
        if value.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f) {
            return Err(Refused::malformed(format!(
                "the header {name} is folded or has a control character"
            )));
        }
    }
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    for (one, next) in names.iter().zip(names.iter().skip(1)) {
        if one == next && (ONCE.contains(one) || is_amazon(one) || one.starts_with("amz-sdk-")) {
            return Err(Refused::malformed(format!("the header {one} is there twice")));
        }
    }
    framing(request)
}

/// One statement of where the body ends.
fn framing(request: &Request<'_>) -> Result<(), Refused> {
    let length = request.header("content-length");
    if length.is_some_and(|length| length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Refused::malformed("content-length is not a number"));
    }
    match request.header("transfer-encoding") {
        Some(_) if length.is_some() => {
            Err(Refused::malformed("content-length and transfer-encoding contradict each other"))
        }
        Some(encoding) if !encoding.trim().eq_ignore_ascii_case("chunked") => {
            Err(Refused::malformed("transfer-encoding is not chunked"))
        }
        _ => Ok(()),
    }
}

/// Checks the list of signed names against the headers and gives the unsigned ones. `presigned` requests may add a
/// content type to what was signed, as browsers do.
pub(super) fn unsigned(
    request: &Request<'_>,
    signed: &[String],
    presigned: bool,
) -> Result<Vec<String>, Refused> {
    if !signed.iter().any(|name| name == "host") {
        return Err(Refused::malformed("the header host must be signed"));
    }
    if !signed.iter().zip(signed.iter().skip(1)).all(|(one, next)| one < next) {
        return Err(Refused::malformed("the signed headers are not sorted, or one is named twice"));
    }
    for name in signed {
        if request.header(name).is_none() {
            return Err(Refused::mismatch(format!("the header {name} was signed and is missing")));
        }
    }
    let mut left: Vec<String> = Vec::new();
    for (name, _) in request.headers {
        if signed.contains(name) || left.contains(name) {
            continue;
        }
        let decides = name == "smithy-protocol" || (name == "content-type" && !presigned);
        if decides || (is_amazon(name) && name != TRACE) {
            return Err(Refused::denied(format!(
                "the header {name} must be signed: it was added, or its signature removed, on the way"
            )));
        }
        left.push(name.clone());
    }
    Ok(left)
}

/// The headers that are part of what was asked: the signed ones, and of the others those that AWS too would heed.
pub(super) fn kept(request: &Request<'_>, signed: &[String]) -> Vec<(String, String)> {
    let travels = |name: &String| signed.contains(name) || TRAVELS_UNSIGNED.contains(&name.as_str());
    request.headers.iter().filter(|(name, _)| travels(name)).cloned().collect()
}

fn is_amazon(name: &str) -> bool {
    name.starts_with("x-amz")
}
