//! Reconcilers without arguments: woken by a timer or a signal, each reads state and acts, may be killed at any
//! instruction, and holds no transaction across anything else. The only place that starts long-lived tasks.

pub(crate) mod calendar;
mod calls;
mod clock;
mod execute;
mod follow;
pub(crate) mod freeze;
mod keys;
mod learn;
mod listen;
mod revive;
mod sequence;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use holdpoint_store::cluster::Cluster;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::AppState;
use crate::aws::Jobs;
use crate::metrics::count;

/// The running workers.
#[derive(Debug)]
pub(crate) struct Workers {
    tasks: JoinSet<()>,
    /// Servers beside the API's, which finish what is under way.
    served: JoinSet<()>,
}

impl Workers {
    /// Waits until every worker has finished its step; they were told to stop through the channel.
    pub(crate) async fn join(mut self) {
        while self.served.join_next().await.is_some() {}
        let all = async { while self.tasks.join_next().await.is_some() {} };
        // A worker that hangs on a dead database must not keep the process alive: it may be killed at any instruction.
        let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
    }
}

/// Starts one of each.
pub(crate) fn start(
    app: &AppState,
    cluster: Option<Arc<Cluster>>,
    stopping: watch::Receiver<bool>,
    gateway: Option<(TcpListener, Jobs)>,
) -> Workers {
    let mut tasks = JoinSet::new();
    let mut served = JoinSet::new();
    if let Some((listener, jobs)) = gateway {
        // It ends by itself, after the calls that are under way.
        served.spawn(crate::aws::run(app.clone(), listener, jobs));
    }
    for worker in [
        Box::pin(sequence::run(app.clone())) as std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
        Box::pin(follow::run(app.clone())),
        Box::pin(calls::run(app.clone())),
        Box::pin(clock::run(app.clone())),
        Box::pin(execute::run(app.clone())),
        Box::pin(calendar::run(app.clone())),
        Box::pin(freeze::run(app.clone())),
        Box::pin(keys::run(app.clone())),
        Box::pin(learn::run(app.clone())),
        Box::pin(listen::run(app.clone())),
        Box::pin(revive::run(app.clone(), cluster)),
    ] {
        let mut stopping = stopping.clone();
        tasks.spawn(async move {
            tokio::select! {
                () = worker => {}
                _ = stopping.wait_for(|stop| *stop) => {}
            }
        });
    }
    Workers { tasks, served }
}

/// Between 0.75 and 1.25 of the time given, so that replicas do not march in step.
fn jittered(base: Duration) -> Duration {
    let random = crate::random::bytes::<1>().map_or(0.5, |[byte]| f64::from(byte) / 255.0);
    base.mul_f64(0.75 + random / 2.0)
}

/// A step failed; it will be repeated, so it is counted, logged once a time, and waited for a little.
async fn failed(app: &AppState, worker: &'static str, error: &holdpoint_store::Error) {
    count(&app.metrics.worker_failures);
    tracing::warn!(worker, error = %error, "a worker's step failed and will be repeated");
    tokio::time::sleep(jittered(Duration::from_millis(500))).await;
}
