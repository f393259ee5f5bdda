//! Bodies on their way through, in every mode, to a server that keeps what arrives.

use std::pin::Pin;
use std::task::{Context, Poll};

use aws_sigv4::http_request::SignableBody;
use holdpoint_cloud::send::Unsent;
use holdpoint_cloud::sign::{Outgoing, Scope, sign};
use holdpoint_cloud::verify::{self, Body, Payload};
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::body::Bytes;

use crate::chunked::{MODES, upload};
use crate::signer::{NOW, SECRET, Sent};
use crate::upstream::{OK, keys, server};

/// Passes a body in small pieces through a verified request; gives what the server read, if the whole arrived.
async fn pass(head: &Sent, wire: &[u8]) -> Result<String, String> {
    let verified = verify::read(&head.request()).unwrap().verify(SECRET, NOW, Body::Passing).unwrap();
    let pieces: Vec<Vec<u8>> = wire.chunks(11).map(<[u8]>::to_vec).collect();
    let onward = verified.onward(Pieces(pieces.into_iter())).unwrap();
    let (sender, server) = server(vec![OK.to_owned()]);
    let outgoing = Outgoing {
        method: "PUT",
        host: "s3.eu-central-1.amazonaws.com",
        path: &head.path,
        query: "",
        headers: &onward.headers,
        payload: onward.payload,
    };
    let scope = Scope { region: "eu-central-1", service: "s3", now: NOW };
    let signed = sign(&outgoing, &keys(), &scope).unwrap();
    let sent = sender.send(signed, onward.body.boxed_unsync()).await;
    drop(sender);
    let read = server.join().unwrap().pop().unwrap();
    match sent {
        Ok(_) => Ok(read),
        Err(error) => {
            let body = read.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            assert!(!body.ends_with("0\r\n\r\n"), "a request that was broken off has no end: {read}");
            let Unsent::Withdrawn { refused: Some(refused), .. } = error else { panic!("{error}") };
            Err(refused.says)
        }
    }
}

/// A body that comes in pieces which are all there.
struct Pieces(std::vec::IntoIter<Vec<u8>>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece.into()))))
    }
}

#[tokio::test]
async fn a_body_under_a_hash_arrives_whole_or_not_at_all() {
    let body = b"a body that comes in a few pieces, and is checked on its way";
    let length = body.len().to_string();
    let head = Sent::new("PUT", "/b/k", "", &[("content-length", &length)], body)
        .signed("s3", SignableBody::Bytes(body));
    let read = pass(&head, body).await.unwrap();
    assert!(
        read.ends_with("checked on its way") && read.contains(&format!("content-length: {length}\r\n")),
        "{read}"
    );
    let mut other = body.to_vec();
    other[3] ^= 1;
    assert!(pass(&head, &other).await.unwrap_err().contains("SHA-256"));
}

#[tokio::test]
async fn chunks_arrive_in_a_form_that_aws_can_check() {
    for mode in MODES {
        let upload = upload(mode);
        let wire = [upload.chunks.concat(), upload.end.clone()].concat();
        let read = pass(&upload.head, &wire).await.unwrap();
        let (head, body) = read.split_once("\r\n\r\n").unwrap();
        assert!(!read.contains("chunk-signature") && !read.contains("trailer-signature"), "{read}");
        if mode == MODES[0] {
            assert_eq!(body.as_bytes(), upload.body, "plain bytes");
            assert!(head.contains("x-amz-content-sha256: UNSIGNED-PAYLOAD"), "{head}");
            for gone in ["aws-chunked", "x-amz-decoded-content-length", "x-amz-trailer", "transfer-encoding"]
            {
                assert!(!head.contains(gone), "{gone}: {head}");
            }
            continue;
        }
        assert!(head.contains("x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER"), "{head}");
        assert!(
            head.contains("x-amz-trailer: x-amz-checksum-crc32") && head.contains("aws-chunked"),
            "{head}"
        );
        let inner = unchunked(body);
        let mut arrived = crate::chunked::upload(MODES[2]);
        arrived.chunks = vec![inner];
        arrived.end.clear();
        let (mut out, rest) = arrived.decode(1000);
        let rest = rest.unwrap();
        out.extend_from_slice(&rest.last);
        assert_eq!((out, rest.trailers.len()), (upload.body, 1));
    }
}

/// Undoes HTTP's own chunks.
fn unchunked(mut body: &str) -> Vec<u8> {
    let mut inner = Vec::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        inner.extend_from_slice(&rest.as_bytes()[..size]);
        body = &rest[size + 2..];
    }
    inner
}

#[tokio::test]
async fn chunks_that_fail_are_never_completed() {
    for mode in MODES {
        let mut upload = upload(mode);
        upload.chunks.pop();
        let wire = [upload.chunks.concat(), upload.end.clone()].concat();
        assert!(pass(&upload.head, &wire).await.unwrap_err().contains("shorter"), "{mode}");
        let wire = upload.chunks.concat();
        assert!(pass(&upload.head, &wire).await.unwrap_err().contains("ended before"), "{mode}");
    }
}

#[tokio::test]
async fn an_unsigned_body_passes_as_it_is() {
    let head = Sent::new("PUT", "/b/k", "", &[("content-length", "4")], b"")
        .signed("s3", SignableBody::UnsignedPayload);
    assert!(pass(&head, b"body").await.unwrap().ends_with("\r\n\r\nbody"));
    let form = crate::signer::form();
    let verified = form.verify(NOW).unwrap();
    assert_eq!(verified.payload, Payload::Body);
    assert!(verified.onward(Pieces(Vec::new().into_iter())).is_err(), "it was read already");
}
