//! The official crate, signing requests for the verifier, and the keys of the tests.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use holdpoint_cloud::verify::{self, Body, Refused, Request, Verified};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const ID: &str = "GWKEYSPIKE0000000001";
pub(crate) const SECRET: &str = "gwSecretSpikeOnly/not+real0000000000000001";
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-28 12:00:00 UTC);

/// A request that owns its parts, so that a test can change one.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn new(method: &str, path: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.iter().map(owned).collect(),
            body: body.to_vec(),
        }
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request { method: &self.method, path: &self.path, query: &self.query, headers: &self.headers }
    }

    pub(crate) fn verify(&self, now: OffsetDateTime) -> Result<Verified, Refused> {
        let claim = verify::read(&self.request())?;
        let secret = if claim.key_id() == ID { SECRET } else { "the secret of another key" };
        claim.verify(secret, now, Body::Whole(&self.body))
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        for header in self.headers.iter_mut().filter(|(known, _)| known == name) {
            value.clone_into(&mut header.1);
        }
    }

    /// Signs with the official crate, declaring what `body` says.
    pub(crate) fn signed(mut self, service: &str, body: SignableBody<'_>) -> Self {
        let s3 = service == "s3";
        let mut settings = SigningSettings::default();
        if s3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        if s3 || !matches!(body, SignableBody::Bytes(_)) {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = Credentials::new(ID, SECRET, None, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-central-1")
            .name(service)
            .time(NOW.into())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let question = if self.query.is_empty() { "" } else { "?" };
        let url = format!("https://gateway.test{}{question}{}", self.path, self.query);
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let signable = SignableRequest::new(&self.method, url, headers, body).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let added: Vec<_> =
            instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.headers.push(("host".to_owned(), "gateway.test".to_owned()));
        self.headers.extend(added);
        self
    }
}

/// A form as EC2's clients send it.
pub(crate) fn form() -> Sent {
    let body = b"Action=DescribeInstances&Version=2016-11-15";
    Sent::new("POST", "/", "", &[("content-type", "application/x-www-form-urlencoded")], body)
        .signed("ec2", SignableBody::Bytes(body))
}
