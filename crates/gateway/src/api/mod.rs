//! The HTTP API under `/v1`: one file per verb. The foreign documents go in as they are; what comes out is JSON.

pub(crate) mod agents;
pub(crate) mod approve;
pub(crate) mod calls;
pub(crate) mod cancel;
pub(crate) mod check;
pub(crate) mod claim;
pub(crate) mod content;
pub(crate) mod events;
pub(crate) mod freeze;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod list;
pub(crate) mod openapi;
pub(crate) mod outcome;
pub(crate) mod reconcile;
pub(crate) mod record;
pub(crate) mod resolve;
pub(crate) mod said;
pub(crate) mod show;
pub(crate) mod submit;
pub(crate) mod view;
pub(crate) mod wait;
pub(crate) mod withdraw;

pub use calls::{CallView, CallsView};
pub use view::{AttemptView, ChangeView};

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use holdpoint_core::ChangeId;
use serde::de::DeserializeOwned;

use crate::{ApiError, AppState};

/// A JSON body whose refusal is a problem document.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, ApiError> {
        match axum::Json::<T>::from_request(request, app).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::BytesRejection(_)) => Err(ApiError::TooLarge(app.config.limits.body_bytes)),
            Err(rejection) => Err(ApiError::BadRequest(rejection.body_text())),
        }
    }
}

/// Query parameters whose refusal is a problem document.
#[derive(Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::BadRequest(rejection.body_text())),
        }
    }
}

/// The change named in the path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named(pub(crate) ChangeId);

impl FromRequestParts<AppState> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        let axum::extract::Path(text) = axum::extract::Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|_| ApiError::NotFound("change"))?;
        // A text that is no id names nothing.
        text.parse().map(Self).map_err(|_| ApiError::NotFound("change"))
    }
}
