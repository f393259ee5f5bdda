//! `GET|PUT /v1/freeze`, `DELETE /v1/freeze/{id}`: the stop button.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use holdpoint_core::{FreezeId, Scope};
use holdpoint_store::freezes::{self, StoredFreeze};
use holdpoint_store::people::Person;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Body;
use crate::api::view::moment;
use crate::auth::{AnyCaller, PersonToken};
use crate::worker::freeze::look;
use crate::{ApiError, AppState, clock, random};

/// What to stop, why, and for how long.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFreeze {
    /// `everything`, `agent:agt_…`, `agent:pip_…` or `environment:production`.
    pub(crate) scope: String,
    /// Why; everyone who is stopped reads it.
    pub(crate) reason: String,
    /// After so many seconds it ends by itself; at most 30 days.
    pub(crate) seconds: u32,
}

/// A freeze, in force or over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct FreezeView {
    /// `frz_…`
    pub id: String,
    /// What it stops.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// Who froze it.
    pub by: String,
    /// When it ends by itself; RFC 3339.
    pub until: String,
    /// RFC 3339.
    pub created_at: String,
    /// When it was lifted; RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<String>,
    /// Who lifted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_by: Option<String>,
}

impl From<&StoredFreeze> for FreezeView {
    fn from(stored: &StoredFreeze) -> Self {
        Self {
            id: stored.id.to_string(),
            scope: stored.frozen.scope.key(),
            reason: stored.frozen.reason.clone(),
            by: stored.frozen.by.clone(),
            until: moment(stored.frozen.until),
            created_at: moment(stored.created_at),
            lifted_at: stored.lifted_at.map(moment),
            lifted_by: stored.lifted_by.clone(),
        }
    }
}

/// The longest freeze: one that is forgotten ends all the same.
const LONGEST: u32 = 30 * 86_400;

/// What is frozen now.
#[utoipa::path(
    get, path = "/v1/freeze", tag = "freeze", security(("requester" = []), ("person" = [])),
    responses((status = 200, body = Vec<FreezeView>))
)]
pub(crate) async fn list(
    State(app): State<AppState>,
    _who: AnyCaller,
) -> Result<Json<Vec<FreezeView>>, ApiError> {
    let found = freezes::in_force(&mut *app.db.conn().await?).await?;
    Ok(Json(found.iter().map(FreezeView::from).collect()))
}

/// Freeze everything, an agent or an environment. Nothing that it covers is allowed, approved changes included, until it
/// is lifted or ends.
#[utoipa::path(
    put, path = "/v1/freeze", tag = "freeze", security(("person" = [])), request_body = NewFreeze,
    responses((status = 201, body = FreezeView), (status = 400, body = crate::Problem), (status = 403, body = crate::Problem))
)]
pub(crate) async fn set(
    State(app): State<AppState>,
    PersonToken(person): PersonToken,
    Body(new): Body<NewFreeze>,
) -> Result<(StatusCode, Json<FreezeView>), ApiError> {
    let stored = put(&app, &person, &new).await?;
    Ok((StatusCode::CREATED, Json(FreezeView::from(&stored))))
}

/// Lift a freeze before its end.
#[utoipa::path(
    delete, path = "/v1/freeze/{id}", params(("id" = String, Path, description = "`frz_…`")), tag = "freeze",
    security(("person" = [])),
    responses((status = 200, body = FreezeView), (status = 403, body = crate::Problem), (status = 404, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn lift(
    State(app): State<AppState>,
    PersonToken(person): PersonToken,
    Path(id): Path<String>,
) -> Result<Json<FreezeView>, ApiError> {
    let id: FreezeId = id.parse().map_err(|_| ApiError::NotFound("freeze"))?;
    Ok(Json(FreezeView::from(&end(&app, &person, id).await?)))
}

/// Freezes, from whichever surface it is asked for.
pub(crate) async fn put(app: &AppState, by: &Person, new: &NewFreeze) -> Result<StoredFreeze, ApiError> {
    let scope: Scope = new.scope.parse().map_err(ApiError::BadRequest)?;
    let reason = new.reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(ApiError::BadRequest(
            "a freeze needs a reason of at most 500 characters: everyone who is stopped reads it".to_owned(),
        ));
    }
    if new.seconds == 0 || new.seconds > LONGEST {
        return Err(ApiError::BadRequest(format!("a freeze lasts 1 to {LONGEST} seconds")));
    }
    let id = FreezeId::new(clock::now(), random::id_bits()?);
    let lasts = time::Duration::seconds(i64::from(new.seconds));
    let mut tx = app.db.begin().await?;
    let stored = freezes::set(&mut tx, id, &scope, reason, by, lasts).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    tracing::warn!(freeze = %id, scope = %scope.key(), by = %by.id, "frozen");
    told(app).await?;
    Ok(stored)
}

/// Lifts, from whichever surface it is asked for.
pub(crate) async fn end(app: &AppState, by: &Person, id: FreezeId) -> Result<StoredFreeze, ApiError> {
    let mut tx = app.db.begin().await?;
    let stored = freezes::lift(&mut tx, id, by).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    tracing::warn!(freeze = %id, by = %by.id, "unfrozen");
    told(app).await?;
    Ok(stored)
}

/// This process knows at once; the sequencer's notification tells the others.
async fn told(app: &AppState) -> Result<(), ApiError> {
    app.hub.recorded();
    Ok(look(app).await?)
}
