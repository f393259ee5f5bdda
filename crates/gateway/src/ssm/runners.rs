use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdpoint_cloud::ask::{Asker, Times};
use holdpoint_cloud::calendar::{Calendar, calendar};
use holdpoint_cloud::credentials::{Bearer, Binding, Real};
use holdpoint_cloud::look::View;
use holdpoint_cloud::send::{Sender, Settings};
use holdpoint_cloud::ssm::{Access, Runner};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::clock;
use crate::config::Config;

/// One runner for each requester and region. Nothing is connected to, and no credential looked for, until one is needed.
#[derive(Debug, Default)]
pub(crate) struct Runners {
    real: OnceCell<Real>,
    made: Mutex<HashMap<(String, String), Runner>>,
    asker: OnceCell<Asker>,
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

impl Runners {
    /// What the configured calendars say together, by the daemon's own credential.
    pub(crate) async fn calendar(&self, config: &Config) -> Calendar {
        let asker = self.asker.get_or_try_init(|| async {
            let real = self.real.get_or_try_init(|| real(config)).await?.clone();
            let binding = binding(config, "");
            Ok(Asker::new(
                sender(config)?,
                real,
                binding,
                Bearer { agent: "holdpoint".to_owned(), change: None },
            ))
        });
        let asker = match asker.await {
            Ok(asker) => asker,
            Err(why) => {
                let why: String = why;
                return Calendar::Unknown(why);
            }
        };
        let times = Times { now: clock::now(), deadline: Instant::now() + PATIENCE, cached: false };
        let region = config.ssm.region.as_deref().unwrap_or(&config.aws.region);
        calendar(&View { asker, region, times }, &config.ssm.calendars).await
    }
}

/// How long the calendars have to answer.
const PATIENCE: Duration = Duration::from_secs(10);

fn sender(config: &Config) -> Result<Sender, String> {
    let settings = Settings { upstream: config.aws.upstream.clone(), ..Settings::default() };
    Sender::new(&settings).map_err(|error| format!("`aws.upstream`: {error}"))
}

async fn real(config: &Config) -> Result<Real, String> {
    Real::from_chain(&config.aws.region, sender(config)?).await.map_err(|error| error.to_string())
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
