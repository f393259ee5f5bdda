//! `POST /v1/check`: a verdict, nothing recorded.

use axum::Json;
use axum::extract::State;
use holdpoint_core::{Actor, ActorKind, StateName};
use holdpoint_store::workspaces;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::submit::{Document, SubmitQuery, configured, read};
use crate::api::{Parameters, show};
use crate::auth::AnyCaller;
use crate::judge::{self, Read};
use crate::web::words::sentence;
use crate::{ApiError, AppState};

/// What policy says of a document, without any record of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct CheckView {
    /// The effect as one sentence.
    pub headline: String,
    /// What would be approved and carried out.
    pub digest: String,
    /// How many effects of each kind.
    #[schema(value_type = Object)]
    pub counts: holdpoint_core::Counts,
    /// The verdict and its reasons.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub judgement: holdpoint_core::Judgement,
    /// What it was judged on.
    #[schema(value_type = Object)]
    pub facts: holdpoint_core::Facts,
    /// Every effect, without values.
    #[schema(value_type = Vec<Object>)]
    pub effects: Vec<serde_json::Value>,
}

impl CheckView {
    pub(crate) fn new(
        who: &Actor,
        read: &Read,
        facts: holdpoint_core::Facts,
        judgement: holdpoint_core::Judgement,
    ) -> Self {
        Self {
            headline: sentence(who, &read.counts, facts.environment.is, StateName::Held),
            digest: read.digest.to_string(),
            counts: read.counts,
            judgement,
            facts,
            effects: read.change.effects.iter().map(show::effect).collect(),
        }
    }
}

/// The verdict of a document; nothing is recorded.
#[utoipa::path(
    post, path = "/v1/check", params(SubmitQuery), tag = "changes", security(("requester" = []), ("person" = [])),
    request_body(content = String, description = "The foreign document as it is.", content_type = "application/json"),
    responses((status = 200, body = CheckView), (status = 413, body = crate::Problem), (status = 422, body = crate::Problem))
)]
pub(crate) async fn check(
    State(app): State<AppState>,
    who: AnyCaller,
    Parameters(query): Parameters<SubmitQuery>,
    Document(document): Document,
) -> Result<Json<CheckView>, ApiError> {
    let source = query.source()?;
    let read = read(&app, query.format()?, document).await?;
    let seen = match &source.workspace {
        Some(workspace) => workspaces::seen(&mut *app.db.conn().await?, workspace).await?,
        None => None,
    };
    let (actor, configured) = match &who {
        AnyCaller::Requester(requester) => (requester.actor.clone(), configured(requester)),
        AnyCaller::Person(person) => {
            let (id, name) = (person.id.to_string(), person.name.clone());
            (Actor { kind: ActorKind::Person, id, name, operator: None }, None)
        }
    };
    let (facts, judgement) = judge::judge(&app.policies, &read, &source, configured, seen.as_ref(), &actor);
    Ok(Json(CheckView::new(&actor, &read, facts, judgement)))
}
