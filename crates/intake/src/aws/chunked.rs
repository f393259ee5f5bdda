//! A body whose content passes unread, where it was read all the same: its length and hash without `aws-chunked`.

use holdpoint_core::Digest;

use super::Incoming;
use super::decode::{Fault, fault};

/// The content's length and SHA-256 in hexadecimal.
pub(crate) fn content(request: &Incoming<'_>) -> Result<(u64, String), Fault> {
    let declared = request.headers.iter().find(|(name, _)| name == "x-amz-content-sha256");
    let chunked = declared.is_some_and(|(_, value)| value.starts_with("STREAMING-"));
    let joined;
    let content = if chunked {
        joined = join(request.body)?;
        joined.as_slice()
    } else {
        request.body
    };
    Ok((u64::try_from(content.len()).unwrap_or(u64::MAX), Digest::of(content).to_string()))
}

/// The chunks' content; signatures and trailers are the verifier's to look at.
fn join(mut body: &[u8]) -> Result<Vec<u8>, Fault> {
    let broken = || Fault("the chunks of the body are broken".into());
    let mut content = Vec::with_capacity(body.len());
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n").ok_or_else(broken)?;
        let (line, rest) = body.split_at_checked(end).ok_or_else(broken)?;
        let line = std::str::from_utf8(line).map_err(|_| broken())?;
        let size = line.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).map_err(|_| broken())?;
        let rest = rest.get(2..).ok_or_else(broken)?;
        if size == 0 {
            return Ok(content);
        }
        let (chunk, after) = rest.split_at_checked(size).ok_or_else(broken)?;
        content.extend_from_slice(chunk);
        body = match after.strip_prefix(b"\r\n") {
            Some(next) => next,
            None => return fault("the chunks of the body are broken"),
        };
    }
}
