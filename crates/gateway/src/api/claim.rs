//! `POST /v1/changes/{id}/claim`: claim the grant, once; `PUT` renews the attempt's lease while it is at work.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use holdpoint_cloud::credentials::issued_id;
use holdpoint_core::{
    Actor, AttemptId, Change, ChangeId, ClaimRequest, Digest, Format, Grant, GrantId, Source, StateName,
};
use holdpoint_store::aws::keys::{self, Opens};
use holdpoint_store::changes::{self, Claim, ClaimError, StoredChange};
use holdpoint_store::ledger;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::keys::{AwsAccess, access};
use crate::api::view::ChangeView;
use crate::api::{Body, Named, wait};
use crate::auth::Requester;
use crate::facts::{self, Asker};
use crate::{ApiError, AppState, clock, random};

/// What is about to be carried out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewClaim {
    /// `att_…`, chosen by the claimer: a claim whose answer was lost can be asked again with the same one.
    #[schema(value_type = String)]
    attempt: AttemptId,
    /// The digest of what is about to be carried out.
    #[schema(value_type = String)]
    digest: Digest,
    /// The artefact, and the state it builds on.
    #[serde(default)]
    #[schema(value_type = Object)]
    source: Source,
    /// The command that will run; shown to people.
    #[serde(default)]
    command: Option<String>,
}

/// The right to carry the change out, now and once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Claimed {
    /// `grt_…`; absent when this is the answer to a repeated claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) grant: Option<String>,
    /// `att_…`
    pub(crate) attempt: String,
    /// Renew within this many seconds, or the outcome becomes unknown.
    pub(crate) lease_seconds: u32,
    /// The newest signed checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checkpoint: Option<String>,
    /// An AWS key that opens this change only: calls that its effects cover pass. Absent where no gateway is served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) aws: Option<AwsAccess>,
}

/// Which attempt is still at work.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Renewal {
    #[schema(value_type = String)]
    attempt: AttemptId,
}

/// How long a claim waits for the ledger to take up what it rests on.
const RECORDING: Duration = Duration::from_secs(5);

