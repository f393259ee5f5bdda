//! All changes, newest first: filtered by state, searched, a page at a time. Nothing that was decided goes away.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use holdpoint_core::{ChangeId, StateName};
use holdpoint_store::changes::{self, Filter};

use super::change::encode;
use super::queue::{RowView, row};
use super::shell::{Frame, Shell, render};
use super::visible::visible;
use crate::auth::Reviewer;
use crate::{ApiError, AppState, clock};

/// Rows a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "changes.html")]
struct Page {
    shell: Shell,
    rows: Vec<RowView>,
    states: Vec<StateLink>,
    state: String,
    q: String,
    q_url: String,
    older: Option<String>,
    first: bool,
}

/// A state to filter by.
#[derive(Debug)]
struct StateLink {
    name: &'static str,
    sign: &'static str,
    href: String,
    current: bool,
}

/// What is asked for.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    state: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    before: String,
}

/// `GET /changes`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let (state, before) = (wanted.state.parse::<StateName>().ok(), wanted.before.parse::<ChangeId>().ok());
    let q = wanted.q.trim().to_owned();
    let filter = Filter {
        states: state.into_iter().collect(),
        requester: None,
        search: (!q.is_empty()).then(|| q.clone()),
    };
    let mut conn = app.db.conn().await?;
    let found = changes::list(&mut conn, &filter, before, PAGE.saturating_add(1)).await?;
    let now = clock::now();
    let full = found.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    let rows: Vec<RowView> = found
        .iter()
        .take(usize::try_from(PAGE).unwrap_or(usize::MAX))
        .map(|stored| row(stored, &[], &who.person, now))
        .collect();
    let word = state.map_or("", StateName::as_str);
    let older = rows
        .last()
        .filter(|_| full)
        .map(|last| format!("/changes?state={word}&q={}&before={}", encode(&q), last.id));
    let page = Page {
        shell: Shell::new("All changes", "changes", frame, Some(&who.person)),
        rows,
        states: links(state, &q),
        state: word.to_owned(),
        q: visible(&q),
        q_url: encode(&q),
        older,
        first: before.is_none(),
    };
    render(StatusCode::OK, &page)
}

fn links(current: Option<StateName>, q: &str) -> Vec<StateLink> {
    let link = |name: &'static str, sign, href: &str, current| StateLink {
        name,
        sign,
        href: format!("/changes?state={href}&q={}", encode(q)),
        current,
    };
    std::iter::once(link("any state", "", "", current.is_none()))
        .chain(StateName::ALL.into_iter().map(|state| {
            link(state.as_str(), super::words::state_sign(state), state.as_str(), current == Some(state))
        }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    #[test]
    fn a_search_cannot_break_out_of_its_field() {
        let person = sample::reviewer("Ada");
        let page = Page {
            shell: Shell::new("All changes", "changes", Frame::default(), Some(&person)),
            rows: vec![row(&sample::hostile().0, &[], &person, sample::now())],
            states: links(Some(StateName::Held), sample::HOSTILE),
            state: "held".to_owned(),
            q: visible(sample::HOSTILE),
            q_url: encode(sample::HOSTILE),
            older: None,
            first: true,
        };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>alert") && !html.contains("<img src=x"));
        assert!(html.contains("aria-current=\"true\""));
    }
}
