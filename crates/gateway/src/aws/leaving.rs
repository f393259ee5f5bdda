//! What leaves of a request: headers, what the new signature says about the body, and the body.

use bytes::Bytes;
use holdpoint_cloud::send;
use holdpoint_cloud::sign::{Payload as Declared, reframed, undone};
use holdpoint_cloud::verify::hashed::HashBound;
use holdpoint_cloud::verify::{Payload, Verified};
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::answer::Refusal;
use super::arrive::Content;
use super::passing::{Gate, Passing};

/// What leaves.
pub(super) struct Leaving {
    pub(super) headers: Vec<(String, String)>,
    pub(super) declared: Says,
    pub(super) body: send::Body,
}

/// What the new signature says about the body.
#[derive(Debug)]
pub(super) enum Says {
    Bytes(Bytes),
    Hash(String),
    Unsigned,
    UnsignedTrailer,
}

impl Says {
    pub(super) fn payload(&self) -> Declared<'_> {
        match self {
            Says::Bytes(bytes) => Declared::Bytes(bytes),
            Says::Hash(hash) => Declared::Hash(hash),
            Says::Unsigned => Declared::Unsigned,
            Says::UnsignedTrailer => Declared::UnsignedTrailer,
        }
    }
}

/// A body that was read is sent as it is, one that passes under what its own signature declared. Signed chunks belong to
/// the agent's key, so they are unframed; TLS protects them from here on.
pub(super) fn of(verified: &Verified, content: Content) -> Result<Leaving, Refusal> {
    let headers = verified.headers.clone();
    let body = match content {
        Content::Whole(bytes) => {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let headers = if verified.payload.is_chunked() { undone(&headers, length) } else { headers };
            let body = send::whole(bytes.clone());
            return Ok(Leaving { headers, declared: Says::Bytes(bytes), body });
        }
        Content::Passing(body) => body,
    };
    let length = body.size_hint().exact();
    let pass = |gate, length| Passing::new(body, gate, length).boxed_unsync();
    Ok(match verified.payload {
        Payload::Hash(hash) => Leaving {
            headers,
            declared: Says::Hash(hex::encode(hash)),
            body: pass(Gate::Hash(Box::new(HashBound::new(hash))), length),
        },
        Payload::UnsignedTrailer => Leaving {
            headers: reframed(&headers),
            declared: Says::UnsignedTrailer,
            body: pass(Gate::Open, length),
        },
        Payload::SignedChunks | Payload::SignedChunksTrailer => {
            let decoder = verified.decoder().map_err(|refused| Refusal {
                status: http::StatusCode::FORBIDDEN,
                code: refused.code.into(),
                says: format!("NOT executed: {}", refused.says),
            })?;
            let decoded = verified
                .headers
                .iter()
                .find(|(name, _)| name == "x-amz-decoded-content-length")
                .and_then(|(_, value)| value.trim().parse::<u64>().ok())
                .ok_or_else(|| Refusal::malformed("x-amz-decoded-content-length is missing"))?;
            Leaving {
                headers: undone(&headers, decoded),
                declared: Says::Unsigned,
                body: pass(Gate::Chunks(Box::new(decoder)), Some(decoded)),
            }
        }
        Payload::Unsigned | Payload::Body => {
            Leaving { headers, declared: Says::Unsigned, body: pass(Gate::Open, length) }
        }
    })
}
