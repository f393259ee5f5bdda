//! `POST /v1/changes/{id}/outcome`: how the attempt ended.

use axum::Json;
use axum::extract::State;
use holdpoint_core::{AttemptId, Outcome};
use holdpoint_store::{changes, inventory, workspaces};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::view::ChangeView;
use crate::api::{Body, Named, wait};
use crate::auth::Requester;
use crate::{ApiError, AppState};

/// How the attempt ended.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    /// `att_…` of the claim.
    #[schema(value_type = String)]
    attempt: AttemptId,
    /// `applied`, `failed`, or `unknown` when it cannot be told.
    #[schema(value_type = String)]
    outcome: Outcome,
    /// The command's exit code.
    #[serde(default)]
    exit_code: Option<i32>,
    /// The end of what it said.
    #[serde(default)]
    detail: Option<String>,
}

const LONGEST_DETAIL: usize = 4_000;

/// Report how the attempt ended. The same report again is fine; another is refused.
#[utoipa::path(
    post, path = "/v1/changes/{id}/outcome", params(("id" = String, Path, description = "`chg_…`")), tag = "changes",
    security(("requester" = [])), request_body = Report,
    responses((status = 200, body = ChangeView), (status = 404, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn report(
    State(app): State<AppState>,
    who: Requester,
    Named(id): Named,
    Body(report): Body<Report>,
) -> Result<Json<ChangeView>, ApiError> {
    let detail = report.detail.map(|text| tail(&text));
    let mut tx = app.db.begin().await?;
    let change = changes::report(
        &mut tx,
        id,
        &who.actor,
        report.attempt,
        report.outcome,
        report.exit_code,
        detail.as_deref(),
    )
    .await?;
    if report.outcome == Outcome::Applied {
        inventory::carried_out(&mut tx, id).await?;
    }
    let source = &change.source;
    if let (Outcome::Applied, Some(workspace), Some(lineage), Some(serial)) =
        (report.outcome, &source.workspace, &source.lineage, source.serial)
    {
        workspaces::saw(&mut tx, workspace, lineage, serial, id).await?;
    }
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    tracing::info!(change = %id, attempt = %report.attempt, outcome = report.outcome.as_str(), "reported");
    app.hub.committed(id);
    Ok(Json(ChangeView::from(&*wait::look(&app, id).await?)))
}

/// The end says most about why something failed.
fn tail(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(LONGEST_DETAIL);
    text.chars().skip(skip).collect()
}
