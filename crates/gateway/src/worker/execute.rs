//! Carries out what the daemon itself carries out: commands on machines. It claims right before it starts, starts once
//! in a change's life, and follows what runs, whoever started it. Killed at any instruction, another round or another
//! replica goes on: what was sent is found by its attempt, and never sent again.

use std::time::Duration;

use holdpoint_cloud::ssm::{ExecutionId, Order, Progress, Run, RunbookError, Runner, StartError};
use holdpoint_core::{AttemptId, ChangeId, ClaimRequest, Digest, Grant, GrantId, Outcome, StateName};
use holdpoint_store::changes::{self, Claim, ClaimError, StoredChange};
use holdpoint_store::executions::{self, Pace, Taken};
use holdpoint_store::inventory;

use crate::api::claim;
use crate::ssm::{Document, NotComplete};
use crate::{ApiError, AppState, clock, random};

/// How many are looked after at the same time.
const BATCH: u32 = 20;
/// How long a claim waits for the ledger to take up what it rests on.
const RECORDING: Duration = Duration::from_secs(5);
const SILENCE: time::Duration = time::Duration::seconds(10);
const MEMORY: time::Duration = time::Duration::hours(24);

/// Why a round did not get further with one execution; the next one tries again.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Store(#[from] holdpoint_store::Error),
    #[error("{0}")]
    Api(String),
    #[error("{0}")]
    Aws(String),
}

impl From<ApiError> for Stuck {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Store(error) => Self::Store(error),
            other => Self::Api(other.problem().detail),
        }
    }
}

pub(super) async fn run(app: AppState) {
    if !app.config.ssm.enabled {
        return std::future::pending().await;
    }
    let me = loop {
        match random::secret("daemon_") {
            Ok(me) => break me,
            Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    };
    let between = Duration::from_millis(u64::from(app.config.ssm.look_milliseconds));
    loop {
        if let Err(error) = round(&app, &me).await {
            super::failed(&app, "execute", &error).await;
        }
        tokio::time::sleep(super::jittered(between.min(Duration::from_secs(1)) / 2)).await;
    }
}

async fn round(app: &AppState, me: &str) -> Result<(), holdpoint_store::Error> {
    let between = time::Duration::milliseconds(i64::from(app.config.ssm.look_milliseconds));
    let pace = Pace { silence: SILENCE.max(between * 3), between, memory: MEMORY };
    let taken = executions::take(&mut *app.db.conn().await?, me, pace, BATCH).await?;
    let steps = taken.iter().map(|one| async {
        if let Err(stuck) = step(app, one).await {
            tracing::warn!(change = %one.change, error = %stuck, "an execution got no further; it is looked at again");
        }
    });
    futures_util::future::join_all(steps).await;
    Ok(())
}

/// Everything that one look at an execution needs.
struct At<'a> {
    app: &'a AppState,
    taken: &'a Taken,
    stored: StoredChange,
    document: Document,
    runner: Runner,
}

async fn step(app: &AppState, taken: &Taken) -> Result<(), Stuck> {
    let stored = changes::get(&mut *app.db.conn().await?, taken.change).await?;
    // The database says so too. What is carried out is what was judged, to the byte.
    if stored.source.plan_sha256 != Some(Digest::of(&taken.document)) {
        return Err(Stuck::Api("what is to run is not what was judged".to_owned()));
    }
    let document = Document::read(&taken.document).map_err(|error| Stuck::Api(error.to_string()))?;
    let region = document.region().unwrap_or_default();
    let runner = app.runners.of(&app.config, &stored.requester.name, region).await.map_err(Stuck::Aws)?;
    let at = At { app, taken, stored, document, runner };
    match (at.stored.state.name(), &taken.execution) {
        (StateName::Allowed | StateName::Approved, _) => at.begin().await,
        (StateName::Executing | StateName::Unknown, Some(id)) => at.follow(&ExecutionId::new(id)).await,
        (StateName::Executing | StateName::Unknown, None) => at.seek().await,
        _ => Ok(()),
    }
}

