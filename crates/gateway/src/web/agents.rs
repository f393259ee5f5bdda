//! Agents and pipelines: who may ask, who answers for them, and the two things an administrator does about it.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use holdpoint_core::{ActorKind, AgentId, Environment, PersonId, PipelineId, Timestamp};
use holdpoint_store::agents::{self, Agent, NewAgent};
use holdpoint_store::people::{self, Person};

use super::shell::{Frame, Shell, render};
use super::visible::{Shown, shown, visible};
use super::words::{When, when};
use crate::auth::{AGENT_PREFIX, PIPELINE_PREFIX, Reviewer, SameOrigin};
use crate::{ApiError, AppState, clock, random};

#[derive(Template)]
#[template(path = "agents.html")]
struct Page {
    shell: Shell,
    rows: Vec<AgentView>,
    people: Vec<(String, String)>,
    made: Option<Made>,
    error: &'static str,
}

/// An agent that was just made; its token is shown this once.
#[derive(Debug)]
struct Made {
    name: Shown,
    kind: &'static str,
    token: String,
    url: String,
}

/// One agent or pipeline.
#[derive(Debug)]
struct AgentView {
    id: String,
    kind: &'static str,
    name: Shown,
    plain: String,
    operator: Shown,
    environment: &'static str,
    seen: Option<When>,
    revoked: Option<When>,
}

/// The form of a new one.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct New {
    name: String,
    kind: String,
    #[serde(default)]
    operator: String,
    #[serde(default)]
    environment: String,
}

/// `GET /agents`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
) -> Result<Response, ApiError> {
    show(&app, frame, &who, StatusCode::OK, None, "").await
}

async fn show(
    app: &AppState,
    frame: Frame,
    who: &Reviewer,
    status: StatusCode,
    made: Option<Made>,
    error: &'static str,
) -> Result<Response, ApiError> {
    let mut conn = app.db.conn().await?;
    let (agents, people) = (agents::list(&mut conn).await?, people::list(&mut conn).await?);
    let page = build(&agents, &people, &who.person, frame, made, error, clock::now());
    render(status, &page)
}

fn build(
    agents: &[Agent],
    people: &[Person],
    person: &Person,
    frame: Frame,
    made: Option<Made>,
    error: &'static str,
    now: Timestamp,
) -> Page {
    let row = |agent: &Agent| AgentView {
        id: agent.id.clone(),
        kind: agent.kind.as_str(),
        name: shown(&agent.name),
        plain: visible(&agent.name),
        operator: agent.operator_name.as_deref().map(shown).unwrap_or_default(),
        environment: agent.environment.map_or("", Environment::as_str),
        seen: agent.last_seen_at.map(|at| when(at, now)),
        revoked: agent.revoked_at.map(|at| when(at, now)),
    };
    Page {
        shell: Shell::new("Agents", "agents", frame, Some(person)),
        rows: agents.iter().map(row).collect(),
        people: people
            .iter()
            .filter(|person| person.revoked_at.is_none())
            .map(|person| (person.id.to_string(), visible(&person.name)))
            .collect(),
        made,
        error,
    }
}

fn admin(who: &Reviewer) -> Result<(), ApiError> {
    if who.person.admin {
        Ok(())
    } else {
        Err(ApiError::NotEntitled("only an administrator creates and revokes agents".to_owned()))
    }
}

/// `POST /agents`: makes one, and shows its token this once.
pub(crate) async fn create(
    State(app): State<AppState>,
    frame: Frame,
    _same: SameOrigin,
    who: Reviewer,
    Form(form): Form<New>,
) -> Result<Response, ApiError> {
    admin(&who)?;
    let name = form.name.trim();
    if name.is_empty() || name.len() > 64 || visible(name) != name {
        let error = "The name must have 1 to 64 characters, all of them visible.";
        return show(&app, frame, &who, StatusCode::UNPROCESSABLE_ENTITY, None, error).await;
    }
    let (now, bits) = (clock::now(), random::id_bits()?);
    let (kind, prefix, id) = match form.kind.as_str() {
        "agent" => (ActorKind::Agent, AGENT_PREFIX, AgentId::new(now, bits).to_string()),
        "pipeline" => (ActorKind::Pipeline, PIPELINE_PREFIX, PipelineId::new(now, bits).to_string()),
        _ => return Err(ApiError::BadRequest("the kind must be `agent` or `pipeline`".to_owned())),
    };
    let operator: Option<PersonId> = form.operator.parse().ok();
    if kind == ActorKind::Agent && operator.is_none() {
        let error = "An agent needs an operator: the person who answers for it.";
        return show(&app, frame, &who, StatusCode::UNPROCESSABLE_ENTITY, None, error).await;
    }
    let token = random::secret(prefix)?;
    let new = NewAgent { id, kind, name, operator, environment: form.environment.parse().ok() };
    let mut tx = app.db.begin().await?;
    agents::create(&mut tx, &new, &random::hash(&token), &who.person.id.to_string()).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.recorded();
    let made = Made { name: shown(name), kind: kind.as_str(), token, url: app.config.url() };
    show(&app, frame, &who, StatusCode::CREATED, Some(made), "").await
}

/// `POST /agents/{id}/revoke`: its token opens nothing from the next call on.
pub(crate) async fn revoke(
    State(app): State<AppState>,
    _same: SameOrigin,
    who: Reviewer,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    admin(&who)?;
    let mut tx = app.db.begin().await?;
    agents::revoke(&mut tx, &id, &who.person.id.to_string()).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.recorded();
    Ok(Redirect::to("/agents").into_response())
}
