//! The page of one change: what it does, who asked, why it waits, and the two forms that answer it.

mod answer;
mod asked;
mod calls;
mod diff;
mod effects;
mod execution;
pub(crate) mod facts;
mod json;
pub(crate) mod live;
mod said;
mod steps;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use holdpoint_core::{Change, ChangeId, Timestamp};
use holdpoint_store::approvals::{self, StoredApproval};
use holdpoint_store::aws::calls::Calls;
use holdpoint_store::changes::{self, StoredChange};
use holdpoint_store::executions::{self, Execution};
use holdpoint_store::ledger::{self, Event};
use holdpoint_store::people::{self, Person};

pub(crate) use answer::answer;
pub(crate) use effects::encode;
pub(crate) use execution::cancel;

use self::answer::Typed;
use self::asked::{Asked, Why};
use self::effects::{EffectsView, Wanted};
use self::facts::FactsView;
use self::live::Live;
use super::radius::{self, RadiusView};
use super::shell::{Frame, Shell, render};
use super::visible::{Shown, shown, visible};
use crate::auth::Reviewer;
use crate::{ApiError, AppState, clock};

#[derive(Template)]
#[template(path = "change.html")]
struct Page {
    shell: Shell,
    live: Live,
    asked: Asked,
    why: Why,
    radius: RadiusView,
    facts: FactsView,
    effects: EffectsView,
    outputs: Vec<OutputView>,
    around: Vec<Shown>,
    form: FormView,
}

#[derive(Template)]
#[template(path = "change_live.html")]
struct Fragment {
    shell: Shell,
    live: Live,
}

/// What the forms need.
#[derive(Debug)]
struct FormView {
    action: String,
    /// The address to type before an approval that destroys data; empty when nothing is to be typed.
    to_type: String,
    typed: Typed,
}

/// A change of an output.
#[derive(Debug)]
struct OutputView {
    glyph: &'static str,
    kind: &'static str,
    name: Shown,
    value: Shown,
}

/// Everything that is read about a change, in the order that keeps it consistent: the change first, so that an
/// approval that lands in between shows early, never a decision without its approvals.
struct Read {
    stored: StoredChange,
    approvals: Vec<StoredApproval>,
    events: Vec<Event>,
    operator: Option<String>,
    execution: Option<Execution>,
    calls: Calls,
}

async fn read(app: &AppState, id: ChangeId) -> Result<Read, ApiError> {
    let mut conn = app.db.conn().await?;
    let stored = changes::get(&mut conn, id).await?;
    let approvals = approvals::of(&mut conn, id).await?;
    let events = ledger::events_of(&mut conn, id, None).await?;
    let operator = match stored.requester.operator {
        Some(operator) => Some(people::get(&mut conn, operator).await?.name),
        None => None,
    };
    let execution = executions::of(&mut conn, id).await?;
    let calls = holdpoint_store::aws::calls::of(&mut conn, id).await?;
    Ok(Read { stored, approvals, events, operator, execution, calls })
}

async fn load(app: &AppState, id: ChangeId) -> Result<Change, ApiError> {
    let mut conn = app.db.conn().await?;
    Ok(changes::load(&mut conn, id).await?)
}

fn parse(id: &str) -> Result<ChangeId, ApiError> {
    id.parse().map_err(|_| ApiError::NotFound("change"))
}

/// `GET /changes/{id}`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let id = parse(&id)?;
    let (read, change) = (read(&app, id).await?, load(&app, id).await?);
    let page = build(&read, &change, &who.person, frame, &wanted, Typed::default(), clock::now());
    render(StatusCode::OK, &page)
}

/// `GET /changes/{id}/fragment`: the live part alone.
pub(crate) async fn fragment(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    // The effects never change, so neither does the gravest hazard: the script keeps that of the page, and a large
    // change is not read again for every piece of news.
    let live = live_view(&read(&app, parse(&id)?).await?, None, &who.person, clock::now());
    render(
        StatusCode::OK,
        &Fragment { shell: Shell::new(title(&live), "changes", frame, Some(&who.person)), live },
    )
}

fn live_view(read: &Read, change: Option<&Change>, person: &Person, now: Timestamp) -> Live {
    let gravest = change.and_then(effects::gravest);
    let live = live::view(&read.stored, gravest, &read.approvals, &read.events, person, now);
    let machines = read.execution.as_ref().map(|of| execution::view(&live.id, read.stored.state.name(), of));
    Live { machines, calls: calls::view(&read.calls, now), ..live }
}

fn title(live: &Live) -> String {
    format!("{}: {}", live.state, live.sentence)
}

fn build(
    read: &Read,
    change: &Change,
    person: &Person,
    frame: Frame,
    wanted: &Wanted,
    typed: Typed,
    now: Timestamp,
) -> Page {
    let live = live_view(read, Some(change), person, now);
    let at = format!("/changes/{}", read.stored.id);
    Page {
        shell: Shell::new(title(&live), "changes", frame, Some(person))
            .live(format!("{at}/events"), format!("{at}/fragment")),
        asked: asked::asked(&read.stored, read.operator.as_deref(), now),
        why: asked::why(&read.stored),
        radius: radius::view(read.stored.facts.radius.as_deref(), change.context.estate),
        facts: facts::view(&read.stored.facts, now),
        effects: effects::view(change, &read.stored.counts, wanted),
        outputs: outputs(change),
        around: around(change),
        form: FormView {
            action: format!("{at}/approvals"),
            to_type: effects::to_type(change).unwrap_or_default(),
            typed,
        },
        live,
    }
}

fn outputs(change: &Change) -> Vec<OutputView> {
    let view = |output: &holdpoint_core::OutputChange| {
        let side = |raw: &Option<Box<serde_json::value::RawValue>>, none: &str| {
            raw.as_ref().map_or(none.to_owned(), |raw| raw.get().chars().take(300).collect())
        };
        let value = if output.sensitive {
            "sensitive, masked".to_owned()
        } else {
            format!(
                "{} → {}",
                side(&output.before, "nothing"),
                side(&output.after, "known after apply, or nothing")
            )
        };
        OutputView {
            glyph: super::words::glyph(output.effect),
            kind: output.effect.as_str(),
            name: shown(&output.name),
            value: shown(&value),
        }
    };
    change.outputs.iter().take(effects::PAGE).map(view).collect()
}

/// What the document says around the effects.
fn around(change: &Change) -> Vec<Shown> {
    use super::words::count;
    let context = &change.context;
    let mut notes = vec![shown(&format!("{} stay as they are.", count(context.unchanged, "resource")))];
    if context.errored {
        notes.push(shown(
            "The tool says that this plan failed half-way: it is not the whole of what was intended.",
        ));
    }
    if context.incomplete {
        notes.push(shown("The tool says that carrying this out leaves something undone."));
    }
    if !context.drift.is_empty() {
        let some: Vec<String> = context.drift.iter().take(8).map(|d| visible(&d.address)).collect();
        let n = count(u64::try_from(context.drift.len()).unwrap_or(u64::MAX), "resource");
        notes.push(shown(&format!(
            "{n} changed outside of the tool since it last looked: {}.",
            some.join(", ")
        )));
    }
    notes
}

#[cfg(test)]
mod tests;
