//! Answers of the gateway's own, in the shape that the request's protocol gives its errors. Every client tried stops at
//! the first attempt at a 403, and prints the message whole.

use std::borrow::Cow;

use bytes::Bytes;
use holdpoint_intake::aws::Protocol;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};

use super::{Body, Reply};

/// An error to be phrased.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// Without the suffix that JSON protocols add: `AccessDenied`.
    pub(super) code: Cow<'static, str>,
    pub(super) says: String,
}

impl Refusal {
    /// Not allowed: held, denied, or not this agent's to do.
    pub(super) fn denied(says: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, code: "AccessDenied".into(), says: says.into() }
    }

    /// The request cannot be taken as it is.
    pub(super) fn malformed(says: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "MalformedRequest".into(), says: says.into() }
    }

    /// Holdpoint itself cannot answer: closed, and worth asking again.
    pub(super) fn unavailable(says: impl Into<String>) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, code: "ServiceUnavailable".into(), says: says.into() }
    }
}

/// The answer, with `id` as the id of the request. A HEAD has no body, whatever the protocol.
pub(super) fn refuse(refusal: &Refusal, protocol: Protocol, head: bool, id: &str) -> Reply {
    let code = refusal.code.as_ref();
    let suffixed = || if code == "AccessDenied" { "AccessDeniedException" } else { code };
    let says = line(&refusal.says);
    let xml = quick_xml::escape::escape(&says).into_owned();
    let (body, kind, typed): (Vec<u8>, &'static str, Option<&str>) = match protocol {
        Protocol::Json => {
            let code = suffixed();
            let body = serde_json::json!({ "__type": code, "message": says, "Message": says }).to_string();
            (body.into(), "application/x-amz-json-1.1", Some(code))
        }
        Protocol::RestJson => {
            let body = serde_json::json!({ "message": says, "Message": says }).to_string();
            (body.into(), "application/json", Some(suffixed()))
        }
        Protocol::Query | Protocol::RestXml => {
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{xml}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
            );
            (body.into(), "text/xml", None)
        }
        Protocol::Ec2 => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Errors><Error><Code>{code}</Code><Message>{xml}</Message></Error></Errors><RequestID>{id}</RequestID></Response>"
            );
            (body.into(), "text/xml;charset=UTF-8", None)
        }
        Protocol::S3 => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{xml}</Message><RequestId>{id}</RequestId><HostId>holdpoint</HostId></Error>"
            );
            (body.into(), "application/xml", None)
        }
        Protocol::Cbor => (cbor(suffixed(), &says), "application/cbor", None),
    };
    let body = if head { Bytes::new() } else { Bytes::from(body) };
    let mut reply = Response::new(whole(body));
    *reply.status_mut() = refusal.status;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("x-amzn-requestid", id);
    put("x-amz-request-id", id);
    if let Some(code) = typed {
        put("x-amzn-errortype", code);
    }
    if protocol == Protocol::Cbor {
        put("smithy-protocol", "rpc-v2-cbor");
    }
    reply
}

/// One line: some clients cut a message at its first break.
fn line(says: &str) -> String {
    says.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A map of two texts (RFC 8949).
fn cbor(code: &str, says: &str) -> Vec<u8> {
    fn text(out: &mut Vec<u8>, text: &str) {
        let length = u32::try_from(text.len()).unwrap_or(0);
        out.push(0x7a);
        out.extend(length.to_be_bytes());
        out.extend(text.as_bytes());
    }
    let mut out = vec![0xa2];
    for part in ["__type", code, "message", says] {
        text(&mut out, part);
    }
    out
}

pub(super) fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(protocol: Protocol, says: &str) -> (Reply, String) {
        let reply = refuse(&Refusal::denied(says), protocol, false, "chg_1");
        let (parts, body) = reply.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(parts, whole(Bytes::new())), String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn each_protocol_has_its_own_shape_and_no_message_breaks_out_of_it() {
        let says = "held: a < b & \"c\"\n<Code>Success</Code>";
        for protocol in [Protocol::Query, Protocol::Ec2, Protocol::RestXml, Protocol::S3] {
            let (reply, body) = text(protocol, says).await;
            assert_eq!(reply.status(), 403);
            assert_eq!(body.matches("<Code>").count(), 1, "{body}");
            assert!(body.contains("<Code>AccessDenied</Code>"), "{body}");
            assert!(body.contains("a &lt; b &amp; &quot;c&quot; &lt;Code&gt;"), "{body}");
        }
        for protocol in [Protocol::Json, Protocol::RestJson] {
            let (reply, body) = text(protocol, says).await;
            assert_eq!(reply.headers()["x-amzn-errortype"], "AccessDeniedException");
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["message"], "held: a < b & \"c\" <Code>Success</Code>");
        }
        let (reply, body) = text(Protocol::Cbor, "held").await;
        assert_eq!(reply.headers()["smithy-protocol"], "rpc-v2-cbor");
        assert!(body.contains("AccessDeniedException") && body.contains("held"), "{body}");
    }

    #[tokio::test]
    async fn a_head_is_answered_without_a_body() {
        let reply = refuse(&Refusal::denied("held"), Protocol::S3, true, "chg_1");
        assert!(reply.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
}
