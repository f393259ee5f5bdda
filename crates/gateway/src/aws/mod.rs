//! The AWS gateway: agents' unmodified clients sign with keys that Holdpoint issued; every call is understood, judged, and
//! signed again with a real credential that never leaves the daemon.
//!
//! A call's way: [`serve`] takes it in, [`arrive`] verifies its signature and recognises it, [`road`] finds what lets it
//! pass, [`forward`] sends it, [`answer`] says no in the request's own protocol.

mod answer;
mod arrive;
mod assume;
mod born;
mod ca;
mod command;
mod cover;
mod dry_run;
mod ends;
mod forward;
mod gather;
mod invocation;
mod keys;
mod leaving;
mod parameter;
mod presigned;
mod proxy;
mod road;
mod serve;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use holdpoint_cloud::credentials::{Binding, Real};
use holdpoint_cloud::send::{Sender, Settings};
use holdpoint_cloud::verify::replay::Replay;
use holdpoint_intake::aws::Call;
use http::Response;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::sync::{OnceCell, mpsc};

use crate::AppState;
use crate::config::Config;

pub(crate) use ca::NAME as AUTHORITY;
pub(crate) use ends::end_over;
pub(crate) use keys::Keys;
pub(crate) use serve::run;

/// How many signatures of writes are remembered; about 200 bytes each.
const SIGNATURES: usize = 200_000;

/// A body on its way back to a client.
pub(crate) type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;
/// An answer to a client.
pub(crate) type Reply = Response<Body>;

/// What the gateway holds besides the daemon's state.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) keys: Keys,
    gathering: gather::Gathering,
    covers: cover::Covers,
    invocations: invocation::Invocations,
    reads: road::Reads,
    replay: Replay,
    pub(crate) sender: Sender,
    real: OnceCell<Real>,
    pub(crate) authority: ca::Authority,
    tasks: Tasks,
}

impl Gateway {
    /// Connects to nothing yet, and looks for no credential until one is needed.
    pub(crate) fn new(config: &Config) -> Result<(Arc<Self>, Jobs), crate::RunError> {
        let settings = Settings { upstream: config.aws.upstream.clone(), ..Settings::default() };
        let sender = Sender::new(&settings).map_err(|error| crate::config::ConfigError::Value {
            key: "aws.upstream",
            why: error.to_string(),
        })?;
        let authority =
            ca::Authority::load_or_create(&config.data_dir, crate::clock::now()).map_err(|why| {
                crate::config::ConfigError::Value {
                    key: "data_dir",
                    why: format!("the proxy's certificates: {why}"),
                }
            })?;
        let (tasks, jobs) = mpsc::unbounded_channel();
        let gateway = Self {
            keys: Keys::new(config.aws_key()?),
            gathering: gather::Gathering::default(),
            covers: cover::Covers::default(),
            invocations: invocation::Invocations::default(),
            reads: road::Reads::default(),
            replay: Replay::new(SIGNATURES),
            sender,
            real: OnceCell::new(),
            authority,
            tasks: Tasks(tasks),
        };
        Ok((Arc::new(gateway), Jobs(jobs)))
    }

    /// The real credentials, looked for when they are first needed.
    pub(crate) async fn real(&self, region: &str) -> Result<&Real, String> {
        self.real
            .get_or_try_init(|| Real::from_chain(region, self.sender.clone()))
            .await
            .map_err(|error| error.to_string())
    }
}

/// Work that must end even when the client that asked for it has gone: a call that was sent, a change being recorded.
#[derive(Debug, Clone)]
pub(crate) struct Tasks(mpsc::UnboundedSender<Job>);
type Job = Pin<Box<dyn Future<Output = ()> + Send>>;
/// The other end of [`Tasks`], where the server takes them up.
pub(crate) struct Jobs(mpsc::UnboundedReceiver<Job>);

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jobs")
    }
}

impl Tasks {
    fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        // The server ends after everything else; what is lost then, it would not have run either.
        let _ = self.0.send(Box::pin(job));
    }
}

/// With which real identity an agent's calls are made.
pub(crate) fn binding(config: &Config, agent: &str) -> Binding {
    let own = config.aws.agents.get(agent).filter(|own| own.role.is_some() || own.account.is_some());
    match own {
        Some(own) => Binding {
            account: own.account.clone(),
            role: own.role.clone(),
            external_id: own.external_id.clone(),
        },
        None => Binding {
            account: config.aws.account.clone().filter(|_| config.aws.role.is_some()),
            role: config.aws.role.clone(),
            external_id: config.aws.external_id.clone(),
        },
    }
}

/// How many objects lie below a prefix, as far as it can be counted; a thousand where it cannot.
async fn count_below(app: &AppState, call: &Call, bucket: &str, prefix: &str) -> u32 {
    const UNCOUNTED: u32 = 1_000;
    let limit = Duration::from_secs(3);
    match tokio::time::timeout(limit, crate::facts::count_below(app, call, bucket, prefix)).await {
        Ok(Some(count)) => count,
        _ => UNCOUNTED,
    }
}
