//! What leaves of a request: headers, what the new signature says about the body, and the body.

use bytes::Bytes;
use holdpoint_cloud::send;
use holdpoint_cloud::sign::{Payload as Declared, undone};
use holdpoint_cloud::verify::Verified;
use http_body_util::BodyExt as _;

use super::answer::Refusal;
use super::arrive::{Content, of as refused};

/// What leaves.
pub(super) struct Leaving {
    pub(super) headers: Vec<(String, String)>,
    declared: Says,
    pub(super) body: send::Body,
}

/// What the new signature says about the body.
enum Says {
    /// It is all there.
    Bytes(Bytes),
    /// It passes, under this.
    Passing(Declared<'static>),
}

impl Leaving {
    pub(super) fn payload(&self) -> Declared<'_> {
        match &self.declared {
            Says::Bytes(bytes) => Declared::Bytes(bytes),
            Says::Passing(declared) => *declared,
        }
    }
}

/// A body that was read is sent as it is, one that passes under what its own signature declared.
pub(super) fn of(verified: &Verified, content: Content) -> Result<Leaving, Refusal> {
    match content {
        Content::Whole(bytes) => {
            let headers = verified.headers.clone();
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let headers = if verified.payload.is_chunked() { undone(&headers, length) } else { headers };
            let body = send::whole(bytes.clone());
            Ok(Leaving { headers, declared: Says::Bytes(bytes), body })
        }
        Content::Passing(body) => {
            let onward = verified.onward(body).map_err(refused)?;
            let body = onward.body.boxed_unsync();
            Ok(Leaving { headers: onward.headers, declared: Says::Passing(onward.payload), body })
        }
    }
}
