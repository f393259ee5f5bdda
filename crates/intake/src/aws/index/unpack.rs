//! The embedded file: four lines in clear, then everything else deflated.

use std::io::Read;
use std::sync::OnceLock;

use super::Service;

const PACKED: &[u8] = include_bytes!("index.bin");

/// More than the index ever is; keeps a damaged file from taking all memory.
const MOST: u64 = 16 << 20;

/// What the embedded file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The packages it was made from, as `name=version`, separated by spaces.
    pub packages: &'static str,
    /// How many services and operations there are, as two numbers.
    pub counts: &'static str,
    /// SHA-256 of the unpacked part, in hexadecimal.
    pub sha256: &'static str,
}

/// What the embedded file says about itself; nothing if it is not an index.
#[must_use]
pub fn header() -> Option<Header> {
    let (lines, _) = split()?;
    let [_, packages, counts, sha256] = lines;
    Some(Header { packages, counts, sha256 })
}

fn split() -> Option<([&'static str; 4], &'static [u8])> {
    let mut rest = PACKED;
    let mut lines = [""; 4];
    for line in &mut lines {
        let end = rest.iter().position(|&byte| byte == b'\n')?;
        let (head, tail) = rest.split_at_checked(end)?;
        *line = std::str::from_utf8(head).ok()?;
        rest = tail.get(1..)?;
    }
    (lines.first() == Some(&"holdpoint-aws-index 1")).then_some((lines, rest))
}

/// The unpacked text. A file that cannot be read gives none, and then no request is recognised.
pub(crate) fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let Some((_, packed)) = split() else { return String::new() };
        let mut text = String::with_capacity(2 << 20);
        match flate2::read::ZlibDecoder::new(packed).take(MOST).read_to_string(&mut text) {
            Ok(_) => text,
            Err(_) => String::new(),
        }
    })
}

/// Every service with its block, unread.
pub(super) fn services() -> Vec<Service> {
    let Some((heads, mut blocks)) = text().split_once("\n\n") else { return Vec::new() };
    let mut services = Vec::with_capacity(512);
    for head in heads.split('\n') {
        let Some((head, length)) = head.rsplit_once('\t') else { return Vec::new() };
        let split = length.parse().ok().and_then(|length| blocks.split_at_checked(length));
        let Some((block, rest)) = split else { return Vec::new() };
        blocks = rest;
        services.extend(Service::read(head, block));
    }
    services
}
