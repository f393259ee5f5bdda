//! Sending a call on: signed again with a real credential, streamed in both directions, and its end recorded.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use holdpoint_cloud::credentials::{Bearer, Binding, Keys};
use holdpoint_cloud::host;
use holdpoint_cloud::send::{self, Unsent};
use holdpoint_cloud::sign::{self, Outgoing, Scope};
use holdpoint_cloud::verify::replay::Use;
use holdpoint_core::{Change, Outcome};
use holdpoint_intake::aws::index;
use holdpoint_store::Error;
use holdpoint_store::aws::calls;
use holdpoint_store::changes;
use http::{HeaderName, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::sync::{oneshot, watch};

use super::answer::{Refusal, whole};
use super::arrive::{Arrived, Content};
use super::invocation::{Kept, Try, Unmade};
use super::road::{self, Pass, Right, Stopped};
use super::serve::Way;
use super::{Body, Gateway, Reply, binding, born, presigned};
use crate::{AppState, clock};

/// An answer of at most this many bytes is kept for the client's next try, and searched for what came to be.
const KEPT: u64 = 1 << 20;
/// How long a second try waits for the first one's answer; clients give up after 60.
const PATIENCE: Duration = Duration::from_secs(45);

/// A request signed for AWS, and its body.
struct Ready {
    signed: sign::Signed,
    body: send::Body,
}

/// A read: the answer streams through, and nothing is kept.
pub(super) async fn read(
    app: &AppState,
    gateway: &Arc<Gateway>,
    mut arrived: Arrived,
) -> Result<Reply, Stopped> {
    let content = std::mem::take(&mut arrived.content);
    let ready = ready(app, gateway, &arrived, content, None).await?;
    let answer = gateway.sender.send(ready.signed, ready.body).await.map_err(|error| unsent(&error))?;
    Ok(stream(answer))
}

/// A call that is no plain read: found a pass for, then sent, once for all its tries.
pub(super) async fn write(
    app: &AppState,
    gateway: &Arc<Gateway>,
    mut arrived: Arrived,
    change: Change,
) -> Result<Reply, Stopped> {
    fresh(gateway, &arrived)?;
    let tried = arrived.tried();
    let told = match tried.clone().map(|tried| gateway.invocations.begin(tried)) {
        Some(Try::Again(answer)) => return again(answer).await,
        Some(Try::First(told)) => Some(told),
        None => None,
    };
    // Dropped when the client goes while people are asked, too: its next try is a first one then.
    let unsent = Unmade { all: &gateway.invocations, tried };
    if sent_before(app, &arrived).await? {
        return Err(lost().into());
    }
    let pass = road::pass(app, &arrived, change).await?;
    unsent.made();
    let (tell, mut heard) = oneshot::channel();
    let content = std::mem::take(&mut arrived.content);
    let job = carry(app.clone(), Arc::clone(gateway), arrived, content, pass, tell, told);
    gateway.tasks.spawn(job);
    match (&mut heard).await {
        Ok(reply) => reply.map_err(|refusal| Stopped { change: None, refusal }),
        Err(_) => Err(Refusal::unavailable("Holdpoint ended while the call was under way").into()),
    }
}

/// Whether an earlier try was sent that this process does not remember: by another replica, or before a restart.
async fn sent_before(app: &AppState, arrived: &Arrived) -> Result<bool, Stopped> {
    let Some(invocation) = &arrived.invocation else { return Ok(false) };
    let mut conn = app.db.conn().await?;
    Ok(calls::was_sent(&mut conn, &arrived.key.agent.id, invocation, arrived.call.meaning).await?)
}

/// A client's own second try may be equal to the first to the byte, within the second that dates are written in.
const SAME_SECOND: time::Duration = time::Duration::seconds(5);

/// Refuses a write whose signature was used before: somebody else may be sending it again. A presigned URL is made to be
/// used again, and a try of the same invocation is given the first one's answer.
fn fresh(gateway: &Gateway, arrived: &Arrived) -> Result<(), Refusal> {
    let now = clock::now();
    let seen = gateway.replay.note(&arrived.verified, now);
    if arrived.verified.presigned || matches!(seen, Use::First) || now - arrived.verified.at <= SAME_SECOND {
        return Ok(());
    }
    Err(Refusal::denied(
        "NOT executed: exactly this signed request came in before; if it is meant, run the command again, which signs it anew",
    ))
}

/// The answer that the first try of the same invocation got.
async fn again(mut answer: watch::Receiver<Option<Arc<Kept>>>) -> Result<Reply, Stopped> {
    let waited = tokio::time::timeout(PATIENCE, answer.wait_for(Option::is_some)).await;
    match waited {
        Ok(Ok(kept)) => match kept.as_ref() {
            Some(kept) => {
                let mut reply = Response::new(whole(kept.body.clone()));
                *reply.status_mut() = kept.status;
                *reply.headers_mut() = kept.headers.clone();
                Ok(reply)
            }
            None => Err(lost().into()),
        },
        _ => Err(lost().into()),
    }
}

fn lost() -> Refusal {
    Refusal::denied(
        "NOT executed a second time: an earlier try of this same call was sent, and its answer was lost. Look at the real state before you repeat it",
    )
}

/// Sends a call and records how it ended, whether or not its client is still there.
async fn carry(
    app: AppState,
    gateway: Arc<Gateway>,
    arrived: Arrived,
    content: Content,
    pass: Pass,
    tell: oneshot::Sender<Result<Reply, Refusal>>,
    told: Option<watch::Sender<Option<Arc<Kept>>>>,
) {
    let change = pass.change.to_string();
    let sent = match ready(&app, &gateway, &arrived, content, Some(&change)).await {
        Ok(ready) => gateway.sender.send(ready.signed, ready.body).await.map_err(|error| {
            let outcome =
                if matches!(error, Unsent::Unanswered { .. }) { Outcome::Unknown } else { Outcome::Failed };
            (outcome, unsent(&error))
        }),
        Err(stopped) => Err((Outcome::Failed, stopped.refusal)),
    };
    let (ended, reply) = match sent {
        Err((outcome, refusal)) => (Ended { outcome, ..Ended::default() }, Err(refusal)),
        Ok(answer) => {
            let (ended, reply, kept) = take(&arrived.call.operation, answer).await;
            match (&told, kept) {
                // The client is meant to try again: that is a call of its own.
                (Some(_), kept) if kept.as_ref().is_some_and(is_transient) => {
                    if let Some(tried) = arrived.tried() {
                        gateway.invocations.forget(&tried);
                    }
                }
                (Some(told), Some(kept)) => {
                    told.send_replace(Some(Arc::new(kept)));
                }
                _ => {}
            }
            (ended, Ok(reply))
        }
    };
    if let Err(error) = record(&app, &arrived, pass, &ended).await {
        // The lease will end, and the outcome count as unknown: nothing is claimed that is not on record.
        tracing::error!(change, %error, "the end of a call was not recorded");
    }
    let _ = tell.send(reply);
}

/// Whether AWS asks for another try: it was busy, or erred.
fn is_transient(kept: &Kept) -> bool {
    let throttled = || {
        let text = String::from_utf8_lossy(&kept.body);
        ["Throttling", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "PriorRequestNotComplete"]
            .iter()
            .any(|code| text.contains(code))
    };
    kept.status.is_server_error()
        || kept.status == StatusCode::TOO_MANY_REQUESTS
        || (kept.status == StatusCode::BAD_REQUEST && throttled())
}

/// How a call ended.
#[derive(Debug)]
struct Ended {
    outcome: Outcome,
    status: Option<u16>,
    request_id: Option<String>,
    born: Vec<String>,
}

impl Default for Ended {
    fn default() -> Self {
        Self { outcome: Outcome::Unknown, status: None, request_id: None, born: Vec::new() }
    }
}

/// The end of a call by AWS's answer. A refusal is a failure; a server's error says nothing about what was done, but for
/// those that are given before anything is.
fn outcome(status: StatusCode) -> Outcome {
    match status.as_u16() {
        200..=399 => Outcome::Applied,
        400..=499 | 503 => Outcome::Failed,
        _ => Outcome::Unknown,
    }
}

async fn take(operation: &str, answer: Response<Incoming>) -> (Ended, Reply, Option<Kept>) {
    let (head, body) = answer.into_parts();
    let id = ["x-amzn-requestid", "x-amz-request-id", "x-amzn-request-id"]
        .iter()
        .find_map(|name| head.headers.get(*name)?.to_str().ok())
        .map(str::to_owned);
    let status = head.status;
    let mut ended =
        Ended { outcome: outcome(status), status: Some(status.as_u16()), request_id: id, ..Ended::default() };
    if body.size_hint().upper().is_none_or(|length| length > KEPT) {
        return (ended, stream(Response::from_parts(head, body)), None);
    }
    let bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) => {
            tracing::warn!(%error, "the answer of a call broke off");
            let mut reply = Response::new(whole(Bytes::new()));
            *reply.status_mut() = StatusCode::BAD_GATEWAY;
            return (ended, reply, None);
        }
    };
    if ended.outcome == Outcome::Applied {
        ended.born = born::identifiers(operation, &bytes);
    }
    let headers = passing(&head.headers);
    let mut reply = Response::new(whole(bytes.clone()));
    *reply.status_mut() = status;
    *reply.headers_mut() = headers.clone();
    (ended, reply, Some(Kept { status, headers, body: bytes }))
}

