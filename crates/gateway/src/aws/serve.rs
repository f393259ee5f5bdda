//! Taking calls in: the endpoint, and the proxy whose connections are opened with Holdpoint's own certificates.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::answer::{Refusal, refuse};
use super::{Gateway, Jobs, Reply, arrive, assume, command, forward, parameter, proxy, road};
use crate::AppState;

/// How a request came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// By the endpoint: the `Host` header is Holdpoint's own.
    Endpoint,
    /// Through the proxy, to this host.
    Proxy(Arc<str>),
}

/// A client that has not sent its head by then is let go.
const HEAD: Duration = Duration::from_secs(30);
/// How long calls under way may take to end when the daemon ends.
const ENDING: Duration = Duration::from_secs(20);

/// Serves until the daemon ends; then waits for what is under way.
pub(crate) async fn run(app: AppState, listener: TcpListener, mut jobs: Jobs) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    tasks.spawn(connection(app.clone(), Way::Endpoint, stream));
                }
                // Out of file descriptors, most often: let some be closed.
                Err(error) => {
                    tracing::warn!(%error, "the AWS gateway could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(job) = jobs.0.recv() => { tasks.spawn(job); }
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
            () = app.stopped() => break,
        }
    }
    drop(listener);
    let all = async {
        loop {
            tokio::select! {
                Some(job) = jobs.0.recv() => { tasks.spawn(job); }
                ended = tasks.join_next() => if ended.is_none() { break },
            }
        }
    };
    let _ = tokio::time::timeout(ENDING, all).await;
}

/// One connection, for as long as it is open.
pub(super) async fn connection<S>(app: AppState, way: Way, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stopping = app.clone();
    let service = service_fn(move |request| {
        let (app, way) = (app.clone(), way.clone());
        async move { Ok::<_, Infallible>(call(app, way, request).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(serving);
    tokio::select! {
        ended = serving.as_mut() => if let Err(error) = ended {
            tracing::debug!(%error, "a connection to the AWS gateway ended");
        },
        () = stopping.stopped() => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}

/// One call, from its head to its answer.
async fn call(app: AppState, way: Way, request: hyper::Request<Incoming>) -> Reply {
    let Some(gateway) = app.aws.clone() else {
        return refuse(
            &Refusal::unavailable("the AWS gateway is not served"),
            holdpoint_intake::aws::Protocol::Query,
            false,
            "",
        );
    };
    if request.method() == http::Method::CONNECT {
        return match way {
            Way::Endpoint => proxy::connect(&app, &gateway, request),
            Way::Proxy(_) => refuse(
                &Refusal::malformed("a connection through the proxy opens no other"),
                holdpoint_intake::aws::Protocol::RestXml,
                false,
                "",
            ),
        };
    }
    let head = request.method() == http::Method::HEAD;
    let arrived = match arrive::read(&app, &gateway, &way, request).await {
        Ok(arrived) => arrived,
        Err(turned) => return refuse(&turned.refusal, turned.protocol, head, &turned.id),
    };
    let (protocol, id) = (arrived.call.protocol, arrived.id.clone());
    match answer(&app, &gateway, arrived).await {
        Ok(reply) => reply,
        Err(stopped) => {
            let id = stopped.change.map_or(id, |change| change.to_string());
            refuse(&stopped.refusal, protocol, head, &id)
        }
    }
}

async fn answer(
    app: &AppState,
    gateway: &Arc<Gateway>,
    arrived: arrive::Arrived,
) -> Result<Reply, road::Stopped> {
    if gateway.reads.known(&arrived) {
        gateway.gathering.listed(&arrived.process, &arrived.call);
        return forward::read(app, gateway, arrived).await;
    }
    if assume::is(&arrived.call) {
        return assume::answer(app, gateway, &arrived).await;
    }
    if command::is(app, &arrived.call) {
        return command::answer(app, &arrived).await;
    }
    let change = road::read(app, &arrived)?;
    if road::is_plain_read(&arrived, &change) && gateway.reads.pass(app, &arrived, &change) {
        gateway.gathering.listed(&arrived.process, &arrived.call);
        return forward::read(app, gateway, arrived).await;
    }
    if parameter::in_clear(app, &arrived).await {
        return forward::read(app, gateway, arrived).await;
    }
    forward::write(app, gateway, arrived, change).await
}
