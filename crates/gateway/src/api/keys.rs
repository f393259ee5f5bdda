//! `/v1/agents/{id}/keys`: the AWS access keys of an agent. They open Holdpoint's gateway and nothing else.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use holdpoint_cloud::credentials::issued_id;
use holdpoint_store::agents;
use holdpoint_store::aws::keys::{self, Key, Opens};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Body;
use crate::api::view::moment;
use crate::auth::AnyCaller;
use crate::aws::Gateway;
use crate::{ApiError, AppState, random};

/// Which key is wanted.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// A new key, and the end of all older ones. Without it, the newest that is still good, or a first one.
    #[serde(default)]
    rotate: bool,
}

/// What an agent's AWS client needs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct AwsAccess {
    /// `HPK…`, for `AWS_ACCESS_KEY_ID`.
    pub(crate) access_key_id: String,
    /// For `AWS_SECRET_ACCESS_KEY`.
    pub(crate) secret_access_key: String,
    /// For `AWS_ENDPOINT_URL`, and as the proxy.
    pub(crate) endpoint_url: String,
    /// The certificate authority that vouches for AWS's hosts through the proxy, as PEM.
    pub(crate) certificate: String,
}

/// A key, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct KeyView {
    /// `HPK…`
    id: String,
    /// RFC 3339.
    created_at: String,
}

/// The gateway, or why there are no keys to have.
pub(crate) fn gateway(app: &AppState) -> Result<&Gateway, ApiError> {
    let off = "the AWS gateway is not served here (`aws.enabled` in the configuration)";
    app.aws.as_deref().ok_or_else(|| ApiError::Conflict("no_gateway", off.to_owned()))
}

/// What a client needs to use this key.
pub(crate) fn access(app: &AppState, gateway: &Gateway, id: &str) -> AwsAccess {
    AwsAccess {
        access_key_id: id.to_owned(),
        secret_access_key: gateway.keys.secret(id),
        endpoint_url: app.config.aws.url(),
        certificate: gateway.authority.pem.clone(),
    }
}

/// The agent whose keys these are, and who asks: an agent for itself (`self`, or its id), an administrator for any.
fn whose(caller: &AnyCaller, id: &str) -> Result<(String, String), ApiError> {
    match caller {
        AnyCaller::Requester(own) if id == "self" || id == own.actor.id => {
            Ok((own.actor.id.clone(), own.actor.id.clone()))
        }
        AnyCaller::Person(person) if person.admin => Ok((id.to_owned(), person.id.to_string())),
        AnyCaller::Person(_) => {
            Err(ApiError::NotEntitled("this needs a person who is an administrator".to_owned()))
        }
        AnyCaller::Requester(_) => Err(ApiError::NotFound("agent")),
    }
}

/// Get a key for AWS clients.
#[utoipa::path(
    post, path = "/v1/agents/{id}/keys", params(("id" = String, Path, description = "`agt_…`, `pip_…` or `self`")), tag = "agents",
    security(("requester" = []), ("person" = [])), request_body = NewKey,
    responses((status = 201, body = AwsAccess), (status = 403, body = crate::Problem), (status = 404, body = crate::Problem), (status = 409, body = crate::Problem))
)]
pub(crate) async fn create(
    State(app): State<AppState>,
    caller: AnyCaller,
    Path(id): Path<String>,
    Body(new): Body<NewKey>,
) -> Result<(StatusCode, Json<AwsAccess>), ApiError> {
    let (agent, by) = whose(&caller, &id)?;
    let gateway = gateway(&app)?;
    let mut tx = app.db.begin().await?;
    agents::get(&mut tx, &agent).await?;
    let old = keys::list(&mut tx, &agent).await?;
    if let (Some(key), false) = (old.last(), new.rotate) {
        return Ok((StatusCode::CREATED, Json(access(&app, gateway, &key.id))));
    }
    let key = issued_id(random::bytes()?);
    keys::create(&mut tx, &key, &agent, &Opens::default(), None, &by).await?;
    for Key { id, .. } in &old {
        keys::revoke(&mut tx, &agent, id, &by).await?;
    }
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    for Key { id, .. } in &old {
        gateway.keys.forget(id);
    }
    app.hub.recorded();
    Ok((StatusCode::CREATED, Json(access(&app, gateway, &key))))
}

/// An agent's keys that are still good.
#[utoipa::path(
    get, path = "/v1/agents/{id}/keys", params(("id" = String, Path, description = "`agt_…`, `pip_…` or `self`")), tag = "agents",
    security(("requester" = []), ("person" = [])),
    responses((status = 200, body = Vec<KeyView>), (status = 403, body = crate::Problem), (status = 404, body = crate::Problem))
)]
pub(crate) async fn list(
    State(app): State<AppState>,
    caller: AnyCaller,
    Path(id): Path<String>,
) -> Result<Json<Vec<KeyView>>, ApiError> {
    let (agent, _) = whose(&caller, &id)?;
    let found = keys::list(&mut *app.db.conn().await?, &agent).await?;
    let view = |key: Key| KeyView { id: key.id, created_at: moment(key.created_at) };
    Ok(Json(found.into_iter().map(view).collect()))
}

/// Revoke a key, at once and for good.
#[utoipa::path(
    post, path = "/v1/agents/{id}/keys/{key}/revocation", tag = "agents", security(("requester" = []), ("person" = [])),
    params(("id" = String, Path, description = "`agt_…`, `pip_…` or `self`"), ("key" = String, Path, description = "`HPK…`")),
    responses((status = 204), (status = 403, body = crate::Problem), (status = 404, body = crate::Problem))
)]
pub(crate) async fn revoke(
    State(app): State<AppState>,
    caller: AnyCaller,
    Path((id, key)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let (agent, by) = whose(&caller, &id)?;
    let mut tx = app.db.begin().await?;
    keys::revoke(&mut tx, &agent, &key, &by).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    if let Some(gateway) = &app.aws {
        gateway.keys.forget(&key);
    }
    app.hub.recorded();
    Ok(StatusCode::NO_CONTENT)
}
