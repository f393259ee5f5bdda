//! The client towards AWS, against a server that keeps every byte it was sent.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use holdpoint_cloud::credentials::{Bearer, Binding, Keys, Missing, Real};
use holdpoint_cloud::send::{Sender, Settings, Unsent, Unusable, whole};
use holdpoint_cloud::sign::{Outgoing, Payload, Scope, Signed, sign};
use holdpoint_cloud::verify::{self, Body};
use sha2::{Digest, Sha256};
use time::macros::datetime;

use crate::signer::{NOW, Sent};

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";

/// A server for so many requests, one connection each. Gives what it read.
pub(crate) fn server(replies: Vec<String>) -> (Sender, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let answer = |reply: String| {
            let (mut stream, _) = listener.accept().unwrap();
            let read = request(&mut stream);
            // A client that broke its request off does not read the answer.
            drop(stream.write_all(reply.as_bytes()));
            read
        };
        replies.into_iter().map(answer).collect()
    });
    (sender(&upstream), thread)
}

fn sender(upstream: &str) -> Sender {
    let silence = Duration::from_secs(20);
    Sender::new(&Settings { upstream: Some(upstream.to_owned()), silence, ..Settings::default() }).unwrap()
}

/// Reads one request to the end that its own framing names.
fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let ended = match length {
                Some(length) => body.len() >= length.parse().unwrap(),
                None => !head.contains("transfer-encoding") || body.ends_with("0\r\n\r\n"),
            };
            if ended {
                return text;
            }
        }
        match stream.read(&mut piece).unwrap() {
            0 => return text,
            read => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

fn signed(method: &str, path: &str, query: &str, headers: &[(&str, &str)], payload: Payload<'_>) -> Signed {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let host = "s3.eu-west-1.amazonaws.com";
    let outgoing = Outgoing { method, host, path, query, headers: &headers, payload };
    let scope = Scope { region: "eu-west-1", service: "s3", now: NOW };
    sign(&outgoing, &keys(), &scope).unwrap()
}

pub(crate) fn keys() -> Keys {
    Keys::new("REALKEY", "real-secret", None, None)
}

#[tokio::test]
async fn paths_and_queries_arrive_byte_for_byte() {
    let paths =
        ["/b/a/../c", "/b//x/./y", "/b/a%2Fb%252F", "/b/%C3%BC+%20'()*!", "/b/..%2f", "//", "/b/k;v=1:@"];
    let (sender, server) = server(vec![OK.to_owned(); paths.len()]);
    for path in paths {
        let signed =
            signed("GET", path, "list-type=2&prefix=a%2Fb&X-Amz-Signature=0&empty", &[], Payload::Bytes(b""));
        let answer = sender.ask(signed, "", 100).await.unwrap();
        assert_eq!(answer.body(), "ok");
    }
    for (path, read) in paths.iter().zip(server.join().unwrap()) {
        let line = read.lines().next().unwrap();
        assert_eq!(line, format!("GET {path}?list-type=2&prefix=a%2Fb&empty HTTP/1.1"));
        assert!(read.contains("\r\nhost: s3.eu-west-1.amazonaws.com\r\n"), "{read}");
        assert_eq!(read.matches("host:").count(), 1, "{read}");
        for added in ["user-agent", "accept-encoding", "connection"] {
            assert!(!read.contains(added), "{read}");
        }
    }
}

#[tokio::test]
async fn what_arrives_carries_a_signature_that_verifies() {
    let (sender, server) = server(vec![OK.to_owned()]);
    let headers =
        [("x-amz-meta-a", " two  spaces "), ("content-type", "text/plain"), ("user-agent", "agent")];
    let put = signed("PUT", "/b/a/../c", "", &headers, Payload::Hash(Sha256::digest("foo").into()));
    sender.send(put, whole("foo")).await.unwrap();
    let read = server.join().unwrap().pop().unwrap();
    let (head, body) = read.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "foo");
    let mut sent = Sent::new("PUT", "/b/a/../c", "", &[], body.as_bytes());
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(':').unwrap();
        sent.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let claim = verify::read(&sent.request()).unwrap();
    assert_eq!(claim.key_id(), "REALKEY");
    assert!(claim.verify("real-secret", NOW, Body::Whole(body.as_bytes())).is_ok(), "{read}");
    assert_eq!(claim.unsigned(), ["authorization", "content-length"]);
}

