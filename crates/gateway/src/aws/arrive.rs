//! A request as it comes in: its signature is verified, its body read as far as judging needs, and the call recognised.

use std::sync::Arc;

use bytes::Bytes;
use holdpoint_cloud::verify::{self, Claim, Payload, Verified};
use holdpoint_core::{Actor, Digest, Intent};
use holdpoint_intake::aws::{self as intake, BodyWanted, Call, Incoming as Head, Protocol};
use holdpoint_store::aws::keys::Key;
use http::request::Parts;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::Gateway;
use super::answer::Refusal;
use super::gather::{AskedBy, Process};
use super::invocation::Tried;
use super::road::refusal_of;
use super::serve::Way;
use crate::config::AgentAws;
use crate::facts::Asker;
use crate::{ApiError, AppState, clock, random};

/// A call whose sender is known and whose meaning is understood.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) method: String,
    /// As it was sent.
    pub(super) path: String,
    /// As it was sent, without the question mark.
    pub(super) query: String,
    pub(super) way: Way,
    pub(super) key: Arc<Key>,
    pub(super) verified: Verified,
    pub(super) call: Call,
    pub(super) content: Content,
    /// The client's own id of the invocation, the same over its tries.
    pub(super) invocation: Option<String>,
    pub(super) process: Process,
    /// What it is on, for people.
    pub(super) target: String,
    /// Holdpoint's id of the request, which clients print.
    pub(super) id: String,
    actor: Actor,
}

/// The body.
#[derive(Debug)]
pub(super) enum Content {
    /// All of it, without any framing.
    Whole(Bytes),
    /// Still to come, as it is.
    Passing(Incoming),
}

impl Default for Content {
    fn default() -> Self {
        Content::Whole(Bytes::new())
    }
}

/// A request that is not let in.
#[derive(Debug)]
pub(super) struct Turned {
    pub(super) protocol: Protocol,
    pub(super) refusal: Refusal,
    pub(super) id: String,
}

impl Arrived {
    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(super) fn asked_by(&self) -> AskedBy {
        let configured = crate::api::submit::environment_of(&self.key.agent);
        AskedBy { actor: self.actor.clone(), session: self.key.id.clone(), configured }
    }

    pub(super) fn asker<'a>(&'a self, intent: &'a Intent) -> Asker<'a> {
        Asker {
            requester: &self.actor,
            session: Some(&self.key.id),
            intent,
            configured: crate::api::submit::environment_of(&self.key.agent),
        }
    }

    /// What is configured for its agent.
    pub(super) fn profile<'a>(&self, app: &'a AppState) -> Option<&'a AgentAws> {
        app.config.aws.agents.get(&self.key.agent.name)
    }

    /// Which try of what it is, where the client says so.
    pub(super) fn tried(&self) -> Option<Tried> {
        let invocation = self.invocation.clone()?;
        Some((self.key.agent.id.clone(), invocation, self.call.meaning))
    }
}

/// Takes a request in.
pub(super) async fn read(
    app: &AppState,
    gateway: &Gateway,
    way: &Way,
    request: Request<Incoming>,
) -> Result<Arrived, Turned> {
    let (parts, body) = request.into_parts();
    let id = request_id();
    let turn = |protocol, refusal| Turned { protocol, refusal, id: id.clone() };
    let headers = headers(&parts).map_err(|refusal| turn(guess(&parts, ""), refusal))?;
    let (path, query) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default().to_owned());
    let method = parts.method.as_str().to_owned();
    let signed = verify::Request { method: &method, path: &path, query: &query, headers: &headers };
    let claim = verify::read(&signed).map_err(|refused| turn(guess(&parts, ""), of(refused)))?;
    let scope = claim.scope().clone();
    let guessed = guess(&parts, &scope.service);
    let key = match gateway.keys.open(&app.db, claim.key_id()).await {
        Ok(Some(key)) => key,
        Ok(None) => return Err(turn(guessed, of(verify::unknown_key(&scope.service, claim.key_id())))),
        Err(error) => return Err(turn(guessed, refusal_of(&ApiError::from(error)))),
    };
    let host = host(way, &headers);
    let account = account(app, &key);
    let head = Head {
        method: &method,
        path: &path,
        query: &query,
        host: &host,
        headers: &headers,
        body: &[],
        service: &scope.service,
        region: &scope.region,
        account: account.as_deref(),
        payload: None,
    };
    let wanted = intake::body_wanted(&head).map_err(|refused| turn(refused.protocol, unclear(refused)))?;
    let secret = gateway.keys.secret(&key.id);
    let (verified, content) =
        content(&claim, &secret, wanted, body).await.map_err(|refusal| turn(guessed, refusal))?;
    let payload = match verified.payload {
        Payload::Hash(hash) => Some(hex::encode(hash)),
        _ => None,
    };
    let mut call = {
        let body: &[u8] = match &content {
            Content::Whole(bytes) => bytes,
            Content::Passing(_) => &[],
        };
        let whole = Head { headers: &verified.headers, body, payload: payload.as_deref(), ..head };
        intake::recognise(&whole).map_err(|refused| turn(refused.protocol, unclear(refused)))?
    };
    if let Some(assumed) = &key.opens.role {
        // The same call by another role is another call.
        call.meaning = Digest::of(format!("{}\0{}", call.meaning, assumed.role).as_bytes());
    }
    let invocation = plain(&headers, "amz-sdk-invocation-id");
    let process = (key.id.clone(), process(&headers));
    let target = call.resources.iter().map(|named| named.id.as_str()).collect::<Vec<_>>().join(", ");
    let actor = key.agent.actor();
    Ok(Arrived {
        method,
        path,
        query,
        way: way.clone(),
        key,
        verified,
        call,
        content,
        invocation,
        process,
        target,
        id,
        actor,
    })
}

