//! Requests of six real clients: our verifier accepts them, and the official crate gives them the same signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use holdpoint_cloud::credentials::Keys;
use holdpoint_cloud::sign::{Outgoing, Payload as Signs, Scope, sign};
use holdpoint_cloud::verify::{self, Body, Payload};
use serde::Deserialize;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::signer::{ID, SECRET, Sent};

#[derive(Deserialize)]
struct Capture {
    file: String,
    sig: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    /// Missing where the body was too large to keep.
    body: Option<String>,
}

fn captures() -> Vec<Capture> {
    let lines = include_str!("../../../../tests/cases/aws/signatures.jsonl");
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

impl Capture {
    fn sent(&self) -> (Sent, bool) {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let body = self.body.as_ref().map(|body| STANDARD.decode(body).unwrap());
        let whole = body.is_some();
        let mut sent = Sent::new(&self.method, path, query, &[], &body.unwrap_or_default());
        sent.headers.clone_from(&self.headers);
        (sent, whole)
    }

    fn at(&self) -> OffsetDateTime {
        let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
        let header =
            self.headers.iter().find(|(name, _)| name == "x-amz-date").map(|(_, value)| value.clone());
        let text =
            header.unwrap_or_else(|| self.target.split("X-Amz-Date=").nth(1).unwrap()[..16].to_owned());
        PrimitiveDateTime::parse(&text, format).unwrap().assume_utc()
    }
}

#[test]
fn every_signed_capture_verifies_and_no_other() {
    let (mut verified, mut refused) = (0, Vec::new());
    for capture in captures() {
        let (sent, whole) = capture.sent();
        match verify::read(&sent.request()) {
            Ok(claim) => {
                assert_eq!(capture.sig, "ok", "{}", capture.file);
                assert_eq!(claim.key_id(), ID, "{}", capture.file);
                let undeclared = claim.payload() == Payload::Body;
                if undeclared && !whole {
                    continue;
                }
                let body = if whole { Body::Whole(&sent.body) } else { Body::Passing };
                claim
                    .verify(SECRET, capture.at(), body)
                    .unwrap_or_else(|error| panic!("{}: {error}", capture.file));
                verified += 1;
            }
            Err(error) => refused.push((capture.file, capture.sig, error)),
        }
    }
    let names: Vec<&str> = refused.iter().map(|(file, _, _)| file.as_str()).collect();
    for (number, says) in [
        ("edge/0065", "signature_version=s3v4"),
        ("edge/0066", "signature_version=s3v4"),
        ("edge/0069", "signature_version=s3v4"),
        ("edge/0068", "4A"),
        ("edge/0070", "AWS_ACCESS_KEY_ID"),
        ("edge/0071", "S3 Express"),
    ] {
        let found = refused.iter().find(|(file, _, _)| file.starts_with(number));
        assert!(found.is_some_and(|(_, _, error)| error.says.contains(says)), "{number}: {names:?}");
    }
    assert_eq!((verified, refused.len()), (VERIFIED, 6), "{refused:?}");
}

/// All 370 but the six above, and those whose undeclared body was too large to keep.
const VERIFIED: usize = 364;

/// Only a request in whose headers all that travels was signed can be given the same signature.
#[test]
fn the_official_crate_gives_every_capture_the_same_signature() {
    let mut same = 0;
    for capture in captures() {
        let (sent, whole) = capture.sent();
        let Ok(claim) = verify::read(&sent.request()) else { continue };
        let body = if whole { Body::Whole(&sent.body) } else { Body::Passing };
        let Ok(verified) = claim.verify(SECRET, capture.at(), body) else { continue };
        if verified.presigned {
            continue;
        }
        let authorization = &capture.headers.iter().find(|(name, _)| name == "authorization").unwrap().1;
        let signed: Vec<&str> = authorization
            .split("SignedHeaders=")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .split(';')
            .collect();
        // Headers that never travel, but were signed by these clients, are signed again here under their own names.
        let covered: Vec<(String, String)> =
            sent.headers.iter().filter(|(name, _)| signed.contains(&name.as_str())).cloned().collect();
        let hash = claim_hash(&sent);
        let again = official(&sent, &covered, &hash, &verified);
        assert_eq!(authorization.rsplit('=').next().unwrap(), again, "{}", capture.file);
        same += 1;
    }
    assert_eq!(same, VERIFIED - 1);
}

/// What the canonical request says about the body.
fn claim_hash(sent: &Sent) -> String {
    use sha2::Digest;
    let declared = sent.headers.iter().find(|(name, _)| name == "x-amz-content-sha256");
    declared.map_or_else(|| hex::encode(sha2::Sha256::digest(&sent.body)), |(_, value)| value.clone())
}

fn official(sent: &Sent, covered: &[(String, String)], hash: &str, verified: &verify::Verified) -> String {
    use aws_sigv4::http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    };
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    if verified.scope.service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let identity = aws_credential_types::Credentials::new(ID, SECRET, None, None, "test").into();
    let params = aws_sigv4::sign::v4::SigningParams::builder()
        .identity(&identity)
        .region(&verified.scope.region)
        .name(&verified.scope.service)
        .time(verified.at.into())
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let question = if sent.query.is_empty() { "" } else { "?" };
    let host = &covered.iter().find(|(name, _)| name == "host").unwrap().1;
    let url = format!("http://{host}{}{question}{}", sent.path, sent.query);
    let headers = covered.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Precomputed(hash.to_owned());
    let request = SignableRequest::new(&sent.method, url, headers, body).unwrap();
    aws_sigv4::http_request::sign(request, &params).unwrap().signature().to_owned()
}