impl At<'_> {
    fn id(&self) -> ChangeId {
        self.taken.change
    }

    /// Looks at everything once more, claims, and starts.
    async fn begin(&self) -> Result<(), Stuck> {
        let change = changes::load(&mut *self.app.db.conn().await?, self.id()).await?;
        claim::still(self.app, &self.stored.requester, &self.stored, &change, &self.stored.source).await?;
        let order = match self.order().await {
            Ok(order) => order,
            Err(NotComplete::Unanswered(why)) => return Err(Stuck::Aws(why)),
            Err(NotComplete::Wrong(why)) => return self.refused(&why).await,
        };
        let prepared = match self.runner.prepare(&order).await {
            Ok(prepared) => prepared,
            Err(error) if passes(&error) => return Err(Stuck::Aws(error.to_string())),
            Err(error) => return self.refused(&error.to_string()).await,
        };
        let Some(grant) = self.claim().await? else { return Ok(()) };
        let attempt = grant.attempt();
        tracing::info!(change = %self.id(), %attempt, machines = order.instances().len(), "starting an execution");
        match self.runner.start(grant, prepared).await {
            Ok(execution) => self.started(&execution).await,
            Err(error) if error.nothing_started() => {
                self.report(attempt, Outcome::Failed, &format!("not executed: {error}")).await
            }
            Err(error) => Err(Stuck::Aws(error.to_string())),
        }
    }

    async fn order(&self) -> Result<Order, NotComplete> {
        if self.app.config.ssm.install_runbook {
            match self.runner.ensure_runbook().await {
                Err(RunbookError::Trouble(trouble)) if !trouble.is_refusal() => {
                    return Err(NotComplete::Unanswered(trouble.to_string()));
                }
                // What is wrong with it is said when it is needed.
                Ok(_) | Err(_) => {}
            }
        }
        self.document.order(&self.runner).await
    }

    /// The right to start it, once in the change's life. None where somebody else has it.
    async fn claim(&self) -> Result<Option<Grant>, Stuck> {
        let bits = || random::id_bits().map_err(ApiError::from);
        let request = ClaimRequest {
            attempt: AttemptId::new(clock::now(), bits()?),
            digest: self.stored.digest,
            source: self.stored.source.clone(),
        };
        let (db, lease) = (&self.app.db, self.app.config.times.lease());
        let began = tokio::time::Instant::now();
        loop {
            let grant = GrantId::new(clock::now(), bits()?);
            let who = &self.stored.requester;
            match changes::claim(db, self.id(), who, &request, Some("aws ssm"), lease, grant).await {
                Ok(Claim::Granted(grant, _)) => {
                    self.app.hub.committed(self.id());
                    return Ok(Some(grant));
                }
                Ok(Claim::Again(_)) => return Ok(None),
                // People's approvals go under a signed checkpoint first; that takes the sequencer milliseconds.
                Err(ClaimError::NotRecorded) if began.elapsed() < RECORDING => {
                    self.app.hub.recorded();
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(ClaimError::Refused(refusal)) => {
                    tracing::debug!(change = %self.id(), %refusal, "not claimed");
                    return Ok(None);
                }
                Err(error) => return Err(ApiError::from(error).into()),
            }
        }
    }

    /// It can never be carried out as it was judged: the right to it is used up, and nothing was sent.
    async fn refused(&self, why: &str) -> Result<(), Stuck> {
        let Some(grant) = self.claim().await? else { return Ok(()) };
        self.report(grant.attempt(), Outcome::Failed, &format!("not executed: {why}")).await
    }

    async fn started(&self, execution: &ExecutionId) -> Result<(), Stuck> {
        executions::started(&mut *self.app.db.conn().await?, self.id(), execution.as_str()).await?;
        self.app.hub.committed(self.id());
        tracing::info!(change = %self.id(), %execution, "an execution runs");
        Ok(())
    }

    /// It was claimed, and the answer to the start was lost: it is looked for, never sent again. Where nothing is found
    /// until the lease ends, its outcome is unknown.
    async fn seek(&self) -> Result<(), Stuck> {
        let Some(attempt) = &self.stored.attempt else { return Ok(()) };
        match self.runner.find(attempt.id).await {
            Ok(Some(execution)) => {
                self.started(&execution).await?;
                self.follow(&execution).await
            }
            Ok(None) => Ok(()),
            Err(error) => Err(Stuck::Aws(error.to_string())),
        }
    }

    async fn follow(&self, execution: &ExecutionId) -> Result<(), Stuck> {
        let Some(attempt) = self.stored.attempt.as_ref().map(|attempt| attempt.id) else { return Ok(()) };
        if self.stored.state.name() == StateName::Executing {
            self.renew(attempt).await?;
        }
        if self.taken.to_cancel {
            self.runner.cancel(execution).await.map_err(|trouble| Stuck::Aws(trouble.to_string()))?;
        }
        let before: Option<Progress> =
            self.taken.progress.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let (machines, errors) = self.document.watched().map_err(|error| Stuck::Api(error.to_string()))?;
        let seen = self.runner.follow(execution, &machines, errors, before.as_ref()).await;
        let seen = seen.map_err(|trouble| Stuck::Aws(trouble.to_string()))?;
        if before.as_ref() != Some(&seen) || self.taken.to_cancel {
            let text = serde_json::to_string(&seen).map_err(ApiError::from)?;
            let mut conn = self.app.db.conn().await?;
            executions::looked(&mut conn, self.id(), &text, self.taken.to_cancel).await?;
            drop(conn);
            self.app.hub.moved([self.id()]);
        }
        match seen.run {
            Run::Running | Run::Stopping => Ok(()),
            Run::Success => self.report(attempt, Outcome::Applied, "every machine succeeded").await,
            Run::Failed(why) | Run::Cancelled(why) => self.report(attempt, Outcome::Failed, &why).await,
        }
    }

    async fn renew(&self, attempt: AttemptId) -> Result<(), Stuck> {
        let mut tx = self.app.db.begin().await?;
        let lease = self.app.config.times.lease();
        match changes::renew(&mut tx, self.id(), &self.stored.requester, attempt, lease).await {
            Ok(_) => tx.commit().await.map_err(holdpoint_store::Error::from)?,
            // Its time ran out a moment ago: how it ended is reported all the same.
            Err(holdpoint_store::Error::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn report(&self, attempt: AttemptId, outcome: Outcome, detail: &str) -> Result<(), Stuck> {
        let mut tx = self.app.db.begin().await?;
        let who = &self.stored.requester;
        changes::report(&mut tx, self.id(), who, attempt, outcome, None, Some(detail)).await?;
        if outcome == Outcome::Applied {
            inventory::carried_out(&mut tx, self.id()).await?;
        }
        tx.commit().await.map_err(holdpoint_store::Error::from)?;
        tracing::info!(change = %self.id(), %attempt, outcome = outcome.as_str(), "an execution ended");
        self.app.hub.committed(self.id());
        Ok(())
    }
}

/// Whether asking again may bring another answer.
fn passes(error: &StartError) -> bool {
    use holdpoint_cloud::ssm::DocumentError;
    match error {
        StartError::Document(DocumentError::Trouble(trouble))
        | StartError::Runbook(
            RunbookError::Trouble(trouble) | RunbookError::Document(DocumentError::Trouble(trouble)),
        ) => !trouble.is_refusal(),
        StartError::Document(DocumentError::NotActive { .. })
        | StartError::Runbook(RunbookError::NotYet(_)) => true,
        _ => false,
    }
}
