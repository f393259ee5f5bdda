//! The stop button: what is frozen, by whom, why and until when; the form that freezes; and what was frozen before.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use holdpoint_core::{Environment, FreezeId, Frozen, Scope, Timestamp};
use holdpoint_store::agents::{self, Agent};
use holdpoint_store::freezes::{self, StoredFreeze};
use holdpoint_store::people::Person;

use super::shell::{Frame, Shell, render};
use super::visible::{Shown, shown, shown_lines, visible};
use super::words::{When, when};
use crate::api::freeze::{NewFreeze, end, put};
use crate::auth::{Reviewer, SameOrigin};
use crate::{ApiError, AppState, clock};

/// The longest reason that is kept.
const REASON: usize = 500;

/// How many past ones are shown.
const RECENT: u32 = 50;

/// How long a freeze may last, in minutes, and in words.
const LASTS: [(u32, &str); 7] = [
    (15, "15 minutes"),
    (60, "1 hour"),
    (240, "4 hours"),
    (720, "12 hours"),
    (1_440, "1 day"),
    (4_320, "3 days"),
    (10_080, "7 days"),
];

/// A freeze on record.
#[derive(Debug, Clone)]
pub(crate) struct FreezeRow {
    pub(crate) id: String,
    pub(crate) frozen: Frozen,
    pub(crate) created_at: Timestamp,
    pub(crate) lifted_at: Option<Timestamp>,
    pub(crate) lifted_by: Option<String>,
}

impl From<StoredFreeze> for FreezeRow {
    fn from(stored: StoredFreeze) -> Self {
        Self {
            id: stored.id.to_string(),
            frozen: stored.frozen,
            created_at: stored.created_at,
            lifted_at: stored.lifted_at,
            lifted_by: stored.lifted_by,
        }
    }
}

/// What is in force, and the latest, newest first.
#[derive(Debug, Default)]
struct Known {
    in_force: Vec<FreezeRow>,
    recent: Vec<FreezeRow>,
}

#[derive(Template)]
#[template(path = "freeze.html")]
struct Page {
    shell: Shell,
    now: Vec<FreezeView>,
    past: Vec<FreezeView>,
    scopes: Vec<(String, String)>,
    lasts: &'static [(u32, &'static str)],
    typed: Wanted,
    error: &'static str,
}

/// One freeze.
#[derive(Debug)]
struct FreezeView {
    id: String,
    what: Shown,
    /// For the button's name.
    plain: String,
    reason: Shown,
    by: Shown,
    since: When,
    until: When,
    /// Who lifted it before its end, and when.
    lifted: Option<(Shown, When)>,
}

/// The form.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Wanted {
    scope: String,
    reason: String,
    minutes: u32,
}

/// `GET /freeze`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
) -> Result<Response, ApiError> {
    show(&app, frame, &who.person, StatusCode::OK, Wanted { minutes: 60, ..Wanted::default() }, "").await
}

async fn show(
    app: &AppState,
    frame: Frame,
    person: &Person,
    status: StatusCode,
    typed: Wanted,
    error: &'static str,
) -> Result<Response, ApiError> {
    let known = load(app).await?;
    let agents = agents::list(&mut *app.db.conn().await?).await?;
    render(status, &build(&known, &agents, frame, person, typed, error, clock::now()))
}

/// Everything the page reads.
async fn load(app: &AppState) -> Result<Known, ApiError> {
    let mut conn = app.db.conn().await?;
    let in_force = freezes::in_force(&mut conn).await?;
    let recent = freezes::recent(&mut conn, RECENT).await?;
    let rows = |all: Vec<StoredFreeze>| all.into_iter().map(FreezeRow::from).collect();
    Ok(Known { in_force: rows(in_force), recent: rows(recent) })
}

fn build(
    known: &Known,
    agents: &[Agent],
    frame: Frame,
    person: &Person,
    typed: Wanted,
    error: &'static str,
    now: Timestamp,
) -> Page {
    let name = |scope: &Scope| name(scope, agents);
    let view = |row: &FreezeRow| FreezeView {
        id: row.id.clone(),
        what: shown(&name(&row.frozen.scope)),
        plain: visible(&name(&row.frozen.scope)),
        reason: shown_lines(&row.frozen.reason),
        by: shown(&row.frozen.by),
        since: when(row.created_at, now),
        until: when(row.frozen.until, now),
        lifted: row
            .lifted_at
            .map(|at| (shown(row.lifted_by.as_deref().unwrap_or("nobody known")), when(at, now))),
    };
    let over = |row: &&FreezeRow| !known.in_force.iter().any(|now| now.id == row.id);
    Page {
        // Any freeze moves this page as it moves the queue.
        shell: Shell::new("Freeze", "freeze", frame, Some(person)).live("/events", ""),
        now: known.in_force.iter().map(view).collect(),
        past: known.recent.iter().filter(over).map(view).collect(),
        scopes: scopes(agents),
        lasts: &LASTS,
        typed,
        error,
    }
}

