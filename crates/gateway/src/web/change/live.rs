//! The part of a change's page that follows the change: the sentence, the bar that stays, the approvals and
//! the timeline. It is rendered into the page, and alone as the fragment that the script puts in its place.

use std::collections::BTreeMap;

use holdpoint_core::{
    Answer, Approval, Requirements, Standing, State, StateName, Tally, Timestamp, Verdict, tally,
};
use holdpoint_store::approvals::StoredApproval;
use holdpoint_store::changes::StoredChange;
use holdpoint_store::ledger::Event;
use holdpoint_store::people::Person;

use super::calls::CallsOf;
use super::execution::Machines;
use crate::web::visible::{Shown, clip, shown, shown_lines};
use crate::web::words::{self, When, when};

/// What is true of the change now.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) id: String,
    pub(crate) digest: String,
    pub(crate) version: i32,
    pub(crate) sentence: String,
    pub(crate) state: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) means: &'static str,
    /// It waits for people.
    pub(crate) held: bool,
    pub(crate) seats: Vec<Seat>,
    /// "1 more of reviewers", or nothing.
    pub(crate) missing: String,
    pub(crate) ends: Option<Ends>,
    pub(crate) gravest: Option<&'static str>,
    pub(crate) approvals: Vec<AnswerView>,
    /// Nobody has answered yet.
    pub(crate) timeline: Vec<EventView>,
    pub(crate) standing: StandingView,
    /// How far the daemon's own execution is.
    pub(crate) machines: Option<Machines>,
    /// The calls of AWS's API that were made under it; nothing before the first.
    pub(crate) calls: Option<CallsOf>,
    /// What happened at the end, by whom; for the page that says that an answer came too late.
    pub(crate) outcome: Shown,
}

/// One requirement.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) group: String,
    pub(crate) given: u8,
    pub(crate) needed: u8,
}

/// When the state runs out.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) verb: &'static str,
    pub(crate) at: When,
    /// What happens then.
    pub(crate) then: &'static str,
}

/// One person's answer.
#[derive(Debug)]
pub(crate) struct AnswerView {
    pub(crate) who: Shown,
    pub(crate) yes: bool,
    pub(crate) comment: Shown,
    pub(crate) at: When,
    pub(crate) method: String,
    pub(crate) counts: bool,
}

/// One line of the timeline.
#[derive(Debug)]
pub(crate) struct EventView {
    pub(crate) what: Shown,
    /// The command, exit code and last words of an attempt, as the requester reports them.
    pub(crate) reported: Shown,
    pub(crate) who: Shown,
    pub(crate) at: When,
    pub(crate) index: Option<i64>,
    pub(crate) tone: &'static str,
}

/// Whether the person who looks may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StandingView {
    pub(crate) may_approve: bool,
    pub(crate) may_reject: bool,
    /// Why not; empty when the forms are open.
    pub(crate) why_not: String,
    /// The groups an approval counts for.
    pub(crate) counts_for: String,
}

/// The requirements a change has or had.
pub(crate) fn requirements(stored: &StoredChange) -> Option<&Requirements> {
    match (&stored.state, &stored.judgement.verdict) {
        (State::Held { requirements, .. }, _) | (_, Verdict::Hold { requirements }) => Some(requirements),
        _ => None,
    }
}

/// What `person` may do about the change now.
pub(crate) fn standing(
    stored: &StoredChange,
    approvals: &[StoredApproval],
    person: &Person,
    now: Timestamp,
) -> StandingView {
    let closed = |why: String| StandingView {
        may_approve: false,
        may_reject: false,
        why_not: why,
        counts_for: String::new(),
    };
    let State::Held { requirements, until } = &stored.state else {
        return closed(format!("This change is {}.", words::state(stored.state.name())));
    };
    if now >= *until {
        return closed("The time to answer is over.".to_owned());
    }
    match Standing::of(person.id, &person.groups, &stored.requester, requirements) {
        Standing::MayNot(why) => closed(format!("You cannot answer: {why}.")),
        Standing::May(groups) => {
            let answered = approvals
                .iter()
                .any(|a| a.approval.person == person.id && a.approval.digest == stored.digest);
            StandingView {
                may_approve: !answered,
                may_reject: !answered,
                why_not: if answered {
                    "You have answered; an answer stands.".to_owned()
                } else {
                    String::new()
                },
                counts_for: words::list(&groups),
            }
        }
    }
}

