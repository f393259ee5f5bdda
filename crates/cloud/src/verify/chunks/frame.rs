//! The lines of aws-chunked framing.

use hyper::body::Bytes;

use super::refused;
use crate::verify::Refused;
use crate::verify::payload::hash;

/// The longest line: a trailer with a checksum.
const LONGEST: usize = 512;

/// A line that may come in pieces.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    /// Takes bytes up to a line's end; gives what follows and, if the end was there, the line without it.
    pub(super) fn take<'a>(&mut self, bytes: &'a [u8]) -> Result<(&'a [u8], Option<Vec<u8>>), Refused> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (here, rest) = match end.and_then(|end| bytes.split_at_checked(end + 1)) {
            Some(split) => split,
            None => (bytes, [].as_slice()),
        };
        if self.0.len() + here.len() > LONGEST {
            return Err(refused("a line of the framing is too long"));
        }
        self.0.extend_from_slice(here);
        if end.is_none() {
            return Ok((rest, None));
        }
        let mut line = std::mem::take(&mut self.0);
        if !line.ends_with(b"\r\n") {
            return Err(refused("a line of the framing does not end in CR LF"));
        }
        line.truncate(line.len() - 2);
        Ok((rest, Some(line)))
    }
}

/// The line before a chunk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) size: u64,
    pub(super) signature: Option<[u8; 32]>,
}

/// Reads `SIZE` or `SIZE;chunk-signature=HEX`.
pub(super) fn size(line: &[u8], signed: bool) -> Result<Size, Refused> {
    let text = std::str::from_utf8(line).map_err(|_| refused("a chunk's size is not text"))?;
    let (size, signature) = match text.split_once(';') {
        Some((size, extension)) if signed => {
            let signature = extension.strip_prefix("chunk-signature=").and_then(hash);
            (size, Some(signature.ok_or_else(|| refused("a chunk's signature is not one"))?))
        }
        None if !signed => (text, None),
        _ => return Err(refused("a chunk is signed where none may be, or the other way round")),
    };
    let digits = (1..=12).contains(&size.len()) && size.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = u64::from_str_radix(size, 16).ok().filter(|_| digits);
    Ok(Size { size: size.ok_or_else(|| refused("a chunk's size is not a hexadecimal number"))?, signature })
}

/// Reads `name:value`.
pub(super) fn trailer(line: &[u8]) -> Result<(String, String), Refused> {
    let text =
        std::str::from_utf8(line).ok().filter(|text| text.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    let (name, value) =
        text.and_then(|text| text.split_once(':')).ok_or_else(|| refused("a trailer is not one"))?;
    Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
}

/// A piece of a body as an unsigned chunk; nothing for no bytes, because an empty chunk is the last.
pub fn framed(piece: &[u8]) -> Bytes {
    if piece.is_empty() {
        return Bytes::new();
    }
    let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
    chunk.extend_from_slice(piece);
    chunk.extend_from_slice(b"\r\n");
    Bytes::from(chunk)
}

/// The end of a body in unsigned chunks, with its trailers.
pub fn framed_end(trailers: &[(String, String)]) -> Bytes {
    let mut end = "0\r\n".to_owned();
    for (name, value) in trailers {
        end.push_str(&format!("{name}:{value}\r\n"));
    }
    end.push_str("\r\n");
    Bytes::from(end)
}
