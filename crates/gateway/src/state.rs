use std::sync::Arc;

use holdpoint_policy::Bundle;
use holdpoint_store::Db;
use holdpoint_store::ledger::LedgerKey;
use tokio::sync::{Semaphore, watch};

use crate::aws::Gateway;
use crate::config::Config;
use crate::facts::{Lessons, LookUp};
use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::ssm::Runners;

/// Everything a handler or worker needs; cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// The policy set in force.
    pub policies: Arc<Bundle>,
    /// Who waits for which change.
    pub hub: Hub,
    /// The configuration.
    pub config: Arc<Config>,
    /// Signs the ledger's checkpoints.
    pub ledger_key: Arc<LedgerKey>,
    /// Figures for Prometheus.
    pub(crate) metrics: Arc<Metrics>,
    /// How many large documents are read at the same time; each costs about its own size in memory.
    pub(crate) readers: Arc<Semaphore>,
    /// Live look-ups, asked in this order.
    pub(crate) look_ups: Arc<[Box<dyn LookUp>]>,
    /// What documents teach the inventory, on its way there.
    pub(crate) lessons: Arc<Lessons>,
    /// Who carries out commands on machines.
    pub(crate) runners: Arc<Runners>,
    /// The AWS gateway, if it is served.
    pub(crate) aws: Option<Arc<Gateway>>,
    /// Becomes true when the daemon is to end.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl AppState {
    pub(crate) fn new(
        db: Db,
        policies: Arc<Bundle>,
        config: Arc<Config>,
        ledger_key: Arc<LedgerKey>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        let hub = Hub::default();
        hub.learn_calendar(crate::worker::calendar::unasked(&config.ssm.calendars));
        let readers = Arc::new(Semaphore::new(config.limits.documents_at_once));
        Self {
            db,
            policies,
            hub,
            config,
            ledger_key,
            metrics: Arc::default(),
            readers,
            look_ups: Arc::from(Vec::new()),
            lessons: Arc::default(),
            runners: Arc::default(),
            aws: None,
            stopping,
        }
    }

    /// Resolves when the daemon is to end.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        let _ = stopping.wait_for(|stop| *stop).await;
    }
}
