//! `POST /v1/check`: a verdict, nothing recorded.

use axum::Json;
use axum::extract::State;
use holdpoint_core::budget::{self, Budget};
use holdpoint_core::{Actor, ActorKind, Freeze, StateName};
use holdpoint_store::{budgets, workspaces};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::record::is_forced;
use crate::api::said::SubmitQuery;
use crate::api::submit::{Document, configured, read};
use crate::api::{Parameters, show};
use crate::auth::AnyCaller;
use crate::facts::{self, Asker};
use crate::judge::Read;
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
    let intent = query.intent()?;
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
    let session = query.session.as_deref();
    let asker = Asker { requester: &actor, session, intent: &intent, configured };
    let mut facts = facts::gather(&app, &read.change, &source, &asker, seen.as_ref()).await;
    facts.freeze = Freeze::of(&app.hub.frozen(), &actor.id, facts.environment.is);
    let bookings = budget::bookings(&read.change, &actor, session, facts.environment.is);
    if !bookings.is_empty() {
        let spending = budgets::sum(&mut *app.db.conn().await?, &bookings, &actor.id).await?;
        facts.budget = Budget::weigh(&bookings, is_forced(&read), Some(&spending), &app.config.budgets);
    }
    let judgement = app.policies.decide(&read.change, &facts, &actor);
    Ok(Json(CheckView::new(&actor, &read, facts, judgement)))
}
