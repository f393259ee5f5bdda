//! The ledger: what was recorded, under which checkpoint, and how to check it without trusting this page.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use holdpoint_core::ChangeId;
use holdpoint_store::ledger::{self, Event};

use super::change::live::phrase;
use super::shell::{Frame, Shell, render};
use super::visible::{Shown, shown, shown_lines, visible};
use super::words::{When, when};
use crate::auth::Reviewer;
use crate::{ApiError, AppState, clock};

/// Rows a page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "ledger.html")]
struct Page {
    shell: Shell,
    checkpoint: Shown,
    size: String,
    rows: Vec<EntryView>,
    change: String,
    unknown: bool,
    older: Option<String>,
}

/// One entry.
#[derive(Debug)]
struct EntryView {
    index: Option<i64>,
    at: When,
    what: Shown,
    kind: Shown,
    tone: &'static str,
    who: Shown,
    change: String,
}

/// What is asked for.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    change: String,
    #[serde(default)]
    before: Option<i64>,
}

/// `GET /ledger`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let mut conn = app.db.conn().await?;
    let checkpoint = ledger::checkpoint(&mut conn).await?;
    let asked = wanted.change.trim();
    let change = asked.parse::<ChangeId>().ok();
    let events = match change {
        Some(change) => ledger::events_of(&mut conn, change, None).await?,
        None if asked.is_empty() => ledger::recent(&mut conn, wanted.before, PAGE).await?,
        None => Vec::new(),
    };
    let older = match (change, events.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX)) {
        (None, true) => events.last().map(|last| format!("/ledger?before={}", last.id)),
        _ => None,
    };
    let now = clock::now();
    let page = Page {
        shell: Shell::new("Ledger", "ledger", frame, Some(&who.person)),
        size: checkpoint.as_deref().and_then(|note| note.lines().nth(1)).unwrap_or("0").to_owned(),
        checkpoint: checkpoint.as_deref().map(shown_lines).unwrap_or_default(),
        rows: events.iter().map(|event| entry(event, now)).collect(),
        change: visible(asked),
        unknown: !asked.is_empty() && events.is_empty(),
        older,
    };
    render(StatusCode::OK, &page)
}

fn entry(event: &Event, now: holdpoint_core::Timestamp) -> EntryView {
    let (what, tone) = phrase(&event.kind);
    EntryView {
        index: event.index,
        at: when(event.at, now),
        what: shown(&what),
        kind: shown(&event.kind),
        tone,
        who: shown(event.actor_name.as_deref().unwrap_or(&event.actor)),
        change: event.change.map(|id| id.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    #[test]
    fn an_empty_ledger_still_says_how_to_check_it() {
        let page = Page {
            shell: Shell::new("Ledger", "ledger", Frame::default(), Some(&sample::reviewer("Ada"))),
            checkpoint: Shown::default(),
            size: "0".to_owned(),
            rows: Vec::new(),
            change: visible(sample::HOSTILE),
            unknown: true,
            older: None,
        };
        let html = page.render().unwrap();
        assert!(html.contains("holdpoint ledger verify") && !html.contains("<script>alert"));
    }
}
