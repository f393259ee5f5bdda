//! Signature Version 4 as it comes in, against a secret that Holdpoint issued. Written here and not taken from the
//! official crate, which only signs: the two are checked against each other by the tests.
//!
//! [`read`] needs no secret and says who claims to speak; [`Claim::verify`] proves it. What is passed on afterwards is
//! [`Verified::headers`], never the request's own list: an unsigned header is no part of what the agent asked for.

use std::fmt;

pub mod chunks;
pub mod hashed;
pub mod passing;
pub mod replay;

mod authorization;
mod canonical;
mod claim;
mod headers;
mod mac;
mod payload;
mod presigned;
mod query;
mod refused;

pub use claim::{Body, Claim, Scope, Verified, read};
pub(crate) use mac::mac;
pub use payload::Payload;
pub use refused::{Refused, unknown_key};

/// A request's head as it came off the wire.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST` and so on.
    pub method: &'a str,
    /// The path as sent, still percent-encoded.
    pub path: &'a str,
    /// The query as sent, without the question mark.
    pub query: &'a str,
    /// Names in lower case, values as sent, in order, repeats as repeats. A value that is not UTF-8 has no place here:
    /// refuse the request before.
    pub headers: &'a [(String, String)],
}

/// The query and the headers carry signatures and tokens: only their names are shown.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let mut shown = f.debug_struct("Request");
        shown
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

impl<'a> Request<'a> {
    /// The only value of a header; none if it is missing. Repeats have been refused where they could matter.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
