//! Signing what goes out, by the official crate. The path and the query travel exactly as they are signed: nothing
//! between here and the socket rewrites them.

mod presign;
mod travel;

use std::fmt;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as sign_officially,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use time::OffsetDateTime;

use crate::credentials::Keys;
pub(crate) use presign::encode;
pub use presign::{Presigned, presign};
pub use travel::{query_without_signature, reframed, travels, undone};

/// A request before it is signed.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// `GET`, `POST` and so on.
    pub method: &'a str,
    /// The real host name, as `host::Host` gives it.
    pub host: &'a str,
    /// The path as the client sent it, percent-encoded, beginning with a slash. Never normalised.
    pub path: &'a str,
    /// The query as the client sent it, without the question mark; parameters of a presigned URL are left out here.
    pub query: &'a str,
    /// The headers to keep, names in lower case; those that belong to the old signature or connection are left out here.
    pub headers: &'a [(String, String)],
    /// What the signature says about the body.
    pub payload: Payload<'a>,
}

/// Query, headers and body may carry secrets: they are not shown.
impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outgoing");
        shown
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What a signature says about the body.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// The whole body.
    Bytes(&'a [u8]),
    /// A body that is still to come, by its SHA-256.
    Hash([u8; 32]),
    /// Nothing: the connection alone protects it.
    Unsigned,
    /// An aws-chunked body with a checksum in its trailer, which no signature covers.
    UnsignedTrailer,
}

impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Hash(hash) => write!(f, "Hash({})", hex::encode(hash)),
            Self::Unsigned => f.write_str("Unsigned"),
            Self::UnsignedTrailer => f.write_str("UnsignedTrailer"),
        }
    }
}

/// For which service and region a signature is valid, and when.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// A region's name.
    pub region: &'a str,
    /// The signing name: `ec2`, `s3`, `execute-api`…
    pub service: &'a str,
    /// The time of signing.
    pub now: OffsetDateTime,
}

/// A request ready to be sent: these headers, in this order, and no others.
#[derive(Clone)]
pub struct Signed {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The real host name.
    pub host: String,
    /// Path and query, as signed.
    pub target: String,
    /// `host` first; among them the signature and, of temporary keys, the session token.
    pub headers: Vec<(String, String)>,
}

/// Headers are secret once they are signed: a signature can be replayed, a session token is a credential.
impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Signed")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("target", &self.target)
            .field("headers", &names)
            .finish()
    }
}

/// Why a request could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum Unsignable {
    /// The host is not one that a URL can carry.
    #[error("the host `{0}` cannot be part of a URL")]
    Host(String),
    /// The path or query is not one that a URL can carry.
    #[error("the path or query cannot be part of a URL: {0}")]
    Target(String),
    /// The official crate would not sign it.
    #[error("the request cannot be signed: {0}")]
    Refused(String),
}

/// Signs a request in its headers with a real credential.
pub fn sign(outgoing: &Outgoing<'_>, keys: &Keys, scope: &Scope<'_>) -> Result<Signed, Unsignable> {
    let target = target(outgoing)?;
    let url = url(outgoing.host, &target)?;
    let mut kept: Vec<(String, String)> = vec![("host".to_owned(), outgoing.host.to_owned())];
    kept.extend(travels(outgoing.headers, outgoing.payload));
    kept.extend(length(outgoing));
    let covered = kept.iter().filter(|(name, _)| travel::covered(name));
    let (body, declares) = body(outgoing.payload);
    let request = SignableRequest::new(
        outgoing.method,
        url,
        covered.map(|(name, value)| (name.as_str(), value.as_str())),
        body,
    )
    .map_err(|error| Unsignable::Refused(said(&error)))?;

    let identity: Identity = keys.official().clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(scope.now.into())
        .settings(settings(scope.service, declares))
        .build()
        .map_err(|error| Unsignable::Refused(error.to_string()))?
        .into();
    let (instructions, _) =
        sign_officially(request, &params).map_err(|error| Unsignable::Refused(said(&error)))?.into_parts();
    let (added, _) = instructions.into_parts();
    for header in added {
        kept.push((header.name().to_owned(), header.value().to_owned()));
    }
    Ok(Signed { method: outgoing.method.to_owned(), host: outgoing.host.to_owned(), target, headers: kept })
}

/// S3 signs its paths as they are sent; every other service wants them normalised and encoded once more.
fn settings(service: &str, declares: bool) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if signs_raw_path(service) {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    if declares || signs_raw_path(service) {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

/// Whether a signing name belongs to S3's family, whose canonical path is the path as sent.
pub(crate) fn signs_raw_path(service: &str) -> bool {
    matches!(service, "s3" | "s3-object-lambda" | "s3-outposts")
}

/// The length of a body that is all there. S3 refuses an upload that does not say that it is empty.
fn length(outgoing: &Outgoing<'_>) -> Option<(String, String)> {
    let Payload::Bytes(bytes) = outgoing.payload else { return None };
    let carries = !bytes.is_empty() || matches!(outgoing.method, "POST" | "PUT" | "PATCH");
    carries.then(|| ("content-length".to_owned(), bytes.len().to_string()))
}

/// The body as the official crate takes it, and whether its hash must be declared in a header because the receiver
/// cannot compute it.
fn body<'a>(payload: Payload<'a>) -> (SignableBody<'a>, bool) {
    match payload {
        Payload::Bytes(bytes) => (SignableBody::Bytes(bytes), false),
        Payload::Hash(hash) => (SignableBody::Precomputed(hex::encode(hash)), true),
        Payload::Unsigned => (SignableBody::UnsignedPayload, true),
        Payload::UnsignedTrailer => (SignableBody::StreamingUnsignedPayloadTrailer, true),
    }
}

fn target(outgoing: &Outgoing<'_>) -> Result<String, Unsignable> {
    if !outgoing.path.starts_with('/') {
        return Err(Unsignable::Target("the path does not begin with a slash".to_owned()));
    }
    let query = query_without_signature(outgoing.query);
    Ok(if query.is_empty() { outgoing.path.to_owned() } else { format!("{}?{query}", outgoing.path) })
}

/// The official crate panics without a host, so it gets a URL that was parsed before.
fn url(host: &str, target: &str) -> Result<String, Unsignable> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(Unsignable::Host(host.to_owned()));
    }
    let parsed = http::Uri::builder()
        .scheme("https")
        .authority(host)
        .path_and_query(target)
        .build()
        .map_err(|error| Unsignable::Target(error.to_string()))?;
    if parsed.path_and_query().is_none_or(|kept| kept.as_str() != target) {
        return Err(Unsignable::Target("it would be sent otherwise than it was signed".to_owned()));
    }
    Ok(parsed.to_string())
}

/// An error of the official crate with its cause, which alone says what is wrong.
fn said(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
