//! aws-chunked bodies: AWS's own examples, and every way to tamper with them.

use aws_sigv4::http_request::SignableBody;
use hmac::{Hmac, Mac};
use holdpoint_cloud::verify::chunks::{Decoder, LARGEST_SIGNED, Rest, framed, framed_end};
use holdpoint_cloud::verify::hashed::HashBound;
use holdpoint_cloud::verify::{self, Body, Refused, Request};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use time::macros::datetime;

use crate::signer::{NOW, SECRET, Sent};

const SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

/// What a decoder gives out before the end, and at the end.
fn decode(mut decoder: Decoder, wire: &[u8], step: usize) -> (Vec<u8>, Result<Rest, Refused>) {
    let mut out = Vec::new();
    for piece in wire.chunks(step) {
        match decoder.push(piece) {
            Ok(bytes) => out.extend_from_slice(&bytes),
            Err(error) => {
                assert_eq!(
                    decoder.push(b"0\r\n\r\n").unwrap_err(),
                    error,
                    "a decoder that failed has failed for good"
                );
                return (out, Err(error));
            }
        }
    }
    (out, decoder.finish())
}

fn example(mode: &str, seed: &str, extra: &[(&str, &str)], signed: &str) -> Decoder {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={signed},Signature={seed}"
    );
    let mut headers = vec![
        ("host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("authorization", &authorization),
        ("x-amz-content-sha256", mode),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
    ];
    headers.extend_from_slice(extra);
    let sent = Sent::new("PUT", "/examplebucket/chunkObject.txt", "", &headers, b"");
    let request = Request { ..sent.request() };
    verify::read(&request)
        .unwrap()
        .verify("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", datetime!(2013-05-24 0:00 UTC), Body::Passing)
        .unwrap()
        .decoder()
        .unwrap()
}

fn signed_chunk(size: &str, signature: &str, data: &[u8]) -> Vec<u8> {
    [format!("{size};chunk-signature={signature}\r\n").as_bytes(), data, b"\r\n"].concat()
}

