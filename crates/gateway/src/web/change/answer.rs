//! Recording a reviewer's answer. The form carries the digest that was seen; if the change is another by now, or
//! waits no longer, nothing is recorded and the page says what happened instead.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use holdpoint_core::{Answer, Change, Digest, StateName};
use holdpoint_store::approvals;

use super::effects::{Wanted, to_type};
use super::live::{Live, standing};
use super::{Read, build, live_view, load, parse, read};
use crate::api::approve::record;
use crate::auth::{Reviewer, SameOrigin};
use crate::web::shell::{Frame, Shell, render};
use crate::{ApiError, AppState, clock};

/// The longest comment that is kept.
const COMMENT: usize = 4_000;

#[derive(Template)]
#[template(path = "conflict.html")]
struct Conflict {
    shell: Shell,
    live: Live,
    title: &'static str,
    /// The comment, so that it is not lost.
    comment: String,
}

/// The form as it is sent.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Answered {
    digest: String,
    answer: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    confirm: String,
}

/// What a reviewer had typed when the form came back with something missing.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    pub(crate) approving: bool,
    pub(crate) rejecting: bool,
    pub(crate) comment: String,
    pub(crate) confirm: String,
    pub(crate) error: String,
}

/// `POST /changes/{id}/approvals`
pub(crate) async fn answer(
    State(app): State<AppState>,
    frame: Frame,
    _same: SameOrigin,
    who: Reviewer,
    Path(id): Path<String>,
    Form(form): Form<Answered>,
) -> Result<Response, ApiError> {
    let id = parse(&id)?;
    let seen: Digest = form.digest.parse().map_err(ApiError::BadRequest)?;
    let answer = match form.answer.as_str() {
        "approve" => Answer::Approve,
        "reject" => Answer::Reject,
        _ => return Err(ApiError::BadRequest("the answer must be `approve` or `reject`".to_owned())),
    };
    let (now, read, change) = (clock::now(), read(&app, id).await?, load(&app, id).await?);
    let mine =
        |a: &&approvals::StoredApproval| a.approval.person == who.person.id && a.approval.answer == answer;
    if read.approvals.iter().any(|a| mine(&a) && a.approval.digest == seen) {
        // The same answer again: a double click, or a form sent once more.
        return Ok(back(&read));
    }
    if read.stored.digest != seen || read.stored.state.name() != StateName::Held {
        return conflict(&read, &change, &who, frame, seen, &form);
    }
    let standing = standing(&read.stored, &read.approvals, &who.person, now);
    let open = if answer == Answer::Approve { standing.may_approve } else { standing.may_reject };
    if !open {
        return Err(ApiError::NotEntitled(standing.why_not));
    }
    if let Err(error) = check(answer, &form, &change) {
        let typed = Typed {
            approving: answer == Answer::Approve,
            rejecting: answer == Answer::Reject,
            comment: form.comment.clone(),
            confirm: form.confirm.clone(),
            error,
        };
        let page = build(&read, &change, &who.person, frame, &Wanted::default(), typed, now);
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    match record(&app, id, &who.person, seen, answer, &form.comment, "web").await {
        Ok(_) => Ok(back(&read)),
        Err(ApiError::Store(holdpoint_store::Error::Conflict {
            code: "stale_digest" | "not_held" | "too_late" | "already_answered",
            ..
        })) => {
            let read = super::read(&app, id).await?;
            conflict(&read, &change, &who, frame, seen, &form)
        }
        Err(error) => Err(error),
    }
}

/// To the answers; said outright, or the browser would go on to the form that it was sent from.
fn back(read: &Read) -> Response {
    Redirect::to(&format!("/changes/{}#answer", read.stored.id)).into_response()
}

fn conflict(
    read: &Read,
    change: &Change,
    who: &Reviewer,
    frame: Frame,
    seen: Digest,
    form: &Answered,
) -> Result<Response, ApiError> {
    let live = live_view(read, Some(change), &who.person, clock::now());
    let title = if read.stored.digest == seen {
        "Your answer came too late"
    } else {
        "The change is not the one you looked at"
    };
    let shell = Shell::new(title, "changes", frame, Some(&who.person));
    render(StatusCode::CONFLICT, &Conflict { shell, live, title, comment: form.comment.clone() })
}

/// What is still missing from the form, in a sentence.
fn check(answer: Answer, form: &Answered, change: &Change) -> Result<(), String> {
    let comment = form.comment.trim();
    if comment.chars().count() > COMMENT {
        return Err(format!("The comment is longer than {COMMENT} characters; shorten it."));
    }
    match (answer, to_type(change)) {
        (Answer::Reject, _) if comment.is_empty() => {
            Err("Say why: the requester is told your words, and can act on them.".to_owned())
        }
        (Answer::Approve, Some(_)) if comment.is_empty() => {
            Err("This destroys data: say in a comment why that is right.".to_owned())
        }
        (Answer::Approve, Some(address)) if form.confirm.trim() != address => {
            Err(format!("This destroys data: type {address} to show that you mean it."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    fn form(comment: &str, confirm: &str) -> Answered {
        Answered {
            digest: String::new(),
            answer: String::new(),
            comment: comment.to_owned(),
            confirm: confirm.to_owned(),
        }
    }

    #[test]
    fn loss_of_data_takes_a_comment_and_the_name() {
        let change = sample::change();
        let check = |answer, comment, confirm| check(answer, &form(comment, confirm), &change);
        assert!(check(Answer::Approve, "because", "module.db.aws_db_instance.main").is_ok());
        assert!(check(Answer::Approve, " ", "module.db.aws_db_instance.main").is_err());
        assert!(check(Answer::Approve, "because", "aws_db_instance.main").is_err());
        assert!(check(Answer::Reject, "", "").is_err());
        assert!(check(Answer::Reject, "no", "").is_ok());
        assert!(check(Answer::Reject, &"x".repeat(4_001), "").is_err());
    }

    #[test]
    fn a_harmless_change_takes_one_click() {
        let mut change = sample::change();
        change.effects.truncate(1);
        assert!(check(Answer::Approve, &form("", ""), &change).is_ok());
    }
}