/// All headers; a value that is not plain text has no place in a signature.
fn headers(parts: &Parts) -> Result<Vec<(String, String)>, Refusal> {
    parts
        .headers
        .iter()
        .map(|(name, value)| match std::str::from_utf8(value.as_bytes()) {
            Ok(value) => Ok((name.as_str().to_owned(), value.to_owned())),
            Err(_) => Err(Refusal::malformed(format!("the header `{name}` is not text"))),
        })
        .collect()
}

fn host(way: &Way, headers: &[(String, String)]) -> String {
    match way {
        Way::Proxy(host) => host.to_string(),
        Way::Endpoint => plain(headers, "host").unwrap_or_default(),
    }
}

/// The account that its agent's calls are made in, where the configuration says so.
fn account(app: &AppState, key: &Key) -> Option<String> {
    let of_role = |arn: &str| arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned);
    if let Some(assumed) = &key.opens.role {
        return of_role(&assumed.role);
    }
    let binding = super::binding(&app.config, &key.agent.name);
    binding
        .account
        .or_else(|| binding.role.as_deref().and_then(of_role))
        .or_else(|| app.config.aws.account.clone())
}

fn plain(headers: &[(String, String)], name: &str) -> Option<String> {
    let value = headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())?;
    (1..=200).contains(&value.len()).then(|| value.to_owned())
}

/// What tells a client's processes apart, as far as it says: the CLI has a session id, the others their name and version.
fn process(headers: &[(String, String)]) -> String {
    let agent = headers.iter().find(|(name, _)| name == "user-agent").map_or("", |(_, value)| value.as_str());
    match agent.split_whitespace().find(|word| word.starts_with("sid/")) {
        Some(session) => session.to_owned(),
        // Which features a call uses, and which command it is of, differ between the calls of one process.
        None => {
            let steady = |word: &&str| !word.starts_with("m/") && !word.starts_with("md/command");
            let words: Vec<&str> = agent.split_whitespace().filter(steady).collect();
            words.join(" ").chars().take(300).collect()
        }
    }
}

/// Reads the body as far as is needed, and proves the signature.
async fn content(
    claim: &Claim<'_>,
    secret: &str,
    wanted: BodyWanted,
    body: Incoming,
) -> Result<(Verified, Content), Refusal> {
    let now = clock::now();
    let limit = match (wanted, claim.payload()) {
        (BodyWanted::Nothing, Payload::Body) => 2 << 20,
        (BodyWanted::Nothing, _) => {
            let verified = claim.verify(secret, now, verify::Body::Passing).map_err(of)?;
            return Ok((verified, Content::Passing(body)));
        }
        (BodyWanted::Whole(limit), _) => limit,
    };
    let read = match Limited::new(body, limit).collect().await {
        Ok(read) => read.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Err(Refusal {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                code: "RequestEntityTooLarge".into(),
                says: format!(
                    "NOT executed: a call of this kind is read up to {limit} bytes, and this one is longer"
                ),
            });
        }
        Err(error) => return Err(Refusal::malformed(format!("the body broke off: {error}"))),
    };
    if claim.payload().is_chunked() {
        let verified = claim.verify(secret, now, verify::Body::Passing).map_err(of)?;
        let mut decoder = verified.decoder().map_err(of)?;
        let mut whole = decoder.push(&read).map_err(of)?.to_vec();
        whole.extend(decoder.finish().map_err(of)?.last);
        return Ok((verified, Content::Whole(whole.into())));
    }
    let verified = claim.verify(secret, now, verify::Body::Whole(&read)).map_err(of)?;
    Ok((verified, Content::Whole(read)))
}

/// How to answer a request that is not understood yet.
fn guess(parts: &Parts, service: &str) -> Protocol {
    let has = |name: &str| parts.headers.contains_key(name);
    let form = parts
        .headers
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    match service {
        "s3" | "s3express" | "s3-object-lambda" | "s3-outposts" => Protocol::S3,
        "ec2" => Protocol::Ec2,
        _ if has("smithy-protocol") => Protocol::Cbor,
        _ if has("x-amz-target") => Protocol::Json,
        _ if form || parts.uri.query().is_some_and(|query| query.contains("Action=")) => Protocol::Query,
        "route53" | "cloudfront" | "" => Protocol::RestXml,
        _ => Protocol::RestJson,
    }
}

pub(super) fn of(refused: verify::Refused) -> Refusal {
    let status = match refused.code {
        "IncompleteSignature" => StatusCode::BAD_REQUEST,
        _ => StatusCode::FORBIDDEN,
    };
    Refusal { status, code: refused.code.into(), says: format!("NOT executed: {}", refused.says) }
}

fn unclear(refused: intake::Refused) -> Refusal {
    Refusal::denied(format!("NOT executed: {}", refused.says))
}

fn request_id() -> String {
    random::bytes::<16>()
        .map_or_else(|_| "holdpoint".to_owned(), |bytes| format!("hp-{}", hex::encode(bytes)))
}
