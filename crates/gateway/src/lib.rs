//! Holdpoint's daemon and command line: the HTTP API, the web UI, the workers, and the `holdpoint` command.

pub mod api;
pub mod auth;
mod aws;
pub mod cli;
mod clock;
pub mod config;
mod error;
mod facts;
mod hub;
mod judge;
mod metrics;
mod phrase;
mod random;
mod reconcile;
mod router;
mod ssm;
mod state;
mod telemetry;
mod web;
mod worker;

pub use error::{ApiError, Problem};
pub use hub::Hub;
pub use state::AppState;

use std::future::Future;
use std::sync::Arc;

use holdpoint_policy::Bundle;
use holdpoint_store::Db;
use holdpoint_store::cluster::Cluster;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::Config;

/// Why the daemon does not start or had to end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing can be served there.
    #[error("cannot listen on {address}: {source}{}", busy_hint(.source))]
    Listen {
        /// The address asked for.
        address: String,
        /// The system's word.
        source: std::io::Error,
    },
    /// The policies do not load; nothing is guarded by half a policy set.
    #[error("the policies do not load: {0}")]
    Policy(#[from] holdpoint_policy::PolicyError),
    /// The database's own trouble.
    #[error("the database: {0}")]
    Store(#[from] holdpoint_store::Error),
    /// The private database's trouble.
    #[error("the private Postgres: {0}")]
    Cluster(#[from] holdpoint_store::cluster::ClusterError),
    /// The configuration cannot be used.
    #[error("{0}")]
    Config(#[from] config::ConfigError),
    /// The server stopped by itself.
    #[error("the server ended: {0}")]
    Serve(std::io::Error),
}

fn busy_hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "; another program, perhaps another holdpoint, has that port: stop it, or choose another with --listen"
        }
        _ => "",
    }
}

/// Where a running daemon listens.
#[derive(Debug, Clone, Copy)]
pub struct Listening {
    /// API and web UI.
    pub api: std::net::SocketAddr,
    /// The AWS gateway, if it is served.
    pub aws: Option<std::net::SocketAddr>,
}

async fn bind(address: std::net::SocketAddr) -> Result<(TcpListener, std::net::SocketAddr), RunError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| RunError::Listen { address: address.to_string(), source })?;
    let local = listener.local_addr().map_err(RunError::Serve)?;
    Ok((listener, local))
}

/// Serves until `shutdown` completes. `ready` is called once with the address that is listened on, after
/// the listener is bound; a private `cluster` that dies is started again; requests are answered from then on, with 503 until the database can be reached.
///
/// # Errors
/// If the policies, the key or the listener cannot be had, or the server ends by itself.
pub async fn run(
    config: Config,
    cluster: Option<Arc<Cluster>>,
    ready: impl FnOnce(Listening),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), RunError> {
    let policies = match &config.policy.dir {
        Some(dir) => Bundle::load(dir)?,
        None => Bundle::builtin()?,
    };
    let ledger_key = config.ledger_key()?;
    let db = Db::connect(config.database_url()?, config.database.max_connections).await?;
    let (stop, stopping) = watch::channel(false);
    let (listener, local) = bind(config.listen).await?;
    let aws = if config.aws.enabled { Some(bind(config.aws.listen).await?) } else { None };
    let mut config = config;
    config.learn_addresses(local, aws.as_ref().map(|(_, local)| *local));
    let listening = Listening { api: local, aws: aws.as_ref().map(|(_, local)| *local) };
    let mut app =
        AppState::new(db, Arc::new(policies), Arc::new(config), Arc::new(ledger_key), stopping.clone());
    let mut gateway = None;
    if let Some((listener, _)) = aws {
        let (served, jobs) = aws::Gateway::new(&app.config)?;
        if app.config.aws.look_ups {
            let look_up: Box<dyn facts::LookUp> =
                Box::new(facts::AwsLookUp::new(Arc::clone(&served), Arc::clone(&app.config)));
            app.look_ups = Arc::from(vec![look_up]);
        }
        app.aws = Some(served);
        gateway = Some((listener, jobs));
    }
    let workers = worker::start(&app, cluster, stopping, gateway);
    ready(listening);
    let ended = async move {
        shutdown.await;
        // Waiters answer with what they know, streams end, workers finish their step.
        let _ = stop.send(true);
    };
    let served = axum::serve(listener, router::router(app)).with_graceful_shutdown(ended).await;
    workers.join().await;
    served.map_err(RunError::Serve)
}
