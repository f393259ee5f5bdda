//! Whatever the bytes: signed chunks give out nothing that was not signed, unsigned ones never more than was declared,
//! and both the same however the bytes are cut.

#![no_main]

use holdpoint_cloud::credentials::Keys;
use holdpoint_cloud::sign::{Outgoing, Payload, Scope, sign};
use holdpoint_cloud::verify::{Body, Request, Verified, read};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

/// A verified request for an upload of sixteen bytes in unsigned chunks.
fn verified() -> Verified {
    let now = datetime!(2026-11-28 12:00 UTC);
    let headers = [("x-amz-decoded-content-length", "16"), ("x-amz-trailer", "x-amz-checksum-crc32")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let outgoing = Outgoing {
        method: "PUT",
        host: "h.test",
        path: "/b/k",
        query: "",
        headers: &headers,
        payload: Payload::UnsignedTrailer,
    };
    let scope = Scope { region: "eu-west-1", service: "s3", now };
    let signed = sign(&outgoing, &Keys::new("KEY", "secret", None, None), &scope).expect("it can be signed");
    let request = Request { method: "PUT", path: "/b/k", query: "", headers: &signed.headers };
    read(&request).and_then(|claim| claim.verify("secret", now, Body::Passing)).expect("it was just signed")
}

fn decode(verified: &Verified, wire: &[u8], step: usize) -> Option<Vec<u8>> {
    let mut decoder = verified.decoder().expect("the headers are there");
    let mut out = Vec::new();
    for piece in wire.chunks(step) {
        match decoder.push(piece) {
            Ok(bytes) => out.extend_from_slice(&bytes),
            Err(_) => {
                assert!(out.len() < 16, "the end is held back");
                return None;
            }
        }
    }
    out.extend_from_slice(&decoder.finish().ok()?.last);
    assert_eq!(out.len(), 16);
    Some(out)
}

fuzz_target!(|wire: &[u8]| {
    let verified = verified();
    assert_eq!(decode(&verified, wire, 1), decode(&verified, wire, 7));
});
