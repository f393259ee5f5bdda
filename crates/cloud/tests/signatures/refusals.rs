//! What is not let in, each for its own reason.

use aws_sigv4::http_request::SignableBody;
use holdpoint_cloud::verify::replay::{Replay, Use};
use holdpoint_cloud::verify::{self, Body, Payload, unknown_key};
use time::Duration;

use crate::signer::{NOW, SECRET, Sent, form};

/// What `change` makes of a request that verifies.
fn changed(change: impl FnOnce(&mut Sent)) -> (&'static str, String) {
    let mut sent = form();
    sent.verify(NOW).unwrap();
    change(&mut sent);
    let error = sent.verify(NOW).unwrap_err();
    (error.code, error.says)
}

fn add(name: &'static str, value: &'static str) -> impl FnOnce(&mut Sent) {
    move |sent| sent.headers.push((name.to_owned(), value.to_owned()))
}

#[test]
fn an_altered_request_is_refused() {
    let mismatch = "SignatureDoesNotMatch";
    assert_eq!(changed(|sent| sent.body[7] ^= 1).0, mismatch);
    assert_eq!(changed(|sent| sent.method = "PUT".to_owned()).0, mismatch);
    assert_eq!(changed(|sent| sent.path = "/other".to_owned()).0, mismatch);
    assert_eq!(changed(|sent| sent.query = "a=b".to_owned()).0, mismatch);
    assert_eq!(changed(|sent| sent.set("content-type", "application/json")).0, mismatch);
    assert_eq!(changed(|sent| sent.set("host", "elsewhere.test")).0, mismatch);
    assert_eq!(changed(|sent| sent.set("x-amz-date", "20261128T120001Z")).0, mismatch);
    let (code, says) = changed(|sent| sent.headers.retain(|(name, _)| name != "content-type"));
    assert_eq!(code, mismatch);
    assert!(says.contains("content-type was signed and is missing"), "{says}");
}

#[test]
fn an_altered_body_under_a_declared_hash_is_refused() {
    let mut sent = Sent::new("PUT", "/b/k", "", &[], b"body").signed("s3", SignableBody::Bytes(b"body"));
    assert!(matches!(sent.verify(NOW).unwrap().payload, Payload::Hash(_)));
    sent.body = b"bodY".to_vec();
    assert_eq!(sent.verify(NOW).unwrap_err().code, "XAmzContentSHA256Mismatch");
    let claim = verify::read(&sent.request()).unwrap();
    assert!(
        claim.verify(SECRET, NOW, Body::Passing).is_ok(),
        "its head is right: the hash is checked on the way"
    );
}

#[test]
fn a_body_that_is_only_covered_by_its_own_hash_cannot_pass_unread() {
    let sent = form();
    let claim = verify::read(&sent.request()).unwrap();
    assert_eq!(claim.payload(), Payload::Body);
    assert!(claim.verify(SECRET, NOW, Body::Passing).is_err());
}

#[test]
fn the_clock_is_heeded_both_ways() {
    let sent = form();
    let (five, second) = (Duration::minutes(5), Duration::seconds(1));
    assert!(sent.verify(NOW + five).is_ok());
    assert!(sent.verify(NOW - five).is_ok());
    assert!(sent.verify(NOW + five + second).unwrap_err().says.contains("signature expired"));
    assert!(sent.verify(NOW - five - second).unwrap_err().says.contains("not yet current"));
    let sent = Sent::new("GET", "/b", "", &[], b"").signed("s3", SignableBody::Bytes(b""));
    assert!(sent.verify(NOW + Duration::minutes(15)).is_ok(), "S3 has fifteen minutes");
    assert_eq!(sent.verify(NOW + Duration::minutes(15) + second).unwrap_err().code, "RequestTimeTooSkewed");
}

