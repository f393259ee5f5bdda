use askama::Template;
use holdpoint_core::{Answer, EffectKind, Manner, Noted};
use holdpoint_store::ledger::Event;

use super::*;
use crate::web::sample;

fn reading(stored: StoredChange) -> Read {
    let approvals = vec![sample::approval(&stored, &sample::reviewer("Grace"), Answer::Approve)];
    let event = |kind: &str, index| Event {
        index,
        id: 1,
        at: sample::now(),
        kind: kind.to_owned(),
        actor: stored.requester.id.clone(),
        actor_name: Some(stored.requester.name.clone()),
        change: Some(stored.id),
        body: serde_json::Value::Null,
    };
    let events = vec![event("change.submitted", Some(4)), event("change.held", None)];
    Read {
        approvals,
        events,
        operator: Some("Olga".to_owned()),
        execution: None,
        calls: Calls::default(),
        stored,
    }
}

fn html(stored: StoredChange, change: &Change, person: &Person) -> String {
    let read = reading(stored);
    build(&read, change, person, Frame::default(), &Wanted::default(), Typed::default(), sample::now())
        .render()
        .unwrap()
}

/// Where each of these stands in the page; panics when one is missing.
fn places(html: &str, marks: &[&str]) -> Vec<usize> {
    marks.iter().map(|mark| html.find(mark).unwrap_or_else(|| panic!("the page lacks {mark}"))).collect()
}

#[test]
fn the_page_keeps_its_order() {
    let html = html(sample::stored(), &sample::change(), &sample::reviewer("Ada"));
    let order = places(
        &html,
        &[
            "agent billing-bot wants to delete 1, replace 1, update 1 and create 1 in production</h1>",
            "1 more of reviewers",
            "id=\"asked\"",
            "claimed by the agent, not verified",
            "id=\"why\"",
            "2017: a database was deleted with its backups",
            "Steps that would pass, any one of 2",
            "id=\"radius\"",
            "2 fall, 13 depend on them, 1 holds data; 96 % of references followed.",
            "<svg class=\"reach\"",
            "12 × aws_instance",
            "The same as a table, 15 rows",
            "id=\"effects\"",
            "Destroys data",
            "id=\"effect-3\"",
            "id=\"facts\"",
            "more than passes without a person",
            "aws_db_snapshot.nightly",
            "unknown: the live system was not asked",
            "id=\"approve\"",
            "id=\"timeline\"",
        ],
    );
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn markup_in_what_agents_say_stays_text() {
    let (stored, change) = sample::hostile();
    let html = html(stored, &change, &sample::reviewer("Ada"));
    assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "markup got through");
    assert!(!html.contains('\u{202e}'), "a direction override got through");
    assert!(html.contains("⟦U+202E⟧"));
    assert_eq!(html.matches("<script").count(), 1, "only our own script");
    assert!(!html.contains(" style=") && !html.contains(" onclick="), "inline style or handler");
}

#[test]
fn the_form_is_closed_for_the_operator_and_says_why() {
    let html = html(sample::stored(), &sample::change(), &sample::operator());
    assert!(html.contains("You cannot answer: you are the operator who answers for the requester."));
    assert_eq!(html.matches("<fieldset disabled").count(), 2);
}

#[test]
fn the_fragment_has_the_live_parts_and_no_form() {
    let read = reading(sample::stored());
    let person = sample::reviewer("Ada");
    let live = live_view(&read, None, &person, sample::now());
    let html = Fragment { shell: Shell::new("x", "changes", Frame::default(), Some(&person)), live }
        .render()
        .unwrap();
    assert!(
        html.contains("id=\"live-bar\"")
            && html.contains("id=\"live-timeline\"")
            && !html.contains("<textarea")
    );
}

#[test]
fn a_manner_and_a_command_are_read_beside_the_hazards() {
    let (mut stored, mut change) = (sample::stored(), sample::change());
    let mut run = sample::effect("shell", "1", "null", r#"{"command":"kubectl delete ns --all"}"#);
    run.effect = EffectKind::Execute;
    run.manners =
        vec![Noted { manner: Manner::SelectsAll, evidence: "`--all` selects every namespace".to_owned() }];
    change.effects = vec![run];
    stored.counts = change.counts();
    let html = html(stored, &change, &sample::reviewer("Ada"));
    assert!(html.contains(
        "<pre class=\"said\" tabindex=\"0\" aria-label=\"The command\"><code>kubectl delete ns --all"
    ));
    assert!(html.contains("<b>reaches all there is</b> because <code>--all</code> selects every namespace"));
    assert!(!html.contains("<th role=\"rowheader\""), "the command is no table row");
}

#[test]
fn machines_are_shown_and_what_they_say_stays_text() {
    let execution = |cancelled_by: Option<&str>| holdpoint_store::executions::Execution {
        id: Some("e-1".to_owned()),
        progress: Some(
            serde_json::json!({ "run": { "state": "running" }, "parts": [
                { "of": "i-1", "stage": "timed_out", "output": sample::HOSTILE },
            ] })
            .to_string(),
        ),
        looked_at: None,
        cancelled_by: cancelled_by.map(str::to_owned),
    };
    let id = sample::stored().id.to_string();
    let machines = super::execution::view(&id, holdpoint_core::StateName::Executing, &execution(None));
    assert!(machines.cancel.ends_with("/cancellation"));
    let told = super::execution::view(&id, holdpoint_core::StateName::Executing, &execution(Some("per_x")));
    assert!(told.cancel.is_empty(), "it is cancelled once");
    let mut read = reading(sample::stored());
    read.execution = Some(execution(None));
    let person = sample::reviewer("Ada");
    let change = sample::change();
    let (frame, wanted) = (Frame::default(), Wanted::default());
    let html =
        build(&read, &change, &person, frame, &wanted, Typed::default(), sample::now()).render().unwrap();
    assert!(html.contains("On the machines: running") && html.contains("timed out"));
    assert!(!html.contains("<script>alert") && html.contains("⟦U+202E⟧"));
}

#[test]
fn a_change_judged_before_radii_were_computed_says_so() {
    let mut stored = sample::stored();
    stored.facts.radius = None;
    let html = html(stored, &sample::change(), &sample::reviewer("Ada"));
    assert!(html.contains("Unknown: it was not computed") && !html.contains("<svg class=\"reach\""));
}
