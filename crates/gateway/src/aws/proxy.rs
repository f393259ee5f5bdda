//! `CONNECT`: clients and hosts that the endpoint setting does not reach come through HTTPS_PROXY. Connections to AWS are
//! opened with Holdpoint's own certificate, hosts that are configured pass untouched, and everything else is refused: a
//! host that only looks like AWS's is never let through unseen.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use holdpoint_cloud::host::{Destination, recognise};
use http::{Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::answer::whole;
use super::serve::{Way, connection};
use super::{Gateway, Reply};
use crate::{AppState, clock};

/// A handshake or connection that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers a `CONNECT`; what follows on the connection is taken up by a task of its own.
pub(super) fn connect(app: &AppState, gateway: &Arc<Gateway>, request: hyper::Request<Incoming>) -> Reply {
    let Some(authority) = request.uri().authority().cloned() else {
        return plain(StatusCode::BAD_REQUEST, "CONNECT needs a host and a port");
    };
    let (host, port) = (authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(443));
    let upgraded = hyper::upgrade::on(request);
    match recognise(&host) {
        Destination::Aws if port == 443 => {
            let (app, at) = (app.clone(), Arc::clone(gateway));
            gateway.tasks.spawn(async move {
                if let Ok(stream) = upgraded.await {
                    intercept(app, &at, host.into(), TokioIo::new(stream)).await;
                }
            });
            Response::new(whole(Bytes::new()))
        }
        Destination::Elsewhere if tunnels(&app.config.aws.tunnel, &host) => {
            gateway.tasks.spawn(async move {
                if let Ok(stream) = upgraded.await {
                    tunnel(&host, port, TokioIo::new(stream)).await;
                }
            });
            Response::new(whole(Bytes::new()))
        }
        Destination::Elsewhere => plain(
            StatusCode::FORBIDDEN,
            &format!("Holdpoint's proxy passes AWS's hosts and those in `aws.tunnel`; {host} is neither"),
        ),
        Destination::Aws => plain(
            StatusCode::FORBIDDEN,
            &format!("{host} is AWS's, and port {port} is not: only 443 is passed on"),
        ),
        Destination::Refused(why) => {
            plain(StatusCode::FORBIDDEN, &format!("{host}:{port} is not passed on: {why}"))
        }
    }
}

async fn intercept<S>(app: AppState, gateway: &Gateway, host: Arc<str>, stream: S)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let config = match gateway.authority.speaks_as(&host, clock::now()) {
        Ok(config) => config,
        Err(error) => {
            tracing::warn!(error, "a connection through the proxy was not opened");
            return;
        }
    };
    match tokio::time::timeout(PATIENCE, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(tls)) => connection(app, Way::Proxy(host), tls).await,
        // Most often a client that was not told to trust the authority.
        Ok(Err(error)) => tracing::info!(%host, %error, "a client did not accept the proxy's certificate"),
        Err(_) => {}
    }
}

async fn tunnel<S>(host: &str, port: u16, mut stream: S)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    if let Ok(Ok(mut upstream)) = tokio::time::timeout(PATIENCE, TcpStream::connect((host, port))).await {
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut upstream).await;
    }
}

fn tunnels(allowed: &[String], host: &str) -> bool {
    allowed.iter().any(|pattern| match pattern.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
        None => host == pattern,
    })
}

fn plain(status: StatusCode, says: &str) -> Reply {
    let mut reply = Response::new(whole(format!("{says}\n").into()));
    *reply.status_mut() = status;
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_hosts_are_tunnelled() {
        let allowed = ["registry.terraform.io".to_owned(), "*.github.com".to_owned()];
        for (host, passes) in [
            ("registry.terraform.io", true),
            ("api.github.com", true),
            ("github.com", false),
            ("evilgithub.com", false),
            ("x.registry.terraform.io", false),
            ("169.254.169.254", false),
        ] {
            assert_eq!(tunnels(&allowed, host), passes, "{host}");
        }
    }
}
