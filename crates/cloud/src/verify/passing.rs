//! A body on its way from the client to AWS: nothing of it is kept, all of it is checked, and the end is held back until
//! the check is done. A body that fails ends in an error, upon which the connection to AWS is broken off: what was sent
//! so far is no complete request.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame};
use hyper::body::Bytes;

use super::chunks::{Decoder, Rest, framed, framed_end};
use super::hashed::HashBound;
use super::{Payload, Refused, Verified};
use crate::sign::{self, reframed, undone};

/// What to send for a verified request: the arguments of [`sign::Outgoing`] that depend on the body, and the body.
pub struct Onward<B> {
    /// The headers to sign.
    pub headers: Vec<(String, String)>,
    /// What to sign for the body.
    pub payload: sign::Payload<'static>,
    /// The body to send.
    pub body: Passing<B>,
}

/// Headers may carry a session token: they are not shown.
impl<B> fmt::Debug for Onward<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Onward").field("payload", &self.payload).finish_non_exhaustive()
    }
}

/// The body of a verified request as AWS gets it.
#[derive(Debug)]
pub struct Passing<B> {
    body: B,
    check: Check,
}

#[derive(Debug)]
enum Check {
    /// Not covered by the signature.
    Free,
    /// Covered by a hash.
    Hash(HashBound),
    /// Framed in unsigned chunks, which go on as they came.
    Watched { decoder: Box<Decoder>, held: Bytes },
    /// Framed in signed chunks: the agent's signatures mean nothing to AWS, so plain bytes go on.
    Plain(Box<Decoder>),
    /// The same with a trailer: unsigned chunks go on.
    Reframed(Box<Decoder>),
    /// Ended, well or not.
    Over,
}

pub(super) fn onward<B>(verified: &Verified, body: B) -> Result<Onward<B>, Refused> {
    let headers = &verified.headers;
    let (headers, payload, check) = match verified.payload {
        Payload::Body => {
            return Err(Refused::denied("a body that was read to verify it is there to be sent as it is"));
        }
        Payload::Unsigned => (headers.clone(), sign::Payload::Unsigned, Check::Free),
        Payload::Hash(hash) => {
            (headers.clone(), sign::Payload::Hash(hash), Check::Hash(HashBound::new(hash)))
        }
        Payload::UnsignedTrailer => {
            let decoder = Box::new(verified.decoder()?);
            (headers.clone(), sign::Payload::UnsignedTrailer, Check::Watched { decoder, held: Bytes::new() })
        }
        Payload::SignedChunks => {
            let decoder = Box::new(verified.decoder()?);
            (undone(headers, decoder.length()), sign::Payload::Unsigned, Check::Plain(decoder))
        }
        Payload::SignedChunksTrailer => {
            let decoder = Box::new(verified.decoder()?);
            (reframed(headers), sign::Payload::UnsignedTrailer, Check::Reframed(decoder))
        }
    };
    Ok(Onward { headers, payload, body: Passing { body, check } })
}

impl Check {
    /// Takes a piece off the wire and gives what may be sent now, perhaps nothing.
    fn piece(&mut self, piece: Bytes) -> Result<Bytes, Refused> {
        match self {
            Self::Free => Ok(piece),
            Self::Hash(bound) => Ok(bound.push(piece)),
            Self::Watched { decoder, held } => {
                decoder.push(&piece)?;
                Ok(if piece.is_empty() { piece } else { std::mem::replace(held, piece) })
            }
            Self::Plain(decoder) => decoder.push(&piece),
            Self::Reframed(decoder) => decoder.push(&piece).map(|bytes| framed(&bytes)),
            Self::Over => Ok(Bytes::new()),
        }
    }

    /// The end of the body: what was held back, if all is well.
    fn end(self) -> Result<Bytes, Refused> {
        match self {
            Self::Free | Self::Over => Ok(Bytes::new()),
            Self::Hash(bound) => bound.finish(),
            Self::Watched { decoder, held } => decoder.finish().map(|_| held),
            Self::Plain(decoder) => decoder.finish().map(|rest| rest.last),
            Self::Reframed(decoder) => {
                let Rest { last, trailers } = decoder.finish()?;
                Ok([framed(&last), framed_end(&trailers)].concat().into())
            }
        }
    }
}

impl<B> Body for Passing<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        loop {
            if matches!(self.check, Check::Over) {
                return Poll::Ready(None);
            }
            let checked = match std::task::ready!(Pin::new(&mut self.body).poll_frame(context)) {
                // Trailers of HTTP itself are covered by nothing: they stay behind.
                Some(Ok(frame)) => {
                    self.check.piece(frame.into_data().unwrap_or_default()).map_err(Into::into)
                }
                Some(Err(error)) => Err(error.into()),
                None => std::mem::replace(&mut self.check, Check::Over).end().map_err(Into::into),
            };
            match checked {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Err(error) => {
                    self.check = Check::Over;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}
