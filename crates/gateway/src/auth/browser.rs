//! Browser sessions, and the defence against requests that other sites make a browser send.

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, ORIGIN};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdpoint_store::people::Person;
use holdpoint_store::sessions;

use crate::{ApiError, AppState, random};

/// The session's cookie; the prefix makes browsers insist on Secure, Path=/ and no Domain.
pub const SESSION_COOKIE: &str = "__Host-holdpoint";

/// A signed-in person in a browser.
#[derive(Debug, Clone)]
pub struct Reviewer {
    /// Who.
    pub person: Person,
    /// The hash of the session's secret, to end it by.
    pub session: [u8; 32],
}

/// Why a page is not shown.
#[derive(Debug)]
pub enum NoSession {
    /// Not signed in: to the sign-in page and back.
    SignIn(String),
    /// Not signed in, and not asking for a page.
    Unauthenticated,
    /// The store failed.
    Api(ApiError),
}

impl IntoResponse for NoSession {
    fn into_response(self) -> Response {
        match self {
            NoSession::SignIn(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
            NoSession::Unauthenticated => {
                ApiError::Unauthenticated("sign in again, then repeat this").into_response()
            }
            NoSession::Api(error) => error.into_response(),
        }
    }
}

fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

impl FromRequestParts<AppState> for Reviewer {
    type Rejection = NoSession;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, NoSession> {
        if let Some(secret) = cookie(parts, SESSION_COOKIE) {
            let session = random::hash(secret);
            let mut conn = app.db.conn().await.map_err(|error| NoSession::Api(error.into()))?;
            let found = sessions::lookup(&mut conn, &session).await;
            if let Some(person) = found.map_err(|error| NoSession::Api(error.into()))? {
                return Ok(Self { person, session });
            }
        }
        if parts.method != axum::http::Method::GET {
            return Err(NoSession::Unauthenticated);
        }
        let back = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let to = if back == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={}", percent(back)) };
        Err(NoSession::SignIn(to))
    }
}

/// Percent-encodes a path for use as a query value.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// Proof that an unsafe request comes from our own pages: `Sec-Fetch-Site` must say same-origin (or none, for a typed
/// address); a browser that does not send it must send our own `Origin`. Neither is refused.
#[derive(Debug, Clone, Copy)]
pub struct SameOrigin;

impl FromRequestParts<AppState> for SameOrigin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, ApiError> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let same = match header("sec-fetch-site") {
            Some(site) => site == "same-origin" || site == "none",
            None => header(ORIGIN.as_str()).is_some_and(|origin| origin == app.config.url()),
        };
        if same {
            Ok(Self)
        } else {
            Err(ApiError::NotEntitled(
                "the request came from another site's page; open Holdpoint itself".to_owned(),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_survives_the_sign_in() {
        assert_eq!(percent("/changes/chg_1?state=held&x=ü"), "/changes/chg_1%3Fstate%3Dheld%26x%3D%C3%BC");
    }
}
