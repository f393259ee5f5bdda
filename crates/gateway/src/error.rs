//! The only place where an error becomes a status code: RFC 9457 problem documents with a stable `code`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdpoint_core::Refusal;
use holdpoint_intake::ReadError;
use holdpoint_store::changes::ClaimError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a caller is told when something cannot be done (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of trouble in a few words.
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    /// Stable; programs decide on this.
    pub code: String,
    /// What happened and what to do, for people.
    pub detail: String,
}

/// Every way in which a call of the API can fail.
#[derive(Debug)]
pub enum ApiError {
    /// No credential, or none that opens this.
    Unauthenticated(&'static str),
    /// A good credential of the wrong kind, or without the right.
    NotEntitled(String),
    /// It does not exist, or not for this caller.
    NotFound(&'static str),
    /// The call itself is malformed.
    BadRequest(String),
    /// The document cannot be read.
    Unreadable(ReadError),
    /// The body is over the limit.
    TooLarge(u64),
    /// It clashes with what is.
    Conflict(&'static str, String),
    /// What must be asked of AWS first was not answered.
    Unanswered(String),
    /// The store refused or failed.
    Store(holdpoint_store::Error),
    /// A defect of this program.
    Internal(String),
}

impl ApiError {
    /// Status, stable code, title and detail.
    fn parts(&self) -> (StatusCode, String, &'static str, String) {
        let (status, code, title, detail): (_, &str, _, String) = match self {
            ApiError::Unauthenticated(what) => {
                (StatusCode::UNAUTHORIZED, "unauthenticated", "A credential is needed", (*what).to_owned())
            }
            ApiError::NotEntitled(what) => {
                (StatusCode::FORBIDDEN, "not_entitled", "Not entitled", what.clone())
            }
            ApiError::NotFound(what) => (
                StatusCode::NOT_FOUND,
                "not_found",
                "Not found",
                format!("there is no such {what}, or it is not yours to see"),
            ),
            ApiError::BadRequest(what) => {
                (StatusCode::BAD_REQUEST, "bad_request", "The request cannot be read", what.clone())
            }
            ApiError::Unreadable(error) => {
                let title = "The change cannot be read";
                return (StatusCode::UNPROCESSABLE_ENTITY, error.code().to_owned(), title, error.to_string());
            }
            ApiError::TooLarge(limit) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "The body is too large",
                format!(
                    "the body is over the limit of {limit} bytes (`limits.body_bytes` in the configuration)"
                ),
            ),
            ApiError::Conflict(code, what) => (StatusCode::CONFLICT, code, "Conflict", what.clone()),
            ApiError::Unanswered(what) => {
                (StatusCode::SERVICE_UNAVAILABLE, "aws_unavailable", "AWS does not answer", what.clone())
            }
            ApiError::Store(error) => return store_parts(error),
            ApiError::Internal(what) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", what.clone())
            }
        };
        (status, code.to_owned(), title, detail)
    }

    /// The status this error is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.parts().0
    }

    /// The problem document.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (status, code, title, detail) = self.parts();
        Problem {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            code,
            detail,
        }
    }

    /// Seconds after which trying again is worth it; only where nothing was recorded.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(2)
    }
}

fn store_parts(error: &holdpoint_store::Error) -> (StatusCode, String, &'static str, String) {
    use holdpoint_store::Error;
    let (status, code, title, detail): (_, &str, _, String) = match error {
        Error::Unavailable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "database_unavailable",
            "The database cannot be reached",
            "nothing was decided or recorded; try again shortly".to_owned(),
        ),
        Error::StorageFull(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "storage_full",
            "The database's disk is full",
            "nothing was decided or recorded; an administrator must make room".to_owned(),
        ),
        Error::NotFound { what } => (
            StatusCode::NOT_FOUND,
            "not_found",
            "Not found",
            format!("there is no {what}, or it is not yours to see"),
        ),
        // Who asks for another's change is not told that it exists.
        Error::Conflict { code: "not_the_requester", .. } => return ApiError::NotFound("change").parts(),
        Error::Conflict { code: "not_entitled", what } => return ApiError::NotEntitled(what.clone()).parts(),
        Error::Conflict { code, what } => return ApiError::Conflict(code, what.clone()).parts(),
        Error::Refused(what) => {
            (StatusCode::CONFLICT, "refused", "The database's rules refuse this", what.clone())
        }
        Error::Inconsistent { .. } | Error::Driver(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            "the record could not be read or written; the daemon's log says why".to_owned(),
        ),
    };
    (status, code.to_owned(), title, detail)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let ApiError::Store(error) = &self {
            tracing::warn!(error = %error, "the store failed");
        }
        if let ApiError::Internal(error) = &self {
            tracing::error!(error = %error, "internal error");
        }
        let problem = self.problem();
        let mut response = (self.status(), Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, ApiError::Unauthenticated(_)) {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"holdpoint\""));
        }
        response
    }
}

impl From<holdpoint_store::Error> for ApiError {
    fn from(error: holdpoint_store::Error) -> Self {
        ApiError::Store(error)
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        ApiError::Unreadable(error)
    }
}

impl From<getrandom::Error> for ApiError {
    fn from(error: getrandom::Error) -> Self {
        ApiError::Internal(format!("the operating system gives no randomness: {error}"))
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        ApiError::Internal(format!("a record does not serialise: {error}"))
    }
}

impl From<ClaimError> for ApiError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Refused(refusal) => ApiError::Conflict(refusal_code(&refusal), refusal.to_string()),
            ClaimError::NotTheRequester => {
                ApiError::NotEntitled("only the requester of a change can carry it out".to_owned())
            }
            ClaimError::NotRecorded => ApiError::Store(holdpoint_store::Error::Unavailable(
                "the approvals are not yet under a signed checkpoint".to_owned(),
            )),
            ClaimError::Store(error) => ApiError::Store(error),
        }
    }
}

fn refusal_code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::State(_) => "not_claimable",
        Refusal::Claimed => "already_claimed",
        Refusal::TooLate(_) => "lapsed",
        Refusal::OtherDigest { .. } => "other_digest",
        Refusal::OtherState(_) => "other_state",
    }
}
