//! `holdpoint serve` and `holdpoint migrate`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use holdpoint_store::cluster::{self, Cluster};

use crate::cli::exit::{Exit, Failure};
use crate::cli::print;
use crate::cli::signals;
use crate::config::Config;
use crate::{RunError, telemetry};

/// Run the daemon.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  holdpoint serve --config /etc/holdpoint/holdpoint.toml\n\nAny number of replicas may run on one Postgres."
)]
pub(crate) struct Serve {
    /// The configuration; `deploy/holdpoint.example.toml` explains every key.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Serve {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let config = Config::read(&self.config)?;
        telemetry::start(config.log.format, &config.log.filter);
        runtime()?.block_on(async move {
            let (config, cluster) = with_database(config).await?;
            let url = config.url();
            let ready = move |listening: crate::Listening| {
                let aws = listening.aws.map(tracing::field::display);
                tracing::info!(address = %listening.api, aws, url, "serving");
            };
            let served = crate::run(config, cluster.clone(), ready, signals::asked_to_end()).await;
            stop(cluster).await;
            served?;
            Ok(Exit::Ok)
        })
    }
}

/// Bring the database's schema up to date, as the role that owns it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  holdpoint migrate --config /etc/holdpoint/holdpoint.toml")]
pub(crate) struct Migrate {
    /// The configuration; `database.owner_url` is used, or `database.url` when it is absent.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Migrate {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let config = Config::read(&self.config)?;
        runtime()?.block_on(async move {
            let database = &config.database;
            match database.owner_url.as_deref().or(database.url.as_deref()) {
                Some(url) => holdpoint_store::migrate(url).await?,
                None => {
                    // The private database is migrated whenever it is opened.
                    let (_, cluster) = with_database(config).await?;
                    stop(cluster).await;
                }
            }
            print::say("the schema is up to date");
            Ok(Exit::Ok)
        })
    }
}

/// The stack of each thread, reserved and not used up: judging a call is many futures deep, and in a build without
/// optimisation the usual two megabytes are hardly enough.
const STACK: usize = 8 << 20;

/// The runtime of the daemon.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(STACK)
        .enable_all()
        .build()
        .map_err(Failure::internal)
}

/// With no database configured, the private Postgres under the data directory: started or re-attached, and migrated.
pub(crate) async fn with_database(mut config: Config) -> Result<(Config, Option<Arc<Cluster>>), Failure> {
    if config.database.url.is_some() {
        return Ok((config, None));
    }
    let options = cluster::Options { pg_bin: crate::config::pg_bin(), path: crate::config::path() };
    let base = config.data_dir.join("postgres");
    let cluster = Cluster::ensure(&base, &options).await.map_err(RunError::from)?;
    holdpoint_store::migrate(&cluster.owner_url()).await?;
    config.database.url = Some(cluster.app_url());
    config.database.owner_url = Some(cluster.owner_url());
    Ok((config, Some(Arc::new(cluster))))
}

/// Stops the private Postgres, if this process is the last that holds it.
pub(crate) async fn stop(cluster: Option<Arc<Cluster>>) {
    if let Some(cluster) = cluster.and_then(Arc::into_inner)
        && let Err(error) = cluster.stop().await
    {
        tracing::warn!(%error, "the private Postgres was not stopped");
    }
}
