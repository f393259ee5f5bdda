//! The head of a request, taken apart once: path, query, headers, and the services it may be for.

use std::borrow::Cow;

use super::index::{self, Service};
use super::{Incoming, Protocol, Refused};

/// The longest path and query together, in bytes.
const LONGEST_TARGET: usize = 64 << 10;

/// The base path by which a client names the service exactly: `/_svc/SERVICE/…`.
const NAMED_BY_PATH: &str = "/_svc/";

/// Headers by which some servers let a request be another method than it says.
const OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// A request's head.
pub(crate) struct Head<'a> {
    pub(crate) request: &'a Incoming<'a>,
    /// The path without a base path that names the service.
    pub(crate) path: &'a str,
    /// Decoded pairs, in order, without those of a presigned URL.
    pub(crate) query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Whom the signature's scope, and a base path if there is one, leave.
    pub(crate) services: Vec<&'static Service>,
}

impl<'a> Head<'a> {
    pub(crate) fn read(request: &'a Incoming<'a>) -> Result<Self, Refused> {
        if request.path.len() + request.query.len() > LONGEST_TARGET {
            return Err(refuse(
                guess(request),
                "The path and query of this request are too long to be read.",
            ));
        }
        if OVERRIDES.iter().any(|name| request.headers.iter().any(|(header, _)| header == name)) {
            return Err(refuse(guess(request), "A header that overrides the method is not accepted."));
        }
        let mut services = index::signed_as(request.service);
        if services.is_empty() {
            let says = format!(
                "No published AWS service signs as `{}`; check the client's signing name, or update Holdpoint if the service is new.",
                request.service
            );
            return Err(refuse(guess(request), says));
        }
        let mut path = request.path;
        if let Some(rest) = path.strip_prefix(NAMED_BY_PATH) {
            let (name, _) = rest.split_once('/').unwrap_or((rest, ""));
            services.retain(|service| service.name == name);
            path = rest.strip_prefix(name).unwrap_or_default();
            if services.is_empty() {
                let says = format!(
                    "The endpoint names the service `{name}`, but the request is signed for `{}`.",
                    request.service
                );
                return Err(refuse(guess(request), says));
            }
        }
        let protocol = guess(request);
        let query = pairs(request.query).ok_or_else(|| {
            refuse(protocol, "The query string cannot be read: write a space as %20 and a plus as %2B.")
        })?;
        let query = query.into_iter().filter(|(key, _)| !is_presign(key)).collect();
        Ok(Self { request, path, query, services })
    }

    /// The value of a header that may be there once.
    pub(crate) fn header(&self, name: &str) -> Result<Option<&'a str>, Refused> {
        let mut found = self.request.headers.iter().filter(|(header, _)| header == name);
        let first = found.next().map(|(_, value)| value.trim());
        match found.next() {
            Some(_) => Err(self.refuse(format!("The header `{name}` is there more than once."))),
            None => Ok(first),
        }
    }

    /// Whether the content type is this one, whatever its parameters.
    pub(crate) fn content_type(&self, wanted: &str) -> Result<bool, Refused> {
        let value = self.header("content-type")?.unwrap_or_default();
        let kind = value.split(';').next().unwrap_or_default().trim();
        Ok(kind.eq_ignore_ascii_case(wanted))
    }

    pub(crate) fn refuse(&self, says: impl Into<String>) -> Refused {
        refuse(guess(self.request), says)
    }

    /// The candidates that speak this protocol.
    pub(crate) fn speaking(&self, protocols: &[Protocol]) -> Vec<&'static Service> {
        let speaks = |service: &&Service| protocols.iter().any(|&protocol| service.speaks(protocol));
        self.services.iter().copied().filter(speaks).collect()
    }
}

pub(crate) fn refuse(protocol: Protocol, says: impl Into<String>) -> Refused {
    Refused { protocol, says: says.into() }
}

/// How a request that cannot be understood is probably best answered.
pub(crate) fn guess(request: &Incoming<'_>) -> Protocol {
    let has = |name: &str| request.headers.iter().any(|(header, _)| header == name);
    if has("smithy-protocol") {
        return Protocol::Cbor;
    }
    if has("x-amz-target") {
        return Protocol::Json;
    }
    let services = index::signed_as(request.service);
    let first = services.first().and_then(|service| service.protocols.first());
    first.copied().unwrap_or(Protocol::Json)
}

/// What a presigned URL adds to the query.
fn is_presign(key: &str) -> bool {
    const ADDED: [&str; 8] = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
        "X-Amz-Security-Token",
        "X-Amz-User-Agent",
    ];
    ADDED.contains(&key)
}

/// A query string's pairs, decoded. A bare plus is refused: servers differ on whether it is a space.
fn pairs(query: &str) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, plain) = (percent(key)?, !value.contains('+') && !key.contains('+'));
            (plain || is_presign(&key)).then_some((key, percent(value)?))
        })
        .collect()
}

/// Percent-decodes; nothing if an escape is broken or the result is not UTF-8.
pub(crate) fn percent(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let (high, low) =
                    (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
                out.push(u8::try_from(high * 16 + low).ok()?);
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}
