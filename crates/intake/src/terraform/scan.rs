//! What can be said about a document before it is parsed.

use crate::ReadError;

/// The document as text, or why it is none.
pub(super) fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.starts_with(b"{\0") {
        return Err(ReadError::Utf16);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(ReadError::BinaryPlan);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| match e.error_len() {
        None => ReadError::Truncated,
        Some(_) => ReadError::NotUtf8 { at: e.valid_up_to() },
    })?;
    if text.trim_ascii().is_empty() { Err(ReadError::Empty) } else { Ok(text) }
}

const PLAIN: u8 = 0;
const QUOTE: u8 = 1;
const OPEN: u8 = 2;
const CLOSE: u8 = 3;

#[expect(clippy::indexing_slicing, reason = "a constant block: an index out of bounds would not compile")]
const KIND: [u8; 256] = {
    let mut kind = [PLAIN; 256];
    kind[b'"' as usize] = QUOTE;
    kind[b'{' as usize] = OPEN;
    kind[b'[' as usize] = OPEN;
    kind[b'}' as usize] = CLOSE;
    kind[b']' as usize] = CLOSE;
    kind
};

/// Whether brackets are nested deeper than this. The parts of a plan that are skipped are skipped without recursion,
/// so only this look at the whole can say so.
pub(super) fn depth_exceeds(bytes: &[u8], limit: usize) -> bool {
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match KIND.get(usize::from(*byte)).copied().unwrap_or(PLAIN) {
            QUOTE => at = end_of_string(bytes, at).map_or(bytes.len(), |end| end + 1),
            OPEN => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            CLOSE => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Where the string that begins at `at` ends.
#[inline]
pub(super) fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    // Most strings of a plan are keys of a few letters, for which calling into a search costs more than looking.
    for _ in 0..16 {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    end_of_long_string(bytes, at)
}

fn end_of_long_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
