//! EC2 says beforehand whether a call is possible. No person is asked about one that is not.

use holdpoint_core::Outcome;

use super::answer::Refusal;
use super::arrive::{Arrived, Content};
use super::{Gateway, forward};
use crate::AppState;

/// What makes the call impossible, in AWS's own words. `None` when it is possible, or nobody can say.
pub(super) async fn impossible(app: &AppState, arrived: &Arrived) -> Option<Refusal> {
    let gateway: &Gateway = app.aws.as_ref()?;
    let Content::Whole(body) = &arrived.content else { return None };
    if arrived.call.service != "ec2" || !app.config.aws.look_ups {
        return None;
    }
    let form = std::str::from_utf8(body).ok()?;
    let kept: Vec<&str> = form.split('&').filter(|pair| !pair.starts_with("DryRun=")).collect();
    let form = format!("{}&DryRun=true", kept.join("&"));
    let answer = forward::ask(app, gateway, arrived, form.into_bytes()).await.ok()?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let code = between(&text, "<Code>", "</Code>")?;
    let says = between(&text, "<Message>", "</Message>").unwrap_or_default();
    // It would have succeeded; or this operation has no dry run, and nothing is known.
    let possible = code == "DryRunOperation" || answer.outcome == Outcome::Unknown;
    let known =
        code == "UnauthorizedOperation" || code.ends_with(".NotFound") || code.ends_with(".Malformed");
    // AWS's own answer is the truth, and what the client would have got without a gateway.
    (!possible && known).then(|| Refusal {
        status: answer.status,
        code: code.to_owned().into(),
        says: says.to_owned(),
    })
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}
