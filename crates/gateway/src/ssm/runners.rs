use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use holdpoint_cloud::credentials::{Bearer, Binding, Real};
use holdpoint_cloud::send::{Sender, Settings};
use holdpoint_cloud::ssm::{Access, Runner};
use tokio::sync::OnceCell;

use crate::clock;
use crate::config::Config;

/// One runner for each requester and region. Nothing is connected to, and no credential looked for, until one is needed.
#[derive(Debug, Default)]
pub(crate) struct Runners {
    real: OnceCell<Real>,
    made: Mutex<HashMap<(String, String), Runner>>,
}

impl Runners {
    /// The runner that acts for the requester of this name, in a region.
    pub(crate) async fn of(&self, config: &Config, requester: &str, region: &str) -> Result<Runner, String> {
        let key = (requester.to_owned(), region.to_owned());
        if let Some(runner) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(runner.clone());
        }
        let real = self.real.get_or_try_init(|| real(config)).await?.clone();
        let bearer = Bearer { agent: requester.to_owned(), change: None };
        let endpoint = config.aws.upstream.clone();
        let access = Access::behind(real, binding(config, requester), bearer, clock::now, region, endpoint);
        let runner = Runner::new(access, &config.ssm.runbook);
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, runner.clone());
        Ok(runner)
    }
}

async fn real(config: &Config) -> Result<Real, String> {
    let settings = Settings { upstream: config.aws.upstream.clone(), ..Settings::default() };
    let sender = Sender::new(&settings).map_err(|error| format!("`aws.upstream`: {error}"))?;
    Real::from_chain(&config.aws.region, sender).await.map_err(|error| error.to_string())
}

/// The role that stands behind a requester: its own, or everyone's.
fn binding(config: &Config, requester: &str) -> Binding {
    let (aws, own) = (&config.aws, config.aws.agents.get(requester));
    match own.filter(|own| own.role.is_some()) {
        Some(own) => Binding {
            account: own.account.clone().or_else(|| aws.account.clone()),
            role: own.role.clone(),
            external_id: own.external_id.clone(),
        },
        // An account without a role only says where the daemon itself is.
        None => Binding {
            account: aws.role.as_ref().and(aws.account.clone()),
            role: aws.role.clone(),
            external_id: aws.external_id.clone(),
        },
    }
}