#[tokio::test]
async fn a_call_without_a_body_says_so() {
    let (sender, server) = server(vec![OK.to_owned(); 2]);
    for method in ["POST", "PUT"] {
        sender.ask(signed(method, "/b", "", &[], Payload::Bytes(b"")), "", 100).await.unwrap();
    }
    for read in server.join().unwrap() {
        assert!(read.contains("\r\ncontent-length: 0\r\n"), "{read}");
    }
}

/// A server with a certificate that only its own authority vouches for.
fn secure() -> (String, std::path::PathBuf, JoinHandle<Option<String>>) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let file = std::env::temp_dir().join(format!("holdpoint-authority-{}.pem", address.port()));
    std::fs::write(&file, made.cert.pem()).unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut session = rustls::ServerConnection::new(config.into()).unwrap();
        let mut tls = rustls::Stream::new(&mut session, &mut stream);
        let mut piece = [0; 4096];
        let read = tls.read(&mut piece).ok()?;
        tls.write_all(OK.as_bytes()).ok()?;
        String::from_utf8(piece[..read].to_vec()).ok()
    });
    (format!("https://{address}"), file, thread)
}

#[tokio::test]
async fn only_a_trusted_authority_is_spoken_to() {
    let get = || signed("GET", "/b/k", "", &[], Payload::Bytes(b""));
    let (upstream, file, thread) = secure();
    let settings =
        Settings { upstream: Some(upstream), authorities: Some(file.clone()), ..Settings::default() };
    let sender = Sender::new(&settings).unwrap();
    assert_eq!(sender.ask(get(), "", 100).await.unwrap().body(), "ok");
    assert!(thread.join().unwrap().unwrap().contains("host: s3.eu-west-1.amazonaws.com"));
    std::fs::remove_file(file).unwrap();

    let (upstream, file, thread) = secure();
    let sender = Sender::new(&Settings { upstream: Some(upstream), ..Settings::default() }).unwrap();
    let error = sender.ask(get(), "", 100).await.unwrap_err();
    assert!(matches!(&error, Unsent::Unreached { why, .. } if why.contains("certificate")), "{error}");
    assert_eq!(thread.join().unwrap(), None, "and nothing was sent");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn redirects_and_compressed_answers_come_through_as_they_are() {
    let redirect = "HTTP/1.1 307 Temporary Redirect\r\nconnection: close\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let squeezed =
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope";
    let (sender, server) = server(vec![redirect.to_owned(), squeezed.to_owned()]);
    let get = || signed("GET", "/b/k", "", &[], Payload::Bytes(b""));
    assert_eq!(sender.ask(get(), "", 100).await.unwrap().status(), 307);
    let answer = sender.ask(get(), "", 100).await.unwrap();
    assert_eq!(
        (answer.body().as_ref(), &answer.headers()["content-encoding"]),
        (b"nope".as_slice(), &"gzip".parse().unwrap())
    );
    server.join().unwrap();
}

#[tokio::test]
async fn what_was_surely_not_sent_is_told_from_what_may_have_been() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let get = || signed("GET", "/b/k", "", &[], Payload::Bytes(b""));
    let error = sender(&format!("http://{closed}")).ask(get(), "", 100).await.unwrap_err();
    assert!(matches!(error, Unsent::Unreached { .. }), "{error}");
    let (silent, thread) = server(vec![String::new()]);
    let error = silent.ask(get(), "", 100).await.unwrap_err();
    assert!(matches!(error, Unsent::Unanswered { .. }), "{error}");
    thread.join().unwrap();
    let (large, thread) = server(vec![OK.to_owned()]);
    assert!(
        matches!(large.ask(get(), "", 1).await.unwrap_err(), Unsent::Unanswered { .. }),
        "a longer answer than asked for"
    );
    thread.join().unwrap();
}

