//! Whatever our signer signs, our verifier accepts, and never with another secret; whatever else comes is refused
//! without a panic. Lines of the input: method, path, query, then headers.

#![no_main]

use holdpoint_cloud::credentials::Keys;
use holdpoint_cloud::sign::{Outgoing, Payload, Scope, sign};
use holdpoint_cloud::verify::{Body, Request, read};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

fuzz_target!(|text: &str| {
    let now = datetime!(2026-11-28 12:00 UTC);
    let mut lines = text.lines();
    let (method, path, query) = match (lines.next(), lines.next(), lines.next()) {
        (Some(method), Some(path), Some(query)) => (method, path, query),
        _ => return,
    };
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let request = Request { method, path, query, headers: &headers };
    if let Ok(claim) = read(&request) {
        assert!(claim.verify("a secret that nobody has", now, Body::Whole(b"")).is_err());
    }
    for service in ["s3", "ec2"] {
        let outgoing = Outgoing {
            method,
            host: "h.test",
            path,
            query,
            headers: &headers,
            payload: Payload::Bytes(b"body"),
        };
        let scope = Scope { region: "eu-west-1", service, now };
        let Ok(signed) = sign(&outgoing, &Keys::new("KEY", "secret", None, None), &scope) else { continue };
        let (path, query) = signed.target.split_once('?').unwrap_or((&signed.target, ""));
        let request = Request { method, path, query, headers: &signed.headers };
        // What the signer lets through may still be something that the verifier refuses to read.
        let Ok(claim) = read(&request) else { continue };
        assert!(claim.verify("another", now, Body::Whole(b"body")).is_err());
        assert!(claim.verify("secret", now, Body::Whole(b"bodY")).is_err());
    }
});
