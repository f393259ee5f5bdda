//! `POST /v1/changes/{id}/approvals`: a person's yes or no to exactly one digest.

use axum::Json;
use axum::extract::State;
use holdpoint_core::{Answer, ApprovalId, ChangeId, Digest};
use holdpoint_store::approvals::{self, NewApproval};
use holdpoint_store::changes;
use holdpoint_store::people::Person;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::view::ChangeView;
use crate::api::{Body, Named, wait};
use crate::auth::PersonToken;
use crate::hub::Snapshot;
use crate::{ApiError, AppState, clock, random};

/// A person's answer.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAnswer {
    /// The digest that was looked at; 409 if it is no longer the change's.
    #[schema(value_type = String)]
    digest: Digest,
    /// `approve` or `reject`.
    #[schema(value_type = String)]
    answer: Answer,
    /// Required to reject, and to approve what destroys data.
    #[serde(default)]
    comment: String,
}

const LONGEST_COMMENT: usize = 4_000;

/// Answer for a held change.
#[utoipa::path(
    post, path = "/v1/changes/{id}/approvals", params(("id" = String, Path, description = "`chg_…`")), tag = "changes",
    security(("person" = [])), request_body = NewAnswer,
    responses(
        (status = 200, body = ChangeView), (status = 400, body = crate::Problem), (status = 403, body = crate::Problem),
        (status = 404, body = crate::Problem), (status = 409, body = crate::Problem, description = "Another digest, no longer held, or answered otherwise before."),
    )
)]
pub(crate) async fn approve(
    State(app): State<AppState>,
    PersonToken(person): PersonToken,
    Named(id): Named,
    Body(answer): Body<NewAnswer>,
) -> Result<Json<ChangeView>, ApiError> {
    let snapshot = record(&app, id, &person, answer.digest, answer.answer, &answer.comment, "api").await?;
    Ok(Json(ChangeView::from(&*snapshot)))
}

/// Records an answer, from whichever surface it comes.
pub(crate) async fn record(
    app: &AppState,
    id: ChangeId,
    person: &Person,
    digest: Digest,
    answer: Answer,
    comment: &str,
    method: &str,
) -> Result<std::sync::Arc<Snapshot>, ApiError> {
    let comment = comment.trim();
    if comment.chars().count() > LONGEST_COMMENT {
        return Err(ApiError::BadRequest(format!("a comment has at most {LONGEST_COMMENT} characters")));
    }
    if answer == Answer::Reject && comment.is_empty() {
        return Err(ApiError::BadRequest(
            "a rejection needs a comment: it is what the requester goes on with".to_owned(),
        ));
    }
    let mut tx = app.db.begin().await?;
    let change = changes::get(&mut tx, id).await?;
    if answer == Answer::Approve && comment.is_empty() && change.counts.destroys_data > 0 {
        let what = "approving the loss of data needs a comment that says why it is fine";
        return Err(ApiError::BadRequest(what.to_owned()));
    }
    // What it was judged to spend is what its approval spends.
    let accounts = change.facts.budget.accounts;
    let bookings: Vec<_> = accounts.into_iter().map(|balance| (balance.account, balance.amount)).collect();
    let new = NewApproval {
        id: ApprovalId::new(clock::now(), random::id_bits()?),
        change: id,
        person,
        digest,
        answer,
        comment,
        method,
        bookings: &bookings,
        limits: &app.config.budgets,
        grant_for: app.config.times.grant(),
    };
    let change = approvals::record(&mut tx, &new).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    tracing::info!(change = %id, person = %person.id, answer = answer.as_str(), state = change.state.name().as_str(), "answered");
    // Read for the answer anyway, so waiters are handed it at once; the follower comes a moment later and finds the same.
    let looked = wait::look(app, id).await;
    if let Ok(snapshot) = &looked {
        app.hub.deliver(snapshot.clone());
    }
    app.hub.committed(id);
    looked
}