/// The road that a request takes through the gateway: verified with one key, signed with another, and right again for
/// whoever has that one.
#[test]
fn what_was_verified_and_signed_again_verifies_upstream() {
    let keys = Keys::new("UPSTREAM", "another secret", Some("token".to_owned()), None);
    for capture in captures() {
        let (sent, whole) = capture.sent();
        let Ok(claim) = verify::read(&sent.request()) else { continue };
        let body = if whole { Body::Whole(&sent.body) } else { Body::Passing };
        let Ok(verified) = claim.verify(SECRET, capture.at(), body) else { continue };
        let payload = match verified.payload {
            Payload::Body => Signs::Bytes(&sent.body),
            Payload::Hash(declared) => Signs::Hash(declared),
            Payload::UnsignedTrailer => Signs::UnsignedTrailer,
            _ => Signs::Unsigned,
        };
        let outgoing = Outgoing {
            method: &sent.method,
            host: "ec2.eu-central-1.amazonaws.com",
            path: &sent.path,
            query: &sent.query,
            headers: &verified.headers,
            payload,
        };
        let now = time::macros::datetime!(2027-01-01 0:00 UTC);
        let scope = Scope { region: "eu-central-1", service: &verified.scope.service, now };
        let signed = sign(&outgoing, &keys, &scope).unwrap();
        let (path, query) = signed.target.split_once('?').unwrap_or((&signed.target, ""));
        assert_eq!(path, sent.path, "{}: the path travels as it is", capture.file);
        let upstream = Sent {
            method: signed.method.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: signed.headers.clone(),
            body: sent.body.clone(),
        };
        let claim =
            verify::read(&upstream.request()).unwrap_or_else(|error| panic!("{}: {error}", capture.file));
        assert_eq!((claim.key_id(), claim.token()), ("UPSTREAM", Some("token")));
        claim.verify("another secret", now, body).unwrap_or_else(|error| panic!("{}: {error}", capture.file));
        for stays in
            ["user-agent", "expect", "amz-sdk-request", "accept-encoding", "connection", "transfer-encoding"]
        {
            assert!(!signed.headers.iter().any(|(name, _)| name == stays), "{}: {stays}", capture.file);
        }
    }
}