#[test]
fn an_unsigned_header_that_decides_is_refused_and_others_are_left_behind() {
    for name in [
        "x-amz-target",
        "x-amz-copy-source",
        "x-amz-acl",
        "x-amzn-query-mode",
        "smithy-protocol",
        "x-amz-tagging",
    ] {
        let (code, says) = changed(add(name, "smuggled"));
        assert_eq!(code, "AccessDenied", "{name}");
        assert!(says.contains(name), "{says}");
    }
    let mut sent = form();
    for (name, value) in
        [("x-own", "1"), ("x-amzn-trace-id", "Root=1"), ("range", "bytes=0-1"), ("user-agent", "u")]
    {
        sent.headers.push((name.to_owned(), value.to_owned()));
    }
    let verified = sent.verify(NOW).unwrap();
    let names: Vec<&str> = verified.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "host", "x-amz-date", "range"]);
    let claim = verify::read(&sent.request()).unwrap();
    assert_eq!(claim.unsigned(), ["authorization", "x-own", "x-amzn-trace-id", "range", "user-agent"]);
}

#[test]
fn a_header_that_is_there_twice_is_refused() {
    let headers = [
        ("host", "gateway.test"),
        ("x-amz-date", "20261128T120000Z"),
        ("content-type", "a"),
        ("authorization", "AWS x:y"),
    ];
    for (name, value) in headers {
        let (_, says) = changed(add(name, value));
        assert!(says.contains(name) && says.contains("twice"), "{says}");
    }
    let (_, says) = changed(|sent| {
        add("content-length", "43")(sent);
        add("content-length", "44")(sent);
    });
    assert!(says.contains("twice"), "{says}");
    let (_, says) = changed(|sent| {
        add("content-length", "43")(sent);
        add("transfer-encoding", "chunked")(sent);
    });
    assert!(says.contains("contradict"), "{says}");
}

#[test]
fn a_folded_or_otherwise_odd_header_is_refused() {
    for value in ["a\r\n b", "a\n b", "a\0b", "a\u{7f}"] {
        let (_, says) = changed(|sent| sent.headers.push(("x-own".to_owned(), value.to_owned())));
        assert!(says.contains("folded"), "{value:?}: {says}");
    }
    assert_eq!(changed(add("X-Own", "a")).0, "IncompleteSignature", "names come in lower case");
    assert_eq!(changed(add("transfer-encoding", "gzip, chunked")).0, "IncompleteSignature");
    assert_eq!(changed(add("content-length", "+43")).0, "IncompleteSignature");
}

#[test]
fn a_signature_that_is_not_whole_is_refused() {
    let edit = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        changed(move |sent| {
            let header = sent.headers.iter_mut().find(|(name, _)| name == "authorization").unwrap();
            assert!(header.1.contains(&from), "{}", header.1);
            header.1 = header.1.replace(&from, &to);
        })
    };
    let authorization = form().headers.iter().find(|(name, _)| name == "authorization").unwrap().1.clone();
    let signature = authorization.rsplit('=').next().unwrap().to_owned();
    assert_eq!(edit(&signature, &signature[..63]).0, "IncompleteSignature", "truncated");
    assert_eq!(edit(&signature, "").0, "IncompleteSignature");
    assert_eq!(edit(&signature, &signature.to_uppercase()).0, "IncompleteSignature");
    assert_eq!(edit("/aws4_request", "/aws4").0, "IncompleteSignature");
    assert_eq!(edit("/aws4_request", "").0, "IncompleteSignature");
    assert_eq!(edit("host;", "").0, "IncompleteSignature", "the host is not signed");
    assert_eq!(edit("content-type;host", "host;content-type").0, "IncompleteSignature", "not sorted");
    assert_eq!(edit("content-type;", "").0, "AccessDenied", "the content type is not signed");
    assert_eq!(edit("Credential=", "credential=").0, "IncompleteSignature");
    assert!(edit("/20261128/", "/20261127/").1.contains("is not the day of x-amz-date"));
    assert!(edit("SignedHeaders=", "Signature=00, SignedHeaders=").1.contains("two fields Signature"));
    let (_, says) = changed(add("x-amz-s3session-token", "t"));
    assert!(says.contains("S3 Express"), "{says}");
    assert_eq!(edit("/ec2/", "/s3/").0, "IncompleteSignature", "S3 declares its body");
    assert_eq!(edit("/ec2/", "/rds/").0, "SignatureDoesNotMatch");
    assert_eq!(edit("/eu-central-1/", "/eu-west-1/").0, "SignatureDoesNotMatch");
    assert!(edit("/ec2/", "/s3express/").1.contains("S3 Express"));
    assert!(edit("AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 ").1.contains("4A"));
    assert!(edit("AWS4-HMAC-SHA256 ", "Bearer ").1.contains("another kind"));
}

