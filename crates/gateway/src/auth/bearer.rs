//! Bearer tokens of the API.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use holdpoint_core::{Actor, ActorKind};
use holdpoint_store::agents::{self, Agent};
use holdpoint_store::people::{self, Person};

use crate::auth::{AGENT_PREFIX, PERSON_PREFIX, PIPELINE_PREFIX};
use crate::{ApiError, AppState, random};

const WRONG: &str = "the token is unknown or was revoked; ask whoever runs Holdpoint for a new one";

/// An agent or pipeline: the ones who submit and carry out changes.
#[derive(Debug, Clone)]
pub struct Requester {
    /// As it is recorded.
    pub actor: Actor,
    /// Its registration.
    pub agent: Agent,
}

/// A person with a personal token: the ones who approve.
#[derive(Debug, Clone)]
pub struct PersonToken(pub Person);

/// A person who may create and revoke agents.
#[derive(Debug, Clone)]
pub struct Admin(pub Person);

/// Anyone with a good credential.
#[derive(Debug, Clone)]
pub enum AnyCaller {
    /// An agent or pipeline; it sees its own changes only.
    Requester(Box<Requester>),
    /// A person; sees every change.
    Person(Box<Person>),
}

impl AnyCaller {
    /// Whether this caller may see a change of that requester.
    #[must_use]
    pub fn may_see(&self, requester: &Actor) -> bool {
        match self {
            AnyCaller::Requester(own) => own.actor.id == requester.id,
            AnyCaller::Person(_) => true,
        }
    }

    /// The id of an agent or pipeline, whose lists are cut to its own changes.
    #[must_use]
    pub fn only(&self) -> Option<String> {
        match self {
            AnyCaller::Requester(own) => Some(own.actor.id.clone()),
            AnyCaller::Person(_) => None,
        }
    }
}

fn token(parts: &Parts) -> Result<&str, ApiError> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(ApiError::Unauthenticated(
            "send one `Authorization: Bearer …` header with your Holdpoint token",
        ));
    };
    value
        .to_str()
        .ok()
        .and_then(|text| text.strip_prefix("Bearer "))
        .map(str::trim)
        .ok_or(ApiError::Unauthenticated("the Authorization header must be `Bearer` and a token"))
}

async fn requester(app: &AppState, token: &str, kind: ActorKind) -> Result<Requester, ApiError> {
    let mut conn = app.db.conn().await?;
    let agent = agents::by_token(&mut conn, &random::hash(token)).await?;
    let agent = agent.filter(|agent| agent.kind == kind).ok_or(ApiError::Unauthenticated(WRONG))?;
    let actor = Actor { kind, id: agent.id.clone(), name: agent.name.clone(), operator: agent.operator };
    Ok(Requester { actor, agent })
}

async fn person(app: &AppState, token: &str) -> Result<Person, ApiError> {
    let mut conn = app.db.conn().await?;
    people::by_token(&mut conn, &random::hash(token)).await?.ok_or(ApiError::Unauthenticated(WRONG))
}

async fn caller(app: &AppState, token: &str) -> Result<AnyCaller, ApiError> {
    if token.starts_with(AGENT_PREFIX) {
        Ok(AnyCaller::Requester(Box::new(requester(app, token, ActorKind::Agent).await?)))
    } else if token.starts_with(PIPELINE_PREFIX) {
        Ok(AnyCaller::Requester(Box::new(requester(app, token, ActorKind::Pipeline).await?)))
    } else if token.starts_with(PERSON_PREFIX) {
        Ok(AnyCaller::Person(Box::new(person(app, token).await?)))
    } else {
        Err(ApiError::Unauthenticated(WRONG))
    }
}

impl FromRequestParts<AppState> for AnyCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        caller(app, token(parts)?).await
    }
}

impl FromRequestParts<AppState> for Requester {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        match caller(app, token(parts)?).await? {
            AnyCaller::Requester(requester) => Ok(*requester),
            AnyCaller::Person(_) => Err(ApiError::NotEntitled(
                "this is for agents and pipelines; people approve, they do not submit or carry out"
                    .to_owned(),
            )),
        }
    }
}

impl FromRequestParts<AppState> for PersonToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        match caller(app, token(parts)?).await? {
            AnyCaller::Person(person) => Ok(Self(*person)),
            AnyCaller::Requester(_) => Err(ApiError::NotEntitled(
                "this needs a person's token; agents and pipelines cannot do it".to_owned(),
            )),
        }
    }
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        let PersonToken(person) = PersonToken::from_request_parts(parts, app).await?;
        if person.admin {
            Ok(Self(person))
        } else {
            Err(ApiError::NotEntitled("this needs a person who is an administrator".to_owned()))
        }
    }
}
