//! The queue: every change that waits for people, first those that wait for you, soonest to expire first.

use std::cmp::Reverse;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use holdpoint_core::{State as ChangeState, StateName, Timestamp};
use holdpoint_store::approvals::{self, StoredApproval};
use holdpoint_store::changes::{self, Filter, StoredChange};
use holdpoint_store::people::Person;

use super::change::live::{self, Ends, Seat};
use super::shell::{Frame, Shell, render};
use super::visible::{Shown, prose, shown};
use super::words::{self, When, glyph, grouped, of_kind, when};
use crate::auth::Reviewer;
use crate::{ApiError, AppState, clock};

/// More than these wait on the page of all changes.
const MOST: u32 = 200;

#[derive(Template)]
#[template(path = "queue.html")]
struct Page {
    shell: Shell,
    rows: Vec<RowView>,
    mine: usize,
    announce: String,
    more: bool,
    recent: Vec<RowView>,
}

/// One change in a list.
#[derive(Debug)]
pub(crate) struct RowView {
    pub(crate) id: String,
    pub(crate) sentence: String,
    pub(crate) state: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) why: Shown,
    pub(crate) rule: Shown,
    pub(crate) counts: Vec<(&'static str, &'static str, String)>,
    pub(crate) loses_data: String,
    pub(crate) seats: Vec<Seat>,
    pub(crate) ends: Option<Ends>,
    pub(crate) asked: When,
    pub(crate) workspace: Shown,
    /// It waits for the person who looks.
    pub(crate) mine: bool,
    /// Why not.
    pub(crate) note: String,
}

/// `GET /`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
) -> Result<Response, ApiError> {
    let mut conn = app.db.conn().await?;
    let held = Filter { states: vec![StateName::Held], ..Filter::default() };
    let mut waiting = Vec::new();
    for stored in changes::list(&mut conn, &held, None, MOST).await? {
        let approvals = approvals::of(&mut conn, stored.id).await?;
        waiting.push((stored, approvals));
    }
    let recent = changes::list(&mut conn, &Filter::default(), None, 30).await?;
    let page = build(waiting, &recent, &who.person, frame, clock::now());
    render(StatusCode::OK, &page)
}

fn build(
    mut waiting: Vec<(StoredChange, Vec<StoredApproval>)>,
    recent: &[StoredChange],
    person: &Person,
    frame: Frame,
    now: Timestamp,
) -> Page {
    let more = waiting.len() >= usize::try_from(MOST).unwrap_or(usize::MAX);
    waiting.sort_by_key(|(stored, approvals)| {
        let mine = live::standing(stored, approvals, person, now).may_approve;
        let until = match &stored.state {
            ChangeState::Held { until, .. } => Some(*until),
            _ => None,
        };
        (Reverse(mine), until, stored.id)
    });
    let rows: Vec<RowView> =
        waiting.iter().map(|(stored, approvals)| row(stored, approvals, person, now)).collect();
    let mine = rows.iter().filter(|row| row.mine).count();
    let announce = match rows.len() {
        0 => "Nothing waits for a person.".to_owned(),
        n => format!("{} held.", words::count(u64::try_from(n).unwrap_or(u64::MAX), "change")),
    };
    let title = if rows.is_empty() { "Queue".to_owned() } else { format!("({}) Queue", rows.len()) };
    let recent = recent
        .iter()
        .filter(|stored| stored.state.name() != StateName::Held)
        .take(8)
        .map(|stored| row(stored, &[], person, now))
        .collect();
    let shell = Shell::new(title, "queue", frame, Some(person)).live("/events", "");
    Page { shell, rows, mine, announce, more, recent }
}

/// A change as a row.
pub(crate) fn row(
    stored: &StoredChange,
    approvals: &[StoredApproval],
    person: &Person,
    now: Timestamp,
) -> RowView {
    let name = stored.state.name();
    let standing = live::standing(stored, approvals, person, now);
    let held = name == StateName::Held;
    let first = stored.judgement.reasons.first();
    RowView {
        id: stored.id.to_string(),
        sentence: words::sentence(&stored.requester, &stored.counts, stored.facts.environment.is, name),
        state: name.as_str(),
        sign: words::state_sign(name),
        why: first.map(|reason| prose(&reason.reason)).unwrap_or_default(),
        rule: first.map(|reason| shown(&reason.rule)).unwrap_or_default(),
        counts: holdpoint_core::EffectKind::ALL
            .into_iter()
            .map(|kind| (kind, of_kind(&stored.counts, kind)))
            .filter(|(_, n)| *n > 0)
            .map(|(kind, n)| (kind.as_str(), glyph(kind), grouped(n)))
            .collect(),
        loses_data: match stored.counts.destroys_data {
            0 => String::new(),
            n => format!("destroys data in {}", grouped(n)),
        },
        seats: if held { live::seats(stored, approvals).0 } else { Vec::new() },
        ends: live::ends(&stored.state, now),
        asked: when(stored.created_at, now),
        workspace: stored.source.workspace.as_deref().map(shown).unwrap_or_default(),
        mine: standing.may_approve,
        note: if held { standing.why_not } else { String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    #[test]
    fn what_waits_for_me_comes_first() {
        let (mut theirs, mine) = (sample::stored(), sample::stored());
        theirs.requester.operator = Some(sample::reviewer("Ada").id);
        let page = build(
            vec![(theirs, vec![]), (mine, vec![])],
            &[],
            &sample::reviewer("Ada"),
            Frame::default(),
            sample::now(),
        );
        assert_eq!((page.rows[0].mine, page.rows[1].mine, page.mine), (true, false, 1));
        let html = page.render().unwrap();
        assert!(html.contains("<title>(2) Queue") && html.contains("2 changes held."));
    }

    #[test]
    fn nothing_of_an_agents_becomes_markup() {
        let (stored, _) = sample::hostile();
        let html = build(
            vec![(stored.clone(), vec![])],
            &[stored],
            &sample::reviewer("Ada"),
            Frame { theme: "dark", ..Frame::default() },
            sample::now(),
        )
        .render()
        .unwrap();
        assert!(!html.contains("<script>alert") && !html.contains('\u{202e}') && html.contains("⟦U+202E⟧"));
    }

    #[test]
    fn an_empty_queue_says_what_to_do() {
        let html = build(Vec::new(), &[], &sample::reviewer("Ada"), Frame::default(), sample::now())
            .render()
            .unwrap();
        assert!(html.contains("Nothing waits") && html.contains("holdpoint submit"));
    }
}