#[test]
fn a_key_that_nobody_issued_is_named_in_the_words_of_the_service() {
    assert_eq!(unknown_key("s3", "AKIA").code, "InvalidAccessKeyId");
    let error = unknown_key("ec2", "AKIA");
    assert_eq!(error.code, "InvalidClientTokenId");
    assert!(error.says.contains("AKIA") && error.says.contains("AWS_ACCESS_KEY_ID"));
    assert_eq!(form().verify(NOW).map(|verified| verified.key_id).unwrap(), crate::signer::ID);
    let claim = form();
    let error =
        verify::read(&claim.request()).unwrap().verify("another", NOW, Body::Whole(&claim.body)).unwrap_err();
    assert_eq!(error.code, "SignatureDoesNotMatch");
    assert!(!error.says.contains("another secret") && !error.says.contains(SECRET));
}

#[test]
fn an_unsigned_payload_is_only_for_services_that_have_it() {
    let unsigned = |service: &str| {
        Sent::new("POST", "/", "", &[], b"body").signed(service, SignableBody::UnsignedPayload).verify(NOW)
    };
    assert_eq!(unsigned("s3").unwrap().payload, Payload::Unsigned);
    assert!(unsigned("ebs").is_ok());
    assert_eq!(unsigned("dynamodb").unwrap_err().code, "AccessDenied");
    let streamed =
        Sent::new("POST", "/", "", &[], b"").signed("ebs", SignableBody::StreamingUnsignedPayloadTrailer);
    assert_eq!(streamed.verify(NOW).unwrap_err().code, "AccessDenied");
    for unknown in
        ["STREAMING-AWS4-HMAC-SHA256-EVENTS", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "unknown", ""]
    {
        let sent =
            Sent::new("PUT", "/", "", &[], b"").signed("s3", SignableBody::Precomputed(unknown.to_owned()));
        assert!(verify::read(&sent.request()).is_err(), "{unknown}");
    }
}

#[test]
fn a_request_that_comes_again_is_known() {
    let (replay, sent) = (Replay::new(10), form());
    assert_eq!(replay.note(&sent.verify(NOW).unwrap(), NOW), Use::First);
    let later = NOW + Duration::minutes(5);
    assert_eq!(replay.note(&sent.verify(later).unwrap(), later), Use::Seen);
    assert!(sent.verify(later + Duration::seconds(1)).is_err(), "and after that the clock refuses it");
}

#[test]
fn signatures_and_tokens_are_never_shown() {
    let mut sent = Sent::new("GET", "/", "", &[("x-amz-security-token", "hush-token")], b"")
        .signed("ec2", SignableBody::Bytes(b""));
    let signature =
        sent.headers.iter().find(|(name, _)| name == "authorization").unwrap().1[150..].to_owned();
    let claim = verify::read(&sent.request()).unwrap();
    let verified = claim.verify(SECRET, NOW, Body::Whole(b"")).unwrap();
    let mut shown = format!("{claim:?} {verified:?} {:?}", sent.request());
    assert!(verified.token.is_some() && shown.contains("x-amz-security-token"));
    sent.set("authorization", "AWS4-HMAC-SHA256 Credential=hush");
    shown.push_str(&sent.verify(NOW).unwrap_err().to_string());
    assert!(!shown.contains("hush") && !shown.contains(&signature), "{shown}");
}