/// Builds the view.
pub(crate) fn view(
    stored: &StoredChange,
    gravest: Option<holdpoint_core::HazardKind>,
    approvals: &[StoredApproval],
    events: &[Event],
    person: &Person,
    now: Timestamp,
) -> Live {
    let name = stored.state.name();
    let (seats, missing) = seats(stored, approvals);
    Live {
        id: stored.id.to_string(),
        digest: stored.digest.to_string(),
        version: stored.version,
        sentence: words::sentence(&stored.requester, &stored.counts, stored.facts.environment.is, name),
        state: name.as_str(),
        sign: words::state_sign(name),
        means: words::state(name),
        held: name == StateName::Held,
        seats,
        missing,
        ends: ends(&stored.state, now),
        gravest: gravest.map(words::hazard),
        approvals: approvals.iter().map(|a| answer_view(a, stored, now)).collect(),
        timeline: timeline(events, now),
        standing: standing(stored, approvals, person, now),
        machines: None,
        calls: None,
        outcome: outcome(stored, approvals, now),
    }
}

/// The requirements with how far they are met, and what is missing in words.
pub(crate) fn seats(stored: &StoredChange, approvals: &[StoredApproval]) -> (Vec<Seat>, String) {
    let Some(needed) = requirements(stored) else { return (Vec::new(), String::new()) };
    let approvals: Vec<Approval> = approvals.iter().map(|a| a.approval.clone()).collect();
    let missing = match tally(needed, &stored.requester, stored.digest, &approvals) {
        Tally::Missing(missing) => missing,
        Tally::Met => BTreeMap::new(),
        Tally::Rejected { .. } => needed.iter().map(|(group, n)| (group.to_owned(), n)).collect(),
    };
    let seats = needed
        .iter()
        .map(|(group, n)| {
            let missing = missing.get(group).copied().unwrap_or(0);
            Seat { group: group.to_owned(), given: n.saturating_sub(missing), needed: n }
        })
        .collect();
    let words: Vec<String> = missing.iter().map(|(group, n)| format!("{n} more of {group}")).collect();
    (seats, words::list(&words))
}

/// When the state runs out, and what that means.
pub(crate) fn ends(state: &State, now: Timestamp) -> Option<Ends> {
    let (verb, at, then) = match state {
        State::Held { until, .. } => ("expires", until, "then nothing is executed"),
        State::Allowed { until } | State::Approved { until } => {
            ("lapses", until, "then it may no longer be carried out")
        }
        State::Executing { lease_until, .. } => {
            ("must be heard of", lease_until, "after silence its outcome is unknown")
        }
        _ => return None,
    };
    Some(Ends { verb, at: when(*at, now), then })
}

fn answer_view(stored: &StoredApproval, change: &StoredChange, now: Timestamp) -> AnswerView {
    let approval = &stored.approval;
    AnswerView {
        who: shown(&stored.person_name),
        yes: approval.answer == Answer::Approve,
        comment: shown_lines(&approval.comment),
        at: when(approval.at, now),
        method: stored.method.clone(),
        counts: approval.digest == change.digest,
    }
}

/// How the change ended, by whom, in one sentence; the state's own words when nobody in particular did it.
fn outcome(stored: &StoredChange, approvals: &[StoredApproval], now: Timestamp) -> Shown {
    let by = |answer: Answer| {
        let names: Vec<String> = approvals
            .iter()
            .filter(|a| a.approval.answer == answer && a.approval.digest == stored.digest)
            .map(|a| a.person_name.clone())
            .collect();
        words::list(&names)
    };
    let at = when(stored.updated_at, now);
    let text = match stored.state.name() {
        StateName::Rejected => format!("{} rejected it {} ({}).", by(Answer::Reject), at.relative, at.short),
        StateName::Approved => {
            format!("It is approved, by {}, {} ({}).", by(Answer::Approve), at.relative, at.short)
        }
        StateName::Held => "It still waits for people.".to_owned(),
        name => format!("It is {}, since {} ({}).", words::state(name), at.relative, at.short),
    };
    shown(&text)
}