/// Claim the grant. Works once in a change's life.
#[utoipa::path(
    post, path = "/v1/changes/{id}/claim", params(("id" = String, Path, description = "`chg_…`")), tag = "changes",
    security(("requester" = [])), request_body = NewClaim,
    responses((status = 200, body = Claimed), (status = 403, body = crate::Problem), (status = 404, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn claim(
    State(app): State<AppState>,
    who: Requester,
    Named(id): Named,
    Body(new): Body<NewClaim>,
) -> Result<Json<Claimed>, ApiError> {
    let command: Option<String> = new.command.map(|text| text.chars().take(2_000).collect());
    let request = ClaimRequest { attempt: new.attempt, digest: new.digest, source: new.source };
    look_again(&app, &who, id, &request).await?;
    let started = tokio::time::Instant::now();
    let claimed = loop {
        let grant = GrantId::new(clock::now(), random::id_bits()?);
        let lease = app.config.times.lease();
        let result =
            changes::claim(&app.db, id, &who.actor, &request, command.as_deref(), lease, grant).await;
        match result {
            // People's approvals go under a signed checkpoint first; that takes the sequencer milliseconds.
            Err(ClaimError::NotRecorded) if started.elapsed() < RECORDING => {
                app.hub.recorded();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(ClaimError::NotTheRequester) => return Err(ApiError::NotFound("change")),
            other => break other?,
        }
    };
    app.hub.committed(id);
    let mut said = match claimed {
        Claim::Granted(grant, _) => {
            tracing::info!(change = %id, attempt = %grant.attempt(), grant = %grant.id(), "claimed");
            release(&app, grant)
        }
        Claim::Again(_) => Claimed {
            grant: None,
            attempt: request.attempt.to_string(),
            lease_seconds: app.config.times.lease_seconds,
            checkpoint: app.hub.checkpoint(),
            aws: None,
        },
    };
    said.aws = opened(&app, &who, id, request.attempt).await?;
    Ok(Json(said))
}

/// How long the key of one attempt lasts at most; it ends with the attempt.
const KEY: time::Duration = time::Duration::hours(24);

/// A key that opens this attempt at this change, and nothing else.
async fn opened(
    app: &AppState,
    who: &Requester,
    id: ChangeId,
    attempt: AttemptId,
) -> Result<Option<AwsAccess>, ApiError> {
    let Some(gateway) = app.aws.as_deref() else { return Ok(None) };
    let key = issued_id(random::bytes()?);
    let opens = Opens { change: Some((id, attempt)), role: None };
    let mut tx = app.db.begin().await?;
    keys::create(&mut tx, &key, &who.actor.id, &opens, Some(KEY), &who.actor.id).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.recorded();
    Ok(Some(access(app, gateway, &key)))
}

/// Looks again at the facts that the verdict rested on. Where one has become graver nothing is carried out, and the
/// approvals are void: people released something else.
async fn look_again(
    app: &AppState,
    who: &Requester,
    id: ChangeId,
    request: &ClaimRequest,
) -> Result<(), ApiError> {
    let (stored, change) = {
        let mut conn = app.db.conn().await?;
        let stored = changes::get(&mut conn, id).await?;
        let claimable = matches!(stored.state.name(), StateName::Allowed | StateName::Approved);
        if stored.format == Format::Ssm && stored.requester.id == who.actor.id {
            let what = "commands on machines are carried out by the daemon itself; wait for it";
            return Err(ApiError::Conflict("carried_out_by_daemon", what.to_owned()));
        }
        if stored.requester.id != who.actor.id || !claimable || stored.digest != request.digest {
            // The claim itself says what is wrong.
            return Ok(());
        }
        let change = changes::load(&mut conn, id).await?;
        (stored, change)
    };
    still(app, &who.actor, &stored, &change, &request.source).await
}

/// As above, for a change that is at hand.
pub(crate) async fn still(
    app: &AppState,
    who: &Actor,
    stored: &StoredChange,
    change: &Change,
    source: &Source,
) -> Result<(), ApiError> {
    let id = stored.id;
    if let Some(frozen) = app.hub.calendar() {
        let what = format!("{} ({}); nothing is carried out until it opens", frozen.reason, frozen.by);
        return Err(ApiError::Conflict("frozen", what));
    }
    let asker = Asker {
        requester: who,
        session: stored.origin.session.as_deref(),
        intent: &stored.facts.task.intent,
        configured: None,
    };
    let found = facts::again(app, stored, change, source, &asker).await?;
    if found.is_empty() {
        return Ok(());
    }
    let says: Vec<String> = found.iter().take(10).map(ToString::to_string).collect();
    let says = says.join("; ");
    let mut voided = "";
    if stored.state.name() == StateName::Approved {
        let mut tx = app.db.begin().await?;
        let body = serde_json::json!({ "differences": found });
        ledger::append(&mut tx, "facts.changed", "holdpoint", Some(id), &body).await?;
        changes::withdraw(&mut tx, id, who).await?;
        tx.commit().await.map_err(holdpoint_store::Error::from)?;
        app.hub.committed(id);
        voided = ", and its approvals are void";
    }
    let what =
        format!("not executed{voided}: what it was judged on has changed ({says}); plan and submit it again");
    Err(ApiError::Conflict("facts_changed", what))
}

/// Hands the right to the requester's own command: the grant is spent here.
fn release(app: &AppState, grant: Grant) -> Claimed {
    Claimed {
        grant: Some(grant.id().to_string()),
        attempt: grant.attempt().to_string(),
        lease_seconds: app.config.times.lease_seconds,
        checkpoint: app.hub.checkpoint(),
        aws: None,
    }
}

/// The attempt is still at work.
#[utoipa::path(
    put, path = "/v1/changes/{id}/claim", params(("id" = String, Path, description = "`chg_…`")), tag = "changes",
    security(("requester" = [])), request_body = Renewal,
    responses((status = 200, body = ChangeView), (status = 404, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn renew(
    State(app): State<AppState>,
    who: Requester,
    Named(id): Named,
    Body(renewal): Body<Renewal>,
) -> Result<Json<ChangeView>, ApiError> {
    let mut tx = app.db.begin().await?;
    changes::renew(&mut tx, id, &who.actor, renewal.attempt, app.config.times.lease()).await?;
    // A renewal moves no state, but it is in the record like everything else.
    let body = serde_json::json!({ "attempt": renewal.attempt });
    ledger::append(&mut tx, "attempt.renewed", &who.actor.id, Some(id), &body).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.recorded();
    Ok(Json(ChangeView::from(&*wait::look(&app, id).await?)))
}
