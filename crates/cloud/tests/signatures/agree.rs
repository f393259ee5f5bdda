//! Whatever the official crate signs, our verifier accepts; and not with another secret.

use aws_sigv4::http_request::SignableBody;
use holdpoint_cloud::verify::{self, Body};
use proptest::prelude::*;

use crate::signer::{NOW, SECRET, Sent};

/// Odd paths: dots, doubled slashes, codes for slashes and percent signs, codes in lower case.
fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        "[a-zA-Z0-9._~:@!$&'()*,;=+-]{0,8}",
        Just("..".to_owned()),
        Just(".".to_owned()),
        Just(String::new()),
        "(%2F|%25|%2f|%20|%C3%BC|%2E%2E|a){1,4}",
    ];
    prop::collection::vec(segment, 0..6).prop_map(|segments| format!("/{}", segments.join("/")))
}

/// No literal plus: the official crate reads it as a space, and no client sends it.
fn query() -> impl Strategy<Value = String> {
    let word = "([a-zA-Z0-9._~:@/-]|%20|%2B|%C3%BC|%26|%3D|%25){0,6}";
    let pair = prop_oneof![
        word.prop_map(String::from),
        (word, word).prop_map(|(name, value)| format!("{name}={value}"))
    ];
    prop::collection::vec(pair, 0..5).prop_map(|pairs| pairs.join("&"))
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("x-amz-meta-[a-z]{1,6}|[a-z]{3,8}-own", "[ -~]{0,20}"), 0..5).prop_map(
        |mut headers| {
            headers.sort();
            headers.dedup_by(|one, next| one.0 == next.0);
            headers
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_official_crate_signs_verifies(
        method in "GET|PUT|POST|DELETE|HEAD|PATCH",
        path in path(),
        query in query(),
        headers in headers(),
        service in "s3|ec2|lambda|execute-api",
        body in prop::collection::vec(any::<u8>(), 0..200),
        mode in 0..5,
    ) {
        let signable = match (mode, service.as_str()) {
            (1, "s3") => SignableBody::UnsignedPayload,
            (2, "s3") => SignableBody::StreamingUnsignedPayloadTrailer,
            (3, "s3") => SignableBody::StreamingSignedPayloadTrailer,
            (4, "s3") => SignableBody::Precomputed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned()),
            _ => SignableBody::Bytes(&body),
        };
        let sent = Sent { method, path, query, headers, body: body.clone() }.signed(&service, signable);
        let claim = verify::read(&sent.request()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let verified = claim.verify(SECRET, NOW, Body::Whole(&body));
        prop_assert!(verified.is_ok(), "{:?} {:?}", verified, sent);
        prop_assert!(claim.verify("another", NOW, Body::Whole(&body)).is_err());
    }
}
