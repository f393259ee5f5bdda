//! `/v1/reconciliations`: writes on guarded accounts that no change explains.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use holdpoint_cloud::trail::Event;
use holdpoint_core::Timestamp;
use holdpoint_store::aws::reconciliations::{self, Reconciliation};
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

use crate::api::view::moment;
use crate::api::{Body, Parameters};
use crate::auth::PersonToken;
use crate::reconcile::{self, Asked, Finding, TrailEvent};
use crate::{ApiError, AppState};

/// Sources that are named in one reconciliation.
const MOST_SOURCES: usize = 100;
/// Regions that are looked up at once.
const MOST_REGIONS: usize = 20;

/// What to reconcile: events from files, regions to look up, or both.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReconciliation {
    /// From when on, RFC 3339; absent for the first event, or a day before `to` when regions are looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// Until when, RFC 3339; absent for the last event, or now when regions are looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// CloudTrail's events, without their parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) events: Vec<TrailEvent>,
    /// Where the events come from, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<String>,
    /// Regions whose events the daemon looks up, with the roles that it makes agents' calls with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) look_up: Vec<String>,
    /// Events that were left out, because they only read or AWS did them by itself.
    #[serde(default)]
    pub(crate) exempt: u64,
    /// Records that could not be read.
    #[serde(default)]
    pub(crate) unread: u64,
}

/// What a reconciliation found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReconciliationView {
    /// Its number.
    pub(crate) id: i64,
    /// When it was made; RFC 3339.
    pub(crate) at: String,
    /// The person who asked for it.
    pub(crate) by: String,
    /// The time that it is about; RFC 3339.
    pub(crate) from: String,
    /// Its end; RFC 3339.
    pub(crate) to: String,
    /// Where the events come from.
    pub(crate) sources: Vec<String>,
    /// Events in that time and on guarded accounts.
    pub(crate) looked_at: u64,
    /// Those that a change explains.
    pub(crate) explained: u64,
    /// Those that only read, or that AWS did by itself.
    pub(crate) exempt: u64,
    /// Events of accounts that are not guarded.
    pub(crate) elsewhere: u64,
    /// Records that could not be read; each may be a write.
    pub(crate) unread: u64,
    /// Whether part of the time could not be looked at.
    pub(crate) partial: bool,
    /// Writes that no change explains.
    pub(crate) unexplained: u64,
    /// The latest of them, at most 1,000.
    pub(crate) findings: Vec<Finding>,
}

impl ReconciliationView {
    fn of(stored: &Reconciliation) -> Result<Self, ApiError> {
        let counts = stored.counts;
        Ok(Self {
            id: stored.id,
            at: moment(stored.at),
            by: stored.by.clone(),
            from: moment(stored.from),
            to: moment(stored.to),
            sources: stored.sources.clone(),
            looked_at: counts.looked_at,
            explained: counts.explained,
            exempt: counts.exempt,
            elsewhere: counts.elsewhere,
            unread: counts.unread,
            partial: stored.partial,
            unexplained: counts.unexplained,
            findings: reconcile::findings(stored)?,
        })
    }
}

fn asked(new: NewReconciliation) -> Result<Asked, ApiError> {
    let bad = |says: &str| Err(ApiError::BadRequest(says.to_owned()));
    let time = |text: Option<String>| {
        let parse = |text: String| {
            Timestamp::parse(&text, &Rfc3339)
                .map_err(|_| ApiError::BadRequest(format!("`{text}` is no time; write 2026-11-28T10:00:00Z")))
        };
        text.map(parse).transpose()
    };
    let mut sources: Vec<String> =
        new.sources.iter().map(|source| source.chars().take(300).collect()).collect();
    if sources.len() > MOST_SOURCES {
        let more = sources.len() - MOST_SOURCES;
        sources.truncate(MOST_SOURCES);
        sources.push(format!("and {more} more"));
    }
    if sources.is_empty() && new.look_up.is_empty() {
        return bad("say where the events come from (`sources`), or which regions to look up (`look_up`)");
    }
    if new.look_up.len() > MOST_REGIONS {
        return bad("at most 20 regions are looked up at once");
    }
    let events: Result<Vec<Event>, String> = new.events.into_iter().map(Event::try_from).collect();
    Ok(Asked {
        from: time(new.from)?,
        to: time(new.to)?,
        events: events.map_err(ApiError::BadRequest)?,
        sources,
        regions: new.look_up,
        exempt: new.exempt.min(u64::from(u32::MAX)),
        unread: new.unread.min(u64::from(u32::MAX)),
    })
}

/// Look for writes that no change explains, and record what was found.
#[utoipa::path(
    post, path = "/v1/reconciliations", tag = "bypass", security(("person" = [])), request_body = NewReconciliation,
    responses((status = 201, body = ReconciliationView), (status = 400, body = crate::Problem), (status = 403, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn create(
    State(app): State<AppState>,
    PersonToken(person): PersonToken,
    Body(new): Body<NewReconciliation>,
) -> Result<(StatusCode, Json<ReconciliationView>), ApiError> {
    let made = reconcile::reconcile(&app, &person, asked(new)?).await?;
    Ok((StatusCode::CREATED, Json(ReconciliationView::of(&made)?)))
}

/// How many.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LatestQuery {
    /// How many, one by default and 20 at most.
    limit: Option<u32>,
}

/// The latest reconciliations, newest first.
#[utoipa::path(
    get, path = "/v1/reconciliations", params(LatestQuery), tag = "bypass", security(("person" = [])),
    responses((status = 200, body = Vec<ReconciliationView>), (status = 403, body = crate::Problem))
)]
pub(crate) async fn list(
    State(app): State<AppState>,
    _person: PersonToken,
    Parameters(query): Parameters<LatestQuery>,
) -> Result<Json<Vec<ReconciliationView>>, ApiError> {
    let limit = query.limit.unwrap_or(1).clamp(1, 20);
    let found = reconciliations::latest(&mut *app.db.conn().await?, limit).await?;
    found.iter().map(ReconciliationView::of).collect::<Result<Vec<_>, _>>().map(Json)
}
