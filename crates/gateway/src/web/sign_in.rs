//! Signing in: a link that is valid once, or a personal token. Following a link only shows a button, so that a
//! chat program's preview does not use the link up.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use holdpoint_store::people::{self, Person};
use holdpoint_store::sessions;
use time::Duration;

use super::shell::{Frame, Shell, render};
use crate::auth::{Reviewer, SESSION_COOKIE, SameOrigin};
use crate::{ApiError, AppState, random};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    shell: Shell,
    /// From the link that was followed; empty for the form to paste into.
    code: String,
    next: String,
    error: &'static str,
}

/// Where to go afterwards.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// What was typed, pasted or carried by the link.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Credential {
    code: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`
pub(crate) async fn page(frame: Frame, Query(query): Query<Next>) -> Result<Response, ApiError> {
    show(frame, StatusCode::OK, String::new(), &query.next, "")
}

/// `GET /sign-in/{code}`: a button; nothing is used up yet.
pub(crate) async fn link(
    frame: Frame,
    Path(code): Path<String>,
    Query(query): Query<Next>,
) -> Result<Response, ApiError> {
    show(frame, StatusCode::OK, code, &query.next, "")
}

fn show(
    frame: Frame,
    status: StatusCode,
    code: String,
    next: &str,
    error: &'static str,
) -> Result<Response, ApiError> {
    let shell = Shell::new("Sign in", "", frame, None);
    render(status, &Page { shell, code, next: local(next).to_owned(), error })
}

/// `POST /sign-in`
pub(crate) async fn redeem(
    State(app): State<AppState>,
    frame: Frame,
    _same: SameOrigin,
    Form(form): Form<Credential>,
) -> Result<Response, ApiError> {
    let secret = random::secret("hp_session_")?;
    let Some(_person) = open(&app, form.code.trim(), &random::hash(&secret)).await? else {
        let error =
            "That link or token opens nothing: it was used, has expired, was revoked, or is not complete.";
        return show(frame, StatusCode::FORBIDDEN, String::new(), &form.next, error);
    };
    let mut response = Redirect::to(local(&form.next)).into_response();
    let age = app.config.times.session_seconds;
    let cookie = format!("{SESSION_COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}");
    set_cookie(&mut response, &cookie)?;
    Ok(response)
}

/// Opens a session for whoever the code or token belongs to.
async fn open(app: &AppState, code: &str, session: &[u8; 32]) -> Result<Option<Person>, ApiError> {
    // A pasted link is as good as the code at its end.
    let code = code.rsplit('/').next().unwrap_or_default();
    let code = code.split(['?', '#']).next().unwrap_or_default();
    let times = &app.config.times;
    let idle = Duration::seconds(i64::from(times.session_idle_seconds));
    let absolute = Duration::seconds(i64::from(times.session_seconds));
    let mut tx = app.db.begin().await?;
    let mut link = random::hash(code);
    if code.starts_with(crate::auth::PERSON_PREFIX) {
        let Some(person) = people::by_token(&mut tx, &link).await? else { return Ok(None) };
        link = random::hash(&random::secret("hp_link_")?);
        let by = person.id.to_string();
        sessions::create_link(&mut tx, person.id, &link, Duration::minutes(1), &by).await?;
    }
    let person = match sessions::redeem(&mut tx, &link, session, idle, absolute).await {
        Ok(person) => person,
        Err(holdpoint_store::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.recorded();
    Ok(Some(person))
}

/// `POST /sign-out`
pub(crate) async fn sign_out(
    State(app): State<AppState>,
    _same: SameOrigin,
    who: Reviewer,
) -> Result<Response, ApiError> {
    let mut tx = app.db.begin().await?;
    sessions::end(&mut tx, &who.session).await?;
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    let mut response = Redirect::to("/sign-in").into_response();
    set_cookie(
        &mut response,
        &format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"),
    )?;
    Ok(response)
}

fn set_cookie(response: &mut Response, cookie: &str) -> Result<(), ApiError> {
    let value = HeaderValue::from_str(cookie).map_err(|error| ApiError::Internal(error.to_string()))?;
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(())
}

/// `next`, when it is a path of ours; anything else is the queue. `//host` and `/\host` lead away.
fn local(next: &str) -> &str {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && !next.starts_with("/sign-")
        && next.len() <= 1_000
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn next_never_leads_away(next in "[/\\\\a-z:.@\t\n ]{0,12}") {
            let to = local(&next);
            prop_assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'), "{to}");
        }
    }

    #[test]
    fn deep_links_survive() {
        assert_eq!(local("/changes/chg_1?effect=delete"), "/changes/chg_1?effect=delete");
        for away in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil", "javascript:x"]
        {
            assert_eq!(local(away), "/", "{away}");
        }
    }

    #[test]
    fn the_link_page_has_a_button_and_no_other_effect() {
        let shell = Shell::new("Sign in", "", Frame::default(), None);
        let page = Page { shell, code: "abc\"><script>".to_owned(), next: "/".to_owned(), error: "" };
        let html = page.render().unwrap();
        assert!(html.contains("method=\"post\"") && !html.contains("\"><script>"));
    }
}
