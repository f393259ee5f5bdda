//! Which headers and parameters of an agent's request travel to AWS. They belong to the change; what belongs to the
//! agent's signature, connection or client software stays behind.

use super::Payload;

/// Left behind: part of the old signature, of the old connection, or of the client's own bookkeeping.
const STAYS: [&str; 17] = [
    "accept-encoding",
    "authorization",
    "connection",
    "date",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-amzn-trace-id",
];

/// The headers that travel, in their order. A hash of the body is declared anew by the signature; the length is the
/// client's only while its body passes through unread.
pub fn travels(headers: &[(String, String)], payload: Payload<'_>) -> Vec<(String, String)> {
    let whole = matches!(payload, Payload::Bytes(_));
    let stays = |name: &str| {
        STAYS.contains(&name) || name.starts_with("amz-sdk-") || (whole && name == "content-length")
    };
    headers.iter().filter(|(name, _)| !stays(name)).cloned().collect()
}

/// Whether the new signature covers a header that travels. The length belongs to the connection.
pub(super) fn covered(name: &str) -> bool {
    name != "content-length"
}

/// A query without the parameters of a presigned URL. A literal plus is written as `%2B`, because some servers read
/// it as a space, and it was verified as a plus.
pub fn query_without_signature(query: &str) -> String {
    let kept: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !belongs_to_signature(pair))
        .map(|pair| pair.replace('+', "%2B"))
        .collect();
    kept.join("&")
}

fn belongs_to_signature(pair: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    matches!(
        name,
        "X-Amz-Algorithm"
            | "X-Amz-Credential"
            | "X-Amz-Date"
            | "X-Amz-Expires"
            | "X-Amz-Security-Token"
            | "X-Amz-Signature"
            | "X-Amz-SignedHeaders"
            | "X-Amz-Content-Sha256"
    )
}

/// The headers of a request whose aws-chunked body was decoded, to be sent as plain bytes of this length.
pub fn undone(headers: &[(String, String)], length: u64) -> Vec<(String, String)> {
    let mut plain: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| {
            !matches!(name.as_str(), "content-length" | "x-amz-decoded-content-length" | "x-amz-trailer")
        })
        .filter_map(|(name, value)| match name.as_str() {
            "content-encoding" => without_chunked(value).map(|left| (name.clone(), left)),
            _ => Some((name.clone(), value.clone())),
        })
        .collect();
    plain.push(("content-length".to_owned(), length.to_string()));
    plain
}

/// The headers of a request whose chunks are framed anew, without signatures: the length on the wire is another.
pub fn reframed(headers: &[(String, String)]) -> Vec<(String, String)> {
    headers.iter().filter(|(name, _)| name != "content-length").cloned().collect()
}

fn without_chunked(encoding: &str) -> Option<String> {
    let left: Vec<&str> = encoding
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty() && !part.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    if left.is_empty() { None } else { Some(left.join(",")) }
}