fn timeline(events: &[Event], now: Timestamp) -> Vec<EventView> {
    events
        .iter()
        .map(|event| {
            let (what, tone) = phrase(&event.kind);
            EventView {
                what: shown(&what),
                reported: reported(&event.body),
                who: shown(event.actor_name.as_deref().unwrap_or(&event.actor)),
                at: when(event.at, now),
                index: event.index,
                tone,
            }
        })
        .collect()
}

/// What the requester says of its attempt.
fn reported(body: &serde_json::Value) -> Shown {
    let text = |key: &str| body.get(key).and_then(serde_json::Value::as_str);
    let command = text("command").map(|command| format!("command: {command}"));
    let code =
        body.get("exit_code").and_then(serde_json::Value::as_i64).map(|code| format!("exit code {code}"));
    let parts: Vec<String> = command
        .into_iter()
        .chain(code)
        .chain(text("detail").map(str::to_owned))
        .filter(|part| !part.is_empty())
        .collect();
    let text = parts.join("\n");
    let (kept, more) = clip(&text, 2_000);
    if more > 0 { shown_lines(&format!("{kept}\n… and {more} more characters")) } else { shown_lines(kept) }
}

/// An event's kind in words, and how it is coloured. A kind this build does not know is shown as it is.
pub(crate) fn phrase(kind: &str) -> (String, &'static str) {
    let (what, tone) = match kind {
        "change.submitted" => ("submitted", "plain"),
        "change.allowed" => ("submitted, and allowed by policy", "good"),
        "change.held" => ("submitted, and held by policy", "hold"),
        "change.denied" => ("submitted, and denied by policy", "bad"),
        "approval.approve" => ("approved", "good"),
        "approval.reject" => ("rejected", "bad"),
        "change.approved" => ("every requirement met: approved", "good"),
        "change.rejected" => ("rejected for good", "bad"),
        "change.expired" => ("expired unanswered", "plain"),
        "change.withdrawn" => ("withdrawn", "plain"),
        "change.lapsed" => ("lapsed unused", "plain"),
        "change.claimed" | "change.executing" => ("claimed the grant and began", "hold"),
        "change.applied" => ("reported: carried out", "good"),
        "change.failed" => ("reported: failed", "bad"),
        "execution.started" => ("started on the machines", "hold"),
        "execution.cancelled" => ("stopped the execution", "bad"),
        "change.unknown" => ("outcome unknown", "bad"),
        other => return (other.replace(['.', '_'], " "), "plain"),
    };
    (what.to_owned(), tone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    #[test]
    fn one_of_two_leaves_one_seat() {
        let (stored, person) = (sample::stored(), sample::reviewer("Ada"));
        let approvals = vec![sample::approval(&stored, &person, Answer::Approve)];
        let (seats, missing) = seats(&stored, &approvals);
        assert_eq!((seats[0].given, seats[0].needed, missing.as_str()), (1, 2, "1 more of reviewers"));
        let again = standing(&stored, &approvals, &person, sample::now());
        assert!(!again.may_approve && !again.may_reject && again.why_not.contains("an answer stands"));
    }

    #[test]
    fn who_may_not_is_told_why() {
        let stored = sample::stored();
        let operator = sample::operator();
        let view = standing(&stored, &[], &operator, sample::now());
        assert!(!view.may_approve && !view.may_reject && view.why_not.contains("operator"), "{view:?}");
        let late = standing(&stored, &[], &sample::reviewer("Ada"), sample::now() + time::Duration::days(3));
        assert!(!late.may_reject && late.why_not.contains("over"));
    }
}
