//! `POST /v1/changes/{id}/resolution`: a person who looked says what became of an attempt whose outcome was lost.

use axum::Json;
use axum::extract::State;
use holdpoint_core::Outcome;
use holdpoint_store::{changes, inventory};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::view::ChangeView;
use crate::api::{Body, Named, wait};
use crate::auth::PersonToken;
use crate::{ApiError, AppState};

/// What was found.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolution {
    /// `applied` or `failed`.
    #[schema(value_type = String)]
    outcome: Outcome,
    /// What was looked at, and what it showed.
    comment: String,
}

/// Resolve an unknown outcome, after looking at the real state.
#[utoipa::path(
    post, path = "/v1/changes/{id}/resolution", params(("id" = String, Path, description = "`chg_…`")), tag = "changes",
    security(("person" = [])), request_body = Resolution,
    responses((status = 200, body = ChangeView), (status = 400, body = crate::Problem), (status = 404, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn resolve(
    State(app): State<AppState>,
    PersonToken(person): PersonToken,
    Named(id): Named,
    Body(resolution): Body<Resolution>,
) -> Result<Json<ChangeView>, ApiError> {
    let comment = resolution.comment.trim();
    if comment.is_empty() || comment.chars().count() > 4_000 {
        let what = "say in `comment` what you looked at and what it showed, in at most 4,000 characters";
        return Err(ApiError::BadRequest(what.to_owned()));
    }
    if resolution.outcome == Outcome::Unknown {
        return Err(ApiError::BadRequest("`outcome` is `applied` or `failed`".to_owned()));
    }
    let mut tx = app.db.begin().await?;
    changes::resolve(&mut tx, id, &person, resolution.outcome, comment).await?;
    if resolution.outcome == Outcome::Applied {
        inventory::carried_out(&mut tx, id).await?;
    }
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.committed(id);
    Ok(Json(ChangeView::from(&*wait::look(&app, id).await?)))
}