/// Records the end of the call and, where the change is this one call, of the change.
async fn record(app: &AppState, arrived: &Arrived, pass: Pass, ended: &Ended) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    calls::hold_still(&mut tx, pass.change).await?;
    let request_id = ended.request_id.as_deref();
    calls::end(&mut tx, pass.call, ended.outcome, ended.status, request_id, &ended.born).await?;
    let detail = ended.status.map(|status| {
        format!(
            "AWS answered {status}{}",
            request_id.map(|id| format!(" to request {id}")).unwrap_or_default()
        )
    });
    match &pass.right {
        Right::Whole(grant) => {
            let detail = detail.as_deref();
            changes::report(
                &mut tx,
                pass.change,
                arrived.actor(),
                grant.attempt(),
                ended.outcome,
                None,
                detail,
            )
            .await?;
        }
        Right::Part => {
            super::ends::settle(&mut tx, pass.change, arrived.actor()).await?;
        }
    }
    tx.commit().await?;
    app.hub.committed(pass.change);
    Ok(())
}

/// Signs what goes out.
async fn ready(
    app: &AppState,
    gateway: &Gateway,
    arrived: &Arrived,
    content: Content,
    change: Option<&str>,
) -> Result<Ready, Stopped> {
    let keys = keys(app, gateway, arrived, change).await?;
    let place = Place::of(app, arrived)?;
    let content = presigned::anew(app, arrived, content, &keys)?;
    let leaving = super::leaving::of(&arrived.verified, content)?;
    let mut headers = leaving.headers.clone();
    headers.push(("user-agent".to_owned(), user_agent(change)));
    let outgoing = Outgoing {
        method: &arrived.method,
        host: &place.host,
        path: &arrived.path,
        query: &arrived.query,
        headers: &headers,
        payload: leaving.payload(),
    };
    let scope = Scope { region: &place.region, service: place.service, now: clock::now() };
    let signed = sign::sign(&outgoing, &keys, &scope)
        .map_err(|error| Refusal::malformed(format!("NOT executed: {error}")))?;
    Ok(Ready { signed, body: leaving.body })
}

