//! Bodies that pass as they come. What their signature declares is enforced on the way: the last piece is held back until
//! the whole is known to be right, so that nothing upstream is completed that was altered.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use holdpoint_cloud::verify::chunks::Decoder;
use holdpoint_cloud::verify::hashed::HashBound;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

/// What a passing body must turn out to be.
#[derive(Debug)]
pub(super) enum Gate {
    /// As it is: nothing was declared, or AWS checks it.
    Open,
    /// The declared SHA-256.
    Hash(Box<HashBound>),
    /// Signed chunks, which are unframed.
    Chunks(Box<Decoder>),
    /// The end was reached.
    Done,
}

/// A body with its gate.
#[derive(Debug)]
pub(super) struct Passing {
    body: Incoming,
    gate: Gate,
    length: Option<u64>,
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

impl Passing {
    /// `length` is that of the body as it is sent on, where that is known.
    pub(super) fn new(body: Incoming, gate: Gate, length: Option<u64>) -> Self {
        Self { body, gate, length }
    }

    fn push(&mut self, piece: Bytes) -> Result<Bytes, Broken> {
        match &mut self.gate {
            Gate::Open | Gate::Done => Ok(piece),
            Gate::Hash(bound) => Ok(bound.push(piece)),
            Gate::Chunks(decoder) => Ok(decoder.push(&piece)?),
        }
    }

    fn finish(&mut self) -> Result<Bytes, Broken> {
        match std::mem::replace(&mut self.gate, Gate::Done) {
            Gate::Open | Gate::Done => Ok(Bytes::new()),
            Gate::Hash(bound) => Ok(bound.finish()?),
            Gate::Chunks(decoder) => Ok(decoder.finish()?.last),
        }
    }
}

impl Body for Passing {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        loop {
            if matches!(self.gate, Gate::Done) {
                return Poll::Ready(None);
            }
            let open = matches!(self.gate, Gate::Open);
            let piece = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.push(data),
                    // Trailers of HTTP's own are no part of what was signed.
                    Err(_) => continue,
                },
                Some(Err(error)) => Err(error.into()),
                None => self.finish(),
            };
            match piece {
                Ok(piece) if piece.is_empty() && !open => {}
                Ok(piece) if piece.is_empty() && matches!(self.gate, Gate::Done) => return Poll::Ready(None),
                Ok(piece) => return Poll::Ready(Some(Ok(Frame::data(piece)))),
                Err(error) => {
                    self.gate = Gate::Done;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}
