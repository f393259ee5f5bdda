//! Bodies in aws-chunked framing, decoded as they come. No byte of a signed chunk is given out before its signature is
//! verified, and the last piece of a body only when all of it is: [`Decoder::finish`].

mod chain;
mod frame;

use hyper::body::Bytes;

pub use chain::Chain;
pub use frame::{framed, framed_end};

use super::{Payload, Refused};
use frame::{Line, Size};

/// The largest chunk that is signed as one, all of which must be kept until it is verified. Clients send 64 KiB
/// (Rust, Go), 80 KiB (.NET), 128 KiB (Java) or 1 MiB; AWS asks for at least 8 KiB.
pub const LARGEST_SIGNED: u64 = 8 * 1024 * 1024;
/// The most bytes of trailers, which carry one checksum and one signature.
const TRAILERS: usize = 4096;

/// What is left when a body has ended well.
#[derive(Debug, PartialEq, Eq)]
pub struct Rest {
    /// The last bytes of the body.
    pub last: Bytes,
    /// The trailers that were announced, without the signature over them. Their checksum is for the receiver to check.
    pub trailers: Vec<(String, String)>,
}

/// Undoes aws-chunked framing. After an error it only repeats that error: what was given out before must not be completed.
#[derive(Debug)]
pub struct Decoder {
    signed: Option<Chain>,
    announced: Vec<String>,
    left: u64,
    state: State,
    line: Line,
    chunk: Vec<u8>,
    held: Vec<u8>,
    trailers: Vec<(String, String)>,
    trailer_bytes: usize,
    failed: Option<Refused>,
}

#[derive(Debug)]
enum State {
    /// Before a chunk's size.
    Head,
    /// Inside a chunk: bytes to come, and the signature over all of it.
    Data { left: u64, signature: Option<[u8; 32]> },
    /// After a chunk's data, before the line break.
    Break { signature: Option<[u8; 32]> },
    /// After the last chunk.
    Trailers,
    /// After the last line break.
    End,
}

