//! What a signature says about the body.

use super::{Refused, Request};
use crate::sign::signs_raw_path;

/// What a signature says about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing is declared: the signature covers the hash of the body, which must be there to verify it.
    Body,
    /// The signature covers this SHA-256, which the body must turn out to have.
    Hash([u8; 32]),
    /// The body is not covered.
    Unsigned,
    /// Chunks, each with its own signature in a chain that begins with the request's.
    SignedChunks,
    /// The same, with a signed trailer that carries a checksum.
    SignedChunksTrailer,
    /// Chunks without signatures, and a trailer that carries a checksum.
    UnsignedTrailer,
}

/// Services beside S3 whose models let a body go unsigned: uploads that are read as they come.
const UNSIGNED: [&str; 4] = ["cloudsearch", "ebs", "lex", "mediastore"];

impl Payload {
    /// Reads the mode out of `x-amz-content-sha256` and checks that the service has it. `presigned` is the value of the
    /// parameter of the same name, if the request is signed in its query.
    pub(super) fn read(
        request: &Request<'_>,
        service: &str,
        presigned: Option<Option<&str>>,
    ) -> Result<Self, Refused> {
        let header = request.header("x-amz-content-sha256").map(str::trim);
        let declared = match (header, presigned.flatten()) {
            (Some(header), Some(parameter)) if header != parameter => {
                return Err(Refused::malformed(
                    "x-amz-content-sha256 says one thing in the query and another in the header",
                ));
            }
            (Some(value), _) | (None, Some(value)) => value,
            (None, None) if presigned.is_some() && signs_raw_path(service) => return Ok(Self::Unsigned),
            (None, None) if signs_raw_path(service) => {
                return Err(Refused::malformed("S3 needs the header x-amz-content-sha256"));
            }
            (None, None) => return Ok(Self::Body),
        };
        let mode = match declared {
            "UNSIGNED-PAYLOAD" => Self::Unsigned,
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Self::UnsignedTrailer,
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Self::SignedChunks,
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Self::SignedChunksTrailer,
            asymmetric if asymmetric.starts_with("STREAMING-AWS4-ECDSA-") => {
                return Err(Refused::asymmetric());
            }
            "STREAMING-AWS4-HMAC-SHA256-EVENTS" => {
                return Err(Refused::denied(
                    "event streams are not passed on: use an API that sends its input whole",
                ));
            }
            hash => return Self::hash(hash),
        };
        let allowed = match mode {
            Self::Unsigned => signs_raw_path(service) || UNSIGNED.contains(&service),
            _ => signs_raw_path(service) && presigned.is_none(),
        };
        if !allowed {
            return Err(Refused::denied(format!(
                "{declared} is not accepted for {service}: sign the body (boto3: Config(s3={{'payload_signing_enabled': True}}))"
            )));
        }
        Ok(mode)
    }

    fn hash(text: &str) -> Result<Self, Refused> {
        hash(text).map(Self::Hash).ok_or_else(|| {
            Refused::malformed("x-amz-content-sha256 is neither a SHA-256 in lower-case hexadecimal digits nor a mode known here")
        })
    }

    /// Whether the body is framed in aws-chunked and carries `x-amz-decoded-content-length`.
    pub fn is_chunked(self) -> bool {
        matches!(self, Self::SignedChunks | Self::SignedChunksTrailer | Self::UnsignedTrailer)
    }

    /// The mode as the canonical request names it, given the body's hash where nothing is declared.
    pub(super) fn canonical(self, body: [u8; 32]) -> String {
        match self {
            Self::Body => hex::encode(body),
            Self::Hash(declared) => hex::encode(declared),
            Self::Unsigned => "UNSIGNED-PAYLOAD".to_owned(),
            Self::SignedChunks => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned(),
            Self::SignedChunksTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER".to_owned(),
            Self::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned(),
        }
    }
}

/// Thirty-two bytes written as 64 lower-case hexadecimal digits, and nothing else.
pub(super) fn hash(text: &str) -> Option<[u8; 32]> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
