//! Presigned URLs, for the few calls that carry one inside their parameters (EC2's CopySnapshot).

use std::time::Duration;

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign as sign_officially,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;

use super::{Scope, Unsignable, said, url};
use crate::credentials::Keys;

/// A request to be written as a presigned URL: a `GET` of `/`, as the query protocol has it.
#[derive(Clone, Copy, Debug)]
pub struct Presigned<'a> {
    /// The real host name of the region that will serve it.
    pub host: &'a str,
    /// Names and values, not yet encoded.
    pub parameters: &'a [(&'a str, &'a str)],
    /// How long the URL is valid.
    pub expires: Duration,
}

/// Gives the URL. Whoever reads it can make that one call: treat it as a secret.
pub fn presign(request: &Presigned<'_>, keys: &Keys, scope: &Scope<'_>) -> Result<String, Unsignable> {
    let mut pairs: Vec<String> = request
        .parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let unsigned = url(request.host, &format!("/?{}", pairs.join("&")))?;
    let identity: Identity = keys.official().clone().into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(request.expires);
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(scope.now.into())
        .settings(settings)
        .build()
        .map_err(|error| Unsignable::Refused(error.to_string()))?
        .into();
    let signable =
        SignableRequest::new("GET", unsigned, [("host", request.host)].into_iter(), SignableBody::Bytes(&[]))
            .map_err(|error| Unsignable::Refused(said(&error)))?;
    let (instructions, _) =
        sign_officially(signable, &params).map_err(|error| Unsignable::Refused(said(&error)))?.into_parts();
    pairs.extend(
        instructions.params().iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))),
    );
    Ok(format!("https://{}/?{}", request.host, pairs.join("&")))
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