#[tokio::test]
async fn silence_has_an_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    let settings =
        Settings { upstream: Some(upstream), silence: Duration::from_millis(20), ..Settings::default() };
    let sender = Sender::new(&settings).unwrap();
    let error = sender.ask(signed("GET", "/", "", &[], Payload::Bytes(b"")), "", 100).await.unwrap_err();
    assert!(error.to_string().contains("silent"), "{error}");
}

#[test]
fn odd_settings_are_refused() {
    let with = |upstream: &str| {
        Sender::new(&Settings { upstream: Some(upstream.to_owned()), ..Settings::default() })
    };
    for upstream in ["", "127.0.0.1:5000", "/path", "http://host/path", "ht tp://x"] {
        assert!(matches!(with(upstream), Err(Unusable::Upstream(_))), "{upstream}");
    }
    let authorities = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into());
    assert!(matches!(
        Sender::new(&Settings { authorities, ..Settings::default() }),
        Err(Unusable::Authorities(_))
    ));
}

const GRANTED: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/bot</Arn></AssumedRoleUser>\
    <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>hush&amp;/+secret</SecretAccessKey>\
    <SessionToken>hush-token==</SessionToken><Expiration>2026-11-28T13:00:00Z</Expiration></Credentials>\
    </AssumeRoleResult></AssumeRoleResponse>";

