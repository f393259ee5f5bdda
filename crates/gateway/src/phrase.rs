//! How things are said to people and agents: the same words on every surface.

use holdpoint_core::{Answer, ChangeId, Format, Judgement, State, Tally, tally};

use crate::hub::Snapshot;

/// What is still missing, by group; empty when nothing is.
pub(crate) fn missing(snapshot: &Snapshot) -> Vec<(String, u8)> {
    let State::Held { requirements, .. } = &snapshot.change.state else { return Vec::new() };
    let approvals: Vec<_> = snapshot.approvals.iter().map(|a| a.approval.clone()).collect();
    match tally(requirements, &snapshot.change.requester, snapshot.change.digest, &approvals) {
        Tally::Missing(missing) => missing.into_iter().collect(),
        Tally::Met | Tally::Rejected { .. } => Vec::new(),
    }
}

/// "2 of reviewers and 1 of dba".
pub(crate) fn people(missing: &[(String, u8)]) -> String {
    let parts: Vec<String> = missing.iter().map(|(group, count)| format!("{count} of {group}")).collect();
    parts.join(" and ")
}

/// The first and gravest reason, as one sentence.
pub(crate) fn why(judgement: &Judgement) -> String {
    match judgement.reasons.split_first() {
        None => "No policy objects.".to_owned(),
        Some((first, [])) => format!("{}.", first.reason.trim_end_matches('.')),
        Some((first, [_])) => format!("{} (and one more reason).", first.reason.trim_end_matches('.')),
        Some((first, rest)) => {
            format!("{} (and {} more reasons).", first.reason.trim_end_matches('.'), rest.len())
        }
    }
}

/// The step that carries a released change out.
fn carry_out(format: Format, id: ChangeId) -> String {
    match format {
        Format::Terraform => format!("holdpoint exec {id} --plan tfplan -- terraform apply tfplan"),
        Format::Shell => format!("holdpoint exec {id} --script FILE"),
        Format::Aws => "run the same command again".to_owned(),
        Format::Ssm => "nothing: Holdpoint runs it".to_owned(),
        Format::Cloudformation | Format::Kubernetes | Format::Sql | Format::Http => {
            "carry out exactly this, once".to_owned()
        }
    }
}

/// What a requester is told, in this order: whether it was executed; the change's id; one line why; exactly one next
/// step; and what not to do (DESIGN 6.3).
pub(crate) fn answer(snapshot: &Snapshot) -> (String, String) {
    let change = &snapshot.change;
    let id = change.id;
    let why = why(&change.judgement);
    let dont = "Do not repeat it, split it or go round it; go on with work that does not depend on it.";
    match &change.state {
        State::Submitted => (format!("NOT executed: {id} is being judged."), format!("holdpoint wait {id}")),
        State::Held { .. } => (
            format!("NOT executed: {id} is held and waits for {}. {why} {dont}", people(&missing(snapshot))),
            format!("holdpoint wait {id}"),
        ),
        State::Allowed { .. } => {
            (format!("NOT executed yet: {id} is allowed."), carry_out(change.format, id))
        }
        State::Approved { .. } => {
            (format!("NOT executed yet: {id} is approved."), carry_out(change.format, id))
        }
        State::Denied => {
            let remedy = change.judgement.reasons.first().map_or(String::new(), |r| r.remedy.clone());
            (
                format!("NOT executed, and it will not be: {id} is denied, and nobody can release it. {why}"),
                remedy,
            )
        }
        State::Rejected { .. } => {
            let no = snapshot.approvals.iter().find(|a| a.approval.answer == Answer::Reject);
            let words =
                no.map_or(String::new(), |a| format!(" {} wrote: {}", a.person_name, a.approval.comment));
            (
                format!("NOT executed, and it will not be: {id} was rejected by a person.{words}"),
                "read the comment, and propose a different change only if it answers it".to_owned(),
            )
        }
        State::Expired => (
            format!("NOT executed: nobody answered {id} in time, so it expired."),
            "submit it again if it is still needed".to_owned(),
        ),
        State::Withdrawn => (format!("NOT executed: {id} was withdrawn."), "nothing".to_owned()),
        State::Lapsed => (
            format!("NOT executed: the right to carry {id} out ended unused."),
            "submit it again if it is still needed".to_owned(),
        ),
        State::Executing { .. } => (format!("{id} is being carried out."), format!("holdpoint show {id}")),
        State::Applied { .. } => (format!("{id} was applied."), "nothing".to_owned()),
        State::Failed { .. } => (
            format!("{id} was tried and failed; it cannot be tried again under this id."),
            "look at the attempt's output, then make and submit a new plan".to_owned(),
        ),
        State::Unknown { .. } => (
            format!("{id} was tried and its outcome is not known. Do not repeat it."),
            "have a person look at the real state, then run `holdpoint resolve`".to_owned(),
        ),
    }
}