/// What can be frozen: the value that is sent, and its words.
fn scopes(agents: &[Agent]) -> Vec<(String, String)> {
    let environments = [Environment::Production, Environment::Staging, Environment::Development];
    let mut scopes = vec![Scope::Everything];
    scopes.extend(environments.map(Scope::Environment));
    scopes.extend(agents.iter().filter(|a| a.revoked_at.is_none()).map(|a| Scope::Agent(a.id.clone())));
    scopes.iter().map(|scope| (scope.key(), visible(&name(scope, agents)))).collect()
}

/// A scope in words, with an agent's name where it is known.
fn name(scope: &Scope, agents: &[Agent]) -> String {
    match scope {
        Scope::Agent(id) => match agents.iter().find(|agent| agent.id == *id) {
            Some(agent) => format!("{} {}", agent.kind.as_str(), agent.name),
            None => format!("agent {id}"),
        },
        Scope::Environment(Environment::Production) => {
            "everything in production or an unknown environment".to_owned()
        }
        other => super::change::facts::scope(other),
    }
}

/// `POST /freeze`
pub(crate) async fn create(
    State(app): State<AppState>,
    frame: Frame,
    _same: SameOrigin,
    who: Reviewer,
    Form(form): Form<Wanted>,
) -> Result<Response, ApiError> {
    let scope: Scope = form.scope.parse().map_err(ApiError::BadRequest)?;
    let reason = form.reason.trim().to_owned();
    if let Some(error) = missing(&reason, form.minutes) {
        return show(&app, frame, &who.person, StatusCode::UNPROCESSABLE_ENTITY, form, error).await;
    }
    let new = NewFreeze { scope: scope.key(), reason, seconds: form.minutes.saturating_mul(60) };
    put(&app, &who.person, &new).await?;
    Ok(Redirect::to("/freeze").into_response())
}

/// What is still missing from the form, in a sentence.
fn missing(reason: &str, minutes: u32) -> Option<&'static str> {
    if reason.is_empty() {
        Some("Say why: everyone who is stopped reads it.")
    } else if reason.chars().count() > REASON {
        Some("The reason is longer than 500 characters; shorten it.")
    } else if !LASTS.iter().any(|(known, _)| *known == minutes) {
        Some("Choose when it ends by itself.")
    } else {
        None
    }
}

/// `POST /freeze/{id}/lift`
pub(crate) async fn lift(
    State(app): State<AppState>,
    _same: SameOrigin,
    who: Reviewer,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id: FreezeId = id.parse().map_err(|_| ApiError::NotFound("freeze"))?;
    end(&app, &who.person, id).await?;
    Ok(Redirect::to("/freeze").into_response())
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::web::sample;

    fn row(id: &str, scope: Scope, lifted: bool) -> FreezeRow {
        FreezeRow {
            id: id.to_owned(),
            frozen: Frozen {
                scope,
                reason: sample::HOSTILE.to_owned(),
                by: "ada".to_owned(),
                until: sample::now() + Duration::minutes(30),
            },
            created_at: sample::now(),
            lifted_at: lifted.then(sample::now),
            lifted_by: lifted.then(|| "grace".to_owned()),
        }
    }

    fn html(known: &Known) -> String {
        let person = sample::reviewer("Ada");
        let page = build(known, &[], Frame::default(), &person, Wanted::default(), "", sample::now());
        page.render().unwrap()
    }

    #[test]
    fn what_is_frozen_can_be_lifted_and_what_is_over_cannot() {
        let html = html(&Known {
            in_force: vec![row("frz_1", Scope::Everything, false)],
            recent: vec![
                row("frz_1", Scope::Everything, false),
                row("frz_2", Scope::Agent("agt_9".to_owned()), true),
            ],
        });
        assert!(html.contains("action=\"/freeze/frz_1/lift\"") && !html.contains("/freeze/frz_2/lift"));
        assert!(html.contains("lifted by grace") && html.contains("agent agt_9"));
        assert!(!html.contains("<script>alert") && html.contains("⟦U+202E⟧"));
    }

    #[test]
    fn a_freeze_takes_a_reason_and_an_end() {
        assert!(missing("the database is being moved", 60).is_none());
        assert!(
            missing("", 60).is_some() && missing("x", 0).is_some() && missing(&"x".repeat(501), 60).is_some()
        );
    }

    #[test]
    fn every_offered_scope_can_be_sent_back() {
        let html = html(&Known::default());
        assert!(html.contains("Nothing is frozen."));
        for (value, _) in scopes(&[]) {
            assert!(
                value.parse::<Scope>().is_ok() && html.contains(&format!("value=\"{value}\"")),
                "{value}"
            );
        }
    }
}