/// The two examples of the S3 manual, with the signatures it prints.
#[test]
fn the_examples_of_the_manual_verify() {
    let decoder = example(
        SIGNED,
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        &[("content-length", "66824")],
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
    );
    let wire = [
        signed_chunk(
            "10000",
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            &[b'a'; 65536],
        ),
        signed_chunk(
            "400",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            &[b'a'; 1024],
        ),
        b"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
            .to_vec(),
    ]
    .concat();
    assert_eq!(wire.len(), 66824);
    let (out, rest) = decode(decoder, &wire, 1000);
    assert_eq!((out.len(), rest.unwrap().last.len()), (65536, 1024), "the last chunk waits for the end");

    let decoder = example(
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        &[("x-amz-trailer", "x-amz-checksum-crc32c")],
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
    );
    let wire = [
        signed_chunk(
            "10000",
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            &[b'a'; 65536],
        ),
        signed_chunk(
            "400",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            &[b'a'; 1024],
        ),
        b"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n".to_vec(),
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n".to_vec(),
        b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
            .to_vec(),
    ]
    .concat();
    let rest = decode(decoder, &wire, 7).1.unwrap();
    assert_eq!(rest.trailers, [("x-amz-checksum-crc32c".to_owned(), "sOO8/Q==".to_owned())]);
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// A body as a client frames and signs it, in parts that a test can change.
pub(crate) struct Upload {
    pub(crate) head: Sent,
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) end: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Upload {
    fn new(mode: &str, body: &[u8], size: usize) -> Self {
        let length = body.len().to_string();
        let mut headers =
            vec![("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", length.as_str())];
        let trailer = mode.ends_with("TRAILER");
        if trailer {
            headers.push(("x-amz-trailer", "x-amz-checksum-crc32"));
        }
        let head = Sent::new("PUT", "/b/k", "", &headers, b"")
            .signed("s3", SignableBody::Precomputed(mode.to_owned()));
        let authorization = &head.headers.iter().find(|(name, _)| name == "authorization").unwrap().1;
        let mut previous = authorization.rsplit('=').next().unwrap().to_owned();
        let signs = mode.starts_with(SIGNED);
        let mut key = format!("AWS4{SECRET}").into_bytes();
        for part in ["20261128", "eu-central-1", "s3", "aws4_request"] {
            key = hmac(&key, part);
        }
        let mut sign = |kind: &str, what: &str| {
            let scope = "20261128/eu-central-1/s3/aws4_request";
            previous =
                hex::encode(hmac(&key, &format!("{kind}\n20261128T120000Z\n{scope}\n{previous}\n{what}")));
            previous.clone()
        };
        let mut line = |data: &[u8]| {
            let what = format!("{}\n{}", hex::encode(Sha256::digest([])), hex::encode(Sha256::digest(data)));
            let signature = sign("AWS4-HMAC-SHA256-PAYLOAD", &what);
            if signs {
                format!("{:x};chunk-signature={signature}\r\n", data.len())
            } else {
                format!("{:x}\r\n", data.len())
            }
        };
        let chunks = body.chunks(size).map(|data| [line(data).as_bytes(), data, b"\r\n"].concat()).collect();
        let mut end = line(b"");
        if trailer {
            end.push_str("x-amz-checksum-crc32:AAAAAA==\r\n");
            if signs {
                let hash = hex::encode(Sha256::digest(b"x-amz-checksum-crc32:AAAAAA==\n"));
                end.push_str(&format!(
                    "x-amz-trailer-signature:{}\r\n",
                    sign("AWS4-HMAC-SHA256-TRAILER", &hash)
                ));
            }
        }
        end.push_str("\r\n");
        Self { head, chunks, end: end.into_bytes(), body: body.to_vec() }
    }

    pub(crate) fn decode(&self, step: usize) -> (Vec<u8>, Result<Rest, Refused>) {
        let claim = verify::read(&self.head.request()).unwrap();
        let decoder = claim.verify(SECRET, NOW, Body::Passing).unwrap().decoder().unwrap();
        decode(decoder, &[self.chunks.concat(), self.end.clone()].concat(), step)
    }

    /// Decodes what must fail, and checks that what came out before is a beginning of the true body, and not all of it.
    fn fails(&self) -> String {
        let (out, rest) = self.decode(13);
        let error = rest.unwrap_err();
        assert!(
            self.body.starts_with(&out) && out.len() < self.body.len(),
            "{} bytes came out: {error}",
            out.len()
        );
        error.says
    }
}

pub(crate) const MODES: [&str; 3] =
    [SIGNED, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"];

pub(crate) fn upload(mode: &str) -> Upload {
    Upload::new(mode, b"one chunk of data, and another, and a third", 16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_mode_gives_the_body_back_however_it_is_cut(
        mode in prop::sample::select(MODES.as_slice()),
        body in prop::collection::vec(any::<u8>(), 0..300),
        size in 1..100_usize,
        step in 1..80_usize,
    ) {
        let (mut out, rest) = Upload::new(mode, &body, size).decode(step);
        out.extend_from_slice(&rest.unwrap().last);
        prop_assert_eq!(out, body);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(
        mode in prop::sample::select(MODES.as_slice()),
        wire in "([0-9a-f]{1,3}\r\n|\r\n|0|\\PC{0,9}|;chunk-signature=[0-9a-f]{64}\r\n|x-amz-checksum-crc32:a){0,12}",
    ) {
        let mut upload = upload(mode);
        upload.chunks.clear();
        upload.end = wire.into_bytes();
        let (out, rest) = upload.decode(5);
        if mode != MODES[2] {
            prop_assert!(out.is_empty() && rest.is_err());
        }
    }
}

#[test]
fn signed_chunks_cannot_be_tampered_with() {
    for mode in &MODES[..2] {
        let tampered = |change: fn(&mut Upload)| {
            let mut upload = upload(mode);
            assert!(upload.decode(9).1.is_ok());
            change(&mut upload);
            upload.fails()
        };
        let mismatch = "does not match";
        assert!(tampered(|upload| upload.chunks.swap(0, 1)).contains(mismatch), "reordered");
        assert!(tampered(|upload| drop(upload.chunks.remove(0))).contains(mismatch), "the first dropped");
        assert!(tampered(|upload| drop(upload.chunks.pop())).contains("shorter"), "the last dropped");
        assert!(tampered(|upload| upload.chunks[1][90] ^= 1).contains(mismatch), "altered");
        assert!(tampered(|upload| upload.chunks[2][90] ^= 1).contains(mismatch), "the last altered");
        assert!(tampered(|upload| upload.chunks.push(upload.chunks[0].clone())).contains("longer"), "extra");
        assert!(tampered(|upload| upload.end.truncate(70)).contains("ended before"), "truncated");
        assert!(tampered(|upload| upload.end.clear()).contains("ended before"), "no end");
        assert!(tampered(|upload| upload.end[40] ^= 1).contains("signature"), "the end's signature altered");
        assert!(
            tampered(|upload| upload.end.extend_from_slice(b"0\r\n\r\n")).contains("after the last"),
            "more"
        );
        assert!(
            tampered(|upload| upload.chunks[0] = b"10\r\none chunk of dat\r\n".to_vec()).contains("signed"),
            "bare"
        );
    }
}

#[test]
fn a_trailer_cannot_be_tampered_with() {
    let trailer = |mode: &str, from: &str, to: &str| {
        let mut upload = upload(mode);
        let end = String::from_utf8(upload.end.clone()).unwrap();
        assert!(end.contains(from), "{end}");
        upload.end = end.replace(from, to).into_bytes();
        upload.fails()
    };
    let (signed, unsigned) = (MODES[1], MODES[2]);
    assert!(trailer(signed, "AAAAAA==", "BBBBBB==").contains("does not match"));
    assert!(trailer(signed, "x-amz-trailer-signature", "x-amz-trailer-other").contains("not those"));
    for mode in [signed, unsigned] {
        assert!(trailer(mode, "x-amz-checksum-crc32:", "x-amz-checksum-sha1:").contains("not those"));
        assert!(trailer(mode, "x-amz-checksum-crc32:AAAAAA==\r\n", "").contains("not those"));
        let twice = "x-amz-checksum-crc32:A\r\nx-amz-checksum-crc32:A\r\n";
        assert!(trailer(mode, "x-amz-checksum-crc32:AAAAAA==\r\n", twice).contains("not those"));
    }
}

#[test]
fn unsigned_chunks_must_fit_what_was_declared() {
    let mode = MODES[2];
    let tampered = |change: fn(&mut Upload)| {
        let mut upload = upload(mode);
        change(&mut upload);
        upload.fails()
    };
    assert!(tampered(|upload| drop(upload.chunks.pop())).contains("shorter"));
    assert!(
        tampered(|upload| upload.chunks[2] = framed(b"more than was declared").to_vec()).contains("longer")
    );
    assert!(tampered(|upload| upload.chunks[0] = b"f\r\none chunk of data\r\n".to_vec()).contains("longer"));
    assert!(tampered(|upload| upload.end.clear()).contains("ended before"));
    assert!(
        tampered(|upload| upload.chunks[0] = b"+10\r\none chunk of dat\r\n".to_vec()).contains("hexadecimal")
    );
    assert!(tampered(|upload| upload.chunks[0] = b"10\none chunk of dat\r\n".to_vec()).contains("CR LF"));
    assert!(tampered(|upload| upload.chunks[0] = vec![b'0'; 600]).contains("too long"));
}

#[test]
fn a_signed_chunk_has_a_largest_size() {
    let length = LARGEST_SIGNED + 1;
    let mut upload = Upload::new(SIGNED, b"", 1);
    let headers =
        [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", &length.to_string())];
    upload.head = Sent::new("PUT", "/b/k", "", &headers, b"")
        .signed("s3", SignableBody::Precomputed(SIGNED.to_owned()));
    upload.end = format!("{length:x};chunk-signature={}\r\n", "0".repeat(64)).into_bytes();
    assert!(upload.decode(1000).1.unwrap_err().says.contains("larger than"));
}

#[test]
fn chunks_framed_anew_are_read_back() {
    let mut upload = upload(MODES[2]);
    upload.chunks =
        vec![framed(&upload.body[..20]).to_vec(), framed(b"").to_vec(), framed(&upload.body[20..]).to_vec()];
    upload.end = framed_end(&[("x-amz-checksum-crc32".to_owned(), "AAAAAA==".to_owned())]).to_vec();
    assert!(upload.decode(3).1.is_ok());
}

#[test]
fn a_body_under_a_hash_is_not_completed_unless_it_is_the_one() {
    let declared: [u8; 32] = Sha256::digest(b"one two three").into();
    for (last, right) in [("three", true), ("thrEe", false), ("thre", false)] {
        let mut bound = HashBound::new(declared);
        let mut out = bound.push("one ".into()).to_vec();
        out.extend_from_slice(&bound.push("two ".into()));
        out.extend_from_slice(&bound.push("".into()));
        out.extend_from_slice(&bound.push(last.into()));
        assert_eq!(out, b"one two ");
        let end = bound.finish();
        assert_eq!(end.is_ok(), right);
        assert!(end.is_err() || end.unwrap() == "three");
    }
    assert!(HashBound::new(declared).finish().is_err());
}
