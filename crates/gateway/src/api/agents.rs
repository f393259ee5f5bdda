//! `/v1/agents`: identities for agents and pipelines. A token is shown once and stored hashed.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use holdpoint_core::{ActorKind, AgentId, Environment, PersonId, PipelineId};
use holdpoint_store::agents::{self, Agent, NewAgent};
use holdpoint_store::people::{self, Person};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Body;
use crate::api::view::moment;
use crate::auth::{AGENT_PREFIX, Admin, PIPELINE_PREFIX, PersonToken};
use crate::{ApiError, AppState, clock, random};

/// A new agent or pipeline.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAgentBody {
    /// What people call it.
    pub(crate) name: String,
    /// `agent` or `pipeline`.
    #[schema(value_type = String)]
    pub(crate) kind: ActorKind,
    /// `per_…`, who answers for it; an agent needs one (by default, who creates it).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) operator: Option<PersonId>,
    /// The environment it is for: `development`, `staging` or `production`. Unknown counts as production.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) environment: Option<Environment>,
}

/// An agent or pipeline.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AgentView {
    /// `agt_…` or `pip_…`
    pub id: String,
    /// `agent` or `pipeline`.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// `per_…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The environment it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339, when it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    /// Shown once, when it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl From<&Agent> for AgentView {
    fn from(agent: &Agent) -> Self {
        Self {
            id: agent.id.clone(),
            kind: agent.kind.as_str().to_owned(),
            name: agent.name.clone(),
            operator: agent.operator.map(|id| id.to_string()),
            environment: agent.environment.map(|env| env.as_str().to_owned()),
            created_at: moment(agent.created_at),
            revoked_at: agent.revoked_at.map(moment),
            token: None,
        }
    }
}

/// Make an identity.
#[utoipa::path(
    post, path = "/v1/agents", tag = "agents", security(("person" = [])), request_body = NewAgentBody,
    responses((status = 201, body = AgentView), (status = 400, body = crate::Problem), (status = 403, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn create(
    State(app): State<AppState>,
    Admin(person): Admin,
    Body(new): Body<NewAgentBody>,
) -> Result<(StatusCode, Json<AgentView>), ApiError> {
    Ok((StatusCode::CREATED, Json(make(&app, &person, new).await?)))
}

/// Makes an identity, from whichever surface it is asked for.
pub(crate) async fn make(app: &AppState, by: &Person, new: NewAgentBody) -> Result<AgentView, ApiError> {
    let name = new.name.trim();
    let name_is_fine = (1..=64).contains(&name.chars().count())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    if !name_is_fine {
        let what = "a name has 1 to 64 letters, digits, `-`, `_`, `.` or `/`";
        return Err(ApiError::BadRequest(what.to_owned()));
    }
    let bits = random::id_bits()?;
    let (id, prefix, operator) = match new.kind {
        ActorKind::Agent => {
            (AgentId::new(clock::now(), bits).to_string(), AGENT_PREFIX, new.operator.or(Some(by.id)))
        }
        ActorKind::Pipeline => {
            (PipelineId::new(clock::now(), bits).to_string(), PIPELINE_PREFIX, new.operator)
        }
        ActorKind::Person => {
            return Err(ApiError::BadRequest(
                "`kind` is `agent` or `pipeline`; people are not made here".to_owned(),
            ));
        }
    };
    let token = random::secret(prefix)?;
    let mut tx = app.db.begin().await?;
    if let Some(operator) = operator {
        people::get(&mut tx, operator).await?;
    }
    let record = NewAgent { id, kind: new.kind, name, operator, environment: new.environment };
    let agent = agents::create(&mut tx, &record, &random::hash(&token), &by.id.to_string()).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.recorded();
    let mut view = AgentView::from(&agent);
    view.token = Some(token);
    Ok(view)
}

/// Every identity, revoked ones too.
#[utoipa::path(
    get, path = "/v1/agents", tag = "agents", security(("person" = [])),
    responses((status = 200, body = Vec<AgentView>), (status = 403, body = crate::Problem))
)]
pub(crate) async fn list(
    State(app): State<AppState>,
    _who: PersonToken,
) -> Result<Json<Vec<AgentView>>, ApiError> {
    let mut conn = app.db.conn().await?;
    Ok(Json(agents::list(&mut conn).await?.iter().map(AgentView::from).collect()))
}

/// Revoke an identity, at once and for good.
#[utoipa::path(
    post, path = "/v1/agents/{id}/revocation", params(("id" = String, Path, description = "`agt_…` or `pip_…`")), tag = "agents",
    security(("person" = [])), responses((status = 200, body = AgentView), (status = 403, body = crate::Problem), (status = 404, body = crate::Problem))
)]
pub(crate) async fn revoke(
    State(app): State<AppState>,
    Admin(person): Admin,
    Path(id): Path<String>,
) -> Result<Json<AgentView>, ApiError> {
    Ok(Json(end(&app, &person, &id).await?))
}

/// Revokes an identity, from whichever surface it is asked for.
pub(crate) async fn end(app: &AppState, by: &Person, id: &str) -> Result<AgentView, ApiError> {
    let mut tx = app.db.begin().await?;
    let agent = agents::revoke(&mut tx, id, &by.id.to_string()).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.recorded();
    Ok(AgentView::from(&agent))
}
