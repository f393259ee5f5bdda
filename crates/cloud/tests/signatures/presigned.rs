//! Signatures in the query.

use std::time::Duration as Life;

use holdpoint_cloud::credentials::Keys;
use holdpoint_cloud::sign::{Presigned, Scope, presign, query_without_signature};
use holdpoint_cloud::verify::Payload;
use time::Duration;

use crate::signer::{ID, NOW, SECRET, Sent};

/// A presigned URL of the official crate, as a request.
fn sent(seconds: u64, token: Option<&str>) -> Sent {
    let parameters =
        [("Action", "CopySnapshot"), ("SourceRegion", "eu-west-1"), ("Description", "a+b c/d=ü")];
    sent_with(&parameters, seconds, token)
}

fn sent_with(parameters: &[(&str, &str)], seconds: u64, token: Option<&str>) -> Sent {
    let keys = Keys::new(ID, SECRET, token.map(str::to_owned), None);
    let request = Presigned { host: "gateway.test", parameters, expires: Life::from_secs(seconds) };
    let scope = Scope { region: "eu-west-1", service: "ec2", now: NOW };
    let url = presign(&request, &keys, &scope).unwrap();
    let query = url.strip_prefix("https://gateway.test/?").unwrap();
    Sent::new("GET", "/", query, &[("host", "gateway.test")], b"")
}

#[test]
fn a_presigned_url_verifies_until_it_expires() {
    let url = sent(600, Some("to/ken+="));
    let verified = url.verify(NOW).unwrap();
    assert!(verified.presigned);
    assert_eq!(verified.token.as_deref(), Some("to/ken+="));
    assert_eq!(verified.until, NOW + Duration::seconds(600));
    assert!(url.verify(NOW + Duration::seconds(600)).is_ok());
    let error = url.verify(NOW + Duration::seconds(601)).unwrap_err();
    assert!(error.says.contains("expired"), "{error}");
    assert!(url.verify(NOW - Duration::minutes(5)).is_ok());
    let error = url.verify(NOW - Duration::minutes(5) - Duration::seconds(1)).unwrap_err();
    assert!(error.says.contains("not yet"), "{error}");
}

#[test]
fn a_presigned_url_lives_twelve_hours_at_most() {
    assert!(sent(43_200, None).verify(NOW).is_ok());
    assert!(sent(43_201, None).verify(NOW).unwrap_err().says.contains("43200"));
}

#[test]
fn an_altered_url_is_refused() {
    for (from, to) in [
        ("SourceRegion=eu-west-1", "SourceRegion=eu-west-2"),
        ("X-Amz-Expires=600", "X-Amz-Expires=601"),
        ("Action=CopySnapshot", "Action=CopySnapshot&Extra=1"),
        ("X-Amz-Date=2026", "X-Amz-Date=2025"),
        ("X-Amz-Signature", "X-Amz-signature"),
        ("X-Amz-Signature", "X%2DAmz-Signature"),
        ("X-Amz-Expires=600", "X-Amz-Expires=600&X-Amz-Expires=600"),
        ("X-Amz-Expires=600", "Y=600"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders="),
    ] {
        let mut url = sent(600, None);
        assert!(url.verify(NOW).is_ok());
        assert!(url.query.contains(from), "{}", url.query);
        url.query = url.query.replace(from, to);
        assert!(url.verify(NOW).is_err(), "{to}");
    }
    for (name, value) in [
        ("x-amz-acl", "public-read"),
        ("x-amz-date", "20261128T120000Z"),
        ("authorization", "AWS4-HMAC-SHA256 x"),
    ] {
        let mut url = sent(600, None);
        url.headers.push((name.to_owned(), value.to_owned()));
        assert!(url.verify(NOW).is_err(), "{name}");
    }
}

/// Signed by whoever has the key, and still nothing that two readers would read alike.
#[test]
fn a_parameter_of_the_signature_in_another_spelling_is_refused() {
    for name in ["x-amz-expires", "X-AMZ-DATE", "x-amz-security-token"] {
        let error = sent_with(&[(name, "1")], 600, None).verify(NOW).unwrap_err();
        assert!(error.says.contains("not written as X-Amz-"), "{error}");
    }
    let error = sent_with(&[("X-Amz-Expires", "600")], 600, None).verify(NOW).unwrap_err();
    assert!(error.says.contains("twice"), "{error}");
}

#[test]
fn a_header_signature_with_parameters_of_another_is_refused() {
    for query in
        ["X-Amz-Signature=00", "x-amz-credential=a", "X-Amz%2DExpires=1", "AWSAccessKeyId=a", "Signature=b"]
    {
        let sent = Sent::new("GET", "/", query, &[], b"")
            .signed("ec2", aws_sigv4::http_request::SignableBody::Bytes(b""));
        assert!(sent.verify(NOW).unwrap_err().says.contains("signed twice"), "{query}");
    }
}

#[test]
fn only_the_parameters_of_the_call_travel() {
    assert_eq!(
        query_without_signature(&sent(600, Some("t")).query),
        "Action=CopySnapshot&SourceRegion=eu-west-1&Description=a%2Bb%20c%2Fd%3D%C3%BC"
    );
    assert_eq!(query_without_signature("a=b+c&&d"), "a=b%2Bc&d");
    assert_eq!(sent(600, None).verify(NOW).unwrap().payload, Payload::Body);
}