impl Decoder {
    /// For a verified request with its headers. The length without framing must be declared.
    pub(super) fn new(payload: Payload, headers: &[(String, String)], chain: Chain) -> Result<Self, Refused> {
        let header =
            |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim());
        let length = header("x-amz-decoded-content-length").unwrap_or_default();
        let digits = (1..=15).contains(&length.len()) && length.bytes().all(|byte| byte.is_ascii_digit());
        let left = length.parse().ok().filter(|_| digits);
        let left =
            left.ok_or_else(|| refused("x-amz-decoded-content-length is missing or is not a number"))?;
        let announced: Vec<String> = header("x-amz-trailer")
            .unwrap_or_default()
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        let signed = match payload {
            Payload::SignedChunks | Payload::SignedChunksTrailer => Some(chain),
            Payload::UnsignedTrailer => None,
            _ => return Err(refused("the body is not framed in chunks")),
        };
        if (payload == Payload::SignedChunks) != announced.is_empty() {
            return Err(refused("x-amz-trailer does not fit x-amz-content-sha256"));
        }
        Ok(Self {
            signed,
            announced,
            left,
            state: State::Head,
            line: Line::default(),
            chunk: Vec::new(),
            held: Vec::new(),
            trailers: Vec::new(),
            trailer_bytes: 0,
            failed: None,
        })
    }

    /// The bytes of the body that are still to be announced by a chunk: before the first, the length of all of it.
    pub(super) fn length(&self) -> u64 {
        self.left
    }

    /// Takes bytes off the wire and gives those of the body that may be sent now, perhaps none.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Bytes, Refused> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        self.take(bytes).inspect_err(|error| self.failed = Some(error.clone()))
    }

    /// The end of the body: the bytes that were held back, if the last chunk and its trailers were there and right.
    pub fn finish(self) -> Result<Rest, Refused> {
        match (self.failed, self.state) {
            (Some(failed), _) => Err(failed),
            (None, State::End) => Ok(Rest { last: Bytes::from(self.held), trailers: self.trailers }),
            (None, _) => Err(Refused {
                code: "IncompleteBody",
                says: "the body ended before its last chunk".to_owned(),
            }),
        }
    }

    fn take(&mut self, mut bytes: &[u8]) -> Result<Bytes, Refused> {
        let mut out = Vec::new();
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Data { left, signature } => self.data(bytes, left, signature, &mut out),
                State::End => return Err(refused("there are bytes after the last chunk")),
                State::Head | State::Break { .. } | State::Trailers => {
                    let (rest, line) = self.line.take(bytes)?;
                    if let Some(line) = line {
                        self.line(&line, &mut out)?;
                    }
                    rest
                }
            };
        }
        Ok(Bytes::from(out))
    }

    /// Signed data is kept until its chunk is verified. Unsigned data follows as the next comes.
    fn data<'a>(
        &mut self,
        bytes: &'a [u8],
        left: u64,
        signature: Option<[u8; 32]>,
        out: &mut Vec<u8>,
    ) -> &'a [u8] {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (data, rest) = bytes.split_at_checked(here).unwrap_or((bytes, &[]));
        if self.signed.is_some() {
            self.chunk.extend_from_slice(data);
        } else {
            out.append(&mut self.held);
            self.held.extend_from_slice(data);
        }
        let left = left.saturating_sub(data.len() as u64);
        self.state = if left == 0 { State::Break { signature } } else { State::Data { left, signature } };
        rest
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        match self.state {
            State::Head => self.head(line),
            State::Break { signature } if line.is_empty() => {
                if let Some(chain) = &mut self.signed {
                    chain.chunk(&self.chunk, signature)?;
                    out.append(&mut self.held);
                    self.held = std::mem::take(&mut self.chunk);
                }
                self.state = State::Head;
                Ok(())
            }
            State::Break { .. } => Err(refused("a chunk is longer than it says")),
            State::Trailers => self.trailer(line),
            State::Data { .. } | State::End => Err(refused("a line where none can be")),
        }
    }

    fn head(&mut self, line: &[u8]) -> Result<(), Refused> {
        let Size { size, signature } = frame::size(line, self.signed.is_some())?;
        if size > self.left {
            return Err(refused("the chunks are longer than x-amz-decoded-content-length"));
        }
        if self.signed.is_some() && size > LARGEST_SIGNED {
            return Err(refused(format!("a signed chunk is larger than {LARGEST_SIGNED} bytes")));
        }
        self.left -= size;
        if size > 0 {
            self.state = State::Data { left: size, signature };
            return Ok(());
        }
        if self.left > 0 {
            return Err(refused("the chunks are shorter than x-amz-decoded-content-length"));
        }
        if let Some(chain) = &mut self.signed {
            chain.chunk(&[], signature)?;
        }
        self.state = State::Trailers;
        Ok(())
    }

    fn trailer(&mut self, line: &[u8]) -> Result<(), Refused> {
        if line.is_empty() {
            return self.end();
        }
        self.trailer_bytes += line.len();
        let (name, value) = frame::trailer(line)?;
        let signature = name == "x-amz-trailer-signature" && self.signed.is_some();
        let known = signature || self.announced.contains(&name);
        if !known || self.trailers.iter().any(|(there, _)| *there == name) || self.trailer_bytes > TRAILERS {
            return Err(refused("the trailers are not those that x-amz-trailer names"));
        }
        self.trailers.push((name, value));
        Ok(())
    }

    /// The line break after the trailers: all that were announced are there, and are signed if the chunks are.
    fn end(&mut self) -> Result<(), Refused> {
        let (signature, trailers): (Vec<_>, Vec<_>) = std::mem::take(&mut self.trailers)
            .into_iter()
            .partition(|(name, _)| name == "x-amz-trailer-signature");
        if trailers.len() != self.announced.len() {
            return Err(refused("the trailers are not those that x-amz-trailer names"));
        }
        if let Some(chain) = &mut self.signed
            && !(trailers.is_empty() && signature.is_empty())
        {
            chain.trailer(&trailers, signature.first().and_then(|(_, value)| super::payload::hash(value)))?;
        }
        self.trailers = trailers;
        self.state = State::End;
        Ok(())
    }
}

pub(super) fn refused(says: impl Into<String>) -> Refused {
    Refused { code: "InvalidChunk", says: says.into() }
}