/// The name that CloudTrail shows beside the role.
fn user_agent(change: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    change.map_or_else(|| format!("holdpoint/{version}"), |id| format!("holdpoint/{version} change/{id}"))
}

/// With which real identity the calls of its key are made.
pub(super) fn bound(app: &AppState, arrived: &Arrived) -> Binding {
    let agent = &arrived.key.agent.name;
    match &arrived.key.opens.role {
        Some(assumed) => {
            let external_id = app.config.aws.agents.get(agent).and_then(|own| own.external_id.clone());
            Binding { account: None, role: Some(assumed.role.clone()), external_id }
        }
        None => binding(&app.config, agent),
    }
}

async fn keys(
    app: &AppState,
    gateway: &Gateway,
    arrived: &Arrived,
    change: Option<&str>,
) -> Result<Keys, Refusal> {
    let agent = &arrived.key.agent.name;
    let binding = bound(app, arrived);
    let real = gateway.real(&app.config.aws.region).await.map_err(Refusal::unavailable)?;
    // A session of its own for each change, so that CloudTrail can be joined; reads share one.
    let bearer = Bearer { agent: agent.clone(), change: change.map(str::to_owned) };
    real.of(&binding, &bearer, clock::now())
        .await
        .map_err(|error| Refusal::unavailable(format!("NOT executed: {error}")))
}

/// Where a call goes, and as what it is signed.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) region: String,
    pub(super) service: &'static str,
}

impl Place {
    pub(super) fn of(app: &AppState, arrived: &Arrived) -> Result<Self, Refusal> {
        let call = &arrived.call;
        let Some(service) = index::service(&call.service) else {
            return Err(Refusal::malformed(format!("NOT executed: there is no service `{}`", call.service)));
        };
        let allowed = &app.config.aws.regions;
        if !allowed.is_empty() && !allowed.contains(&call.region) {
            return Err(Refusal::denied(format!(
                "NOT executed: Holdpoint is not configured for the region `{}`; `aws.regions` names those that it is",
                call.region
            )));
        }
        let found = host::of(service.endpoint_prefix, &call.region)
            .map_err(|error| Refusal::denied(format!("NOT executed: {error}")))?;
        let host = match &arrived.way {
            Way::Proxy(host) => host.to_string(),
            Way::Endpoint => found.name,
        };
        Ok(Self { host, region: found.region, service: service.signing_name })
    }
}

fn unsent(error: &Unsent) -> Refusal {
    match error {
        Unsent::Unanswered { .. } => Refusal {
            status: StatusCode::FORBIDDEN,
            code: "AccessDenied".into(),
            says: format!("The outcome is not known: {error}. Look at the real state before you repeat it"),
        },
        _ => Refusal::unavailable(format!("NOT executed: {error}")),
    }
}

/// An answer that streams through.
fn stream(answer: Response<Incoming>) -> Reply {
    let (head, body) = answer.into_parts();
    let body: Body = body.map_err(Into::into).boxed_unsync();
    let mut reply = Response::new(body);
    *reply.status_mut() = head.status;
    *reply.headers_mut() = passing(&head.headers);
    reply
}

/// The headers of an answer, without those that belong to the connection.
fn passing(headers: &http::HeaderMap) -> http::HeaderMap {
    const HOP: [HeaderName; 5] = [
        http::header::CONNECTION,
        http::header::TRANSFER_ENCODING,
        http::header::TE,
        http::header::TRAILER,
        http::header::UPGRADE,
    ];
    let mut kept = headers.clone();
    for name in HOP {
        kept.remove(name);
    }
    kept.remove("keep-alive");
    kept
}