fn reply(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn bound() -> (Binding, Bearer) {
    let binding = Binding {
        account: Some("123456789012".to_owned()),
        role: Some("agents/bot".to_owned()),
        external_id: Some("ext".to_owned()),
    };
    (binding, Bearer { agent: "deploy bot/7".to_owned(), change: Some("01HV".to_owned()) })
}

#[tokio::test]
async fn a_role_is_assumed_once_and_again_before_it_ends() {
    let again = GRANTED.replace("ASIAEXAMPLE", "ASIASECOND");
    let (sender, server) = server(vec![reply("200 OK", GRANTED), reply("200 OK", &again)]);
    let real = Real::fixed(keys(), "eu-west-1", sender);
    let (binding, bearer) = bound();
    let (first, second) = tokio::join!(real.of(&binding, &bearer, NOW), real.of(&binding, &bearer, NOW));
    let session = first.unwrap();
    assert_eq!(
        (session.id(), second.unwrap().id()),
        ("ASIAEXAMPLE", "ASIAEXAMPLE"),
        "and only one call was made"
    );
    assert_eq!(session.until(), Some(datetime!(2026-11-28 13:00 UTC)));
    let kept = real.of(&binding, &bearer, datetime!(2026-11-28 12:54:59 UTC)).await.unwrap();
    let renewed = real.of(&binding, &bearer, datetime!(2026-11-28 12:55 UTC)).await.unwrap();
    assert_eq!((kept.id(), renewed.id()), ("ASIAEXAMPLE", "ASIASECOND"), "five minutes before its end");
    let shown = format!("{session:?} {real:?}");
    assert!(
        shown.contains("ASIAEXAMPLE") && !shown.contains("hush") && !shown.contains("real-secret"),
        "{shown}"
    );

    let read = server.join().unwrap();
    let (head, form) = read[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST / HTTP/1.1\r\nhost: sts.eu-west-1.amazonaws.com\r\n"), "{head}");
    assert!(head.contains("Credential=REALKEY/20261128/eu-west-1/sts/aws4_request"), "{head}");
    assert_eq!(
        form,
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fagents%2Fbot\
         &RoleSessionName=deploy-bot-7&SourceIdentity=01HV&DurationSeconds=3600&Tags.member.1.Key=holdpoint%3Aagent\
         &Tags.member.1.Value=deploy%20bot%2F7&Tags.member.2.Key=holdpoint%3Achange&Tags.member.2.Value=01HV&ExternalId=ext"
    );
}

#[tokio::test]
async fn a_session_signs_with_its_whole_secret() {
    let (sender, server) = server(vec![reply("200 OK", GRANTED)]);
    let real = Real::fixed(keys(), "eu-west-1", sender);
    let (binding, bearer) = bound();
    let session = real.of(&binding, &bearer, NOW).await.unwrap();
    server.join().unwrap();
    let outgoing = Outgoing {
        method: "GET",
        host: "h.test",
        path: "/",
        query: "",
        headers: &[],
        payload: Payload::Bytes(b""),
    };
    let signed = sign(&outgoing, &session, &Scope { region: "eu-west-1", service: "ec2", now: NOW }).unwrap();
    let shown = format!("{signed:?}");
    assert!(!shown.contains("hush") && !shown.contains("Signature"), "{shown}");
    let mut sent = Sent::new("GET", "/", "", &[], b"");
    sent.headers = signed.headers;
    let claim = verify::read(&sent.request()).unwrap();
    assert_eq!(claim.token(), Some("hush-token=="));
    assert!(claim.verify("hush&/+secret", NOW, Body::Whole(b"")).is_ok());
}

#[tokio::test]
async fn a_refused_role_says_what_is_missing() {
    let denied = |action: &str| {
        reply(
            "403 Forbidden",
            &format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:sts::1:x is not \
             authorized to perform: {action} on resource: arn:aws:iam::123456789012:role/agents/bot</Message></Error></ErrorResponse>"
            ),
        )
    };
    let actions = ["sts:TagSession", "sts:SetSourceIdentity", "sts:AssumeRole"];
    let mut replies: Vec<String> = actions.iter().map(|action| denied(action)).collect();
    replies.push(reply("500 Internal Server Error", "<oops"));
    replies.push(reply("200 OK", "<AssumeRoleResponse/>"));
    let (sender, server) = server(replies);
    let real = Real::fixed(keys(), "eu-west-1", sender);
    let (binding, bearer) = bound();
    let mut now = NOW;
    for action in actions {
        now += time::Duration::seconds(5);
        let error = real.of(&binding, &bearer, now).await.unwrap_err();
        assert!(
            matches!(&error, Missing::Refused { why, .. } if why.starts_with(&format!("allow {action} "))),
            "{error}"
        );
        assert!(!error.to_string().contains("real-secret"));
        let soon = now + time::Duration::seconds(4);
        let again = real.of(&binding, &bearer, soon).await.unwrap_err();
        assert_eq!(again.to_string(), error.to_string(), "asked for again too soon: nothing is sent");
    }
    for _ in 0..2 {
        now += time::Duration::seconds(5);
        let error = real.of(&binding, &bearer, now).await.unwrap_err();
        assert!(matches!(error, Missing::Unanswered { .. }), "{error}");
    }
    server.join().unwrap();
}

#[tokio::test]
async fn without_a_role_the_daemons_own_keys_serve_and_half_a_binding_serves_nobody() {
    let real = Real::fixed(keys(), "eu-west-1", sender("http://127.0.0.1:1"));
    let (mut binding, bearer) = bound();
    assert_eq!(real.of(&Binding::default(), &bearer, NOW).await.unwrap().id(), "REALKEY");
    binding.role = None;
    assert!(matches!(real.of(&binding, &bearer, NOW).await, Err(Missing::Binding(_))));
    let nowhere = Real::fixed(keys(), "evil.test", sender("http://127.0.0.1:1"));
    assert!(matches!(nowhere.of(&bound().0, &bearer, NOW).await, Err(Missing::Binding(_))));
}
