//! Events against what was carried out.

use std::collections::{BTreeSet, HashMap};

use holdpoint_cloud::trail::{Carried, Event, Explanation, explains};
use holdpoint_store::aws::reconciliations::Counts;
use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::ToSchema;

use super::KEPT;
use crate::api::view::moment;

/// A write that no change explains. Its words come from CloudTrail, and are whoever called's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Finding {
    /// When; RFC 3339.
    pub(crate) at: String,
    /// CloudTrail's id of the event.
    pub(crate) event_id: String,
    /// Who called: an ARN, or what kind of identity where there is none.
    pub(crate) who: String,
    /// The service, as `ec2`.
    pub(crate) service: String,
    /// The operation.
    pub(crate) operation: String,
    /// What it was on, as far as CloudTrail knows; at most five.
    pub(crate) resources: Vec<String>,
    /// The account.
    pub(crate) account: String,
    /// The region.
    pub(crate) region: String,
    /// Where it came from.
    pub(crate) source_ip: String,
    /// The client, by its own account.
    pub(crate) user_agent: String,
    /// The error that AWS refused it with; absent if it was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// Why nothing explains it.
    pub(crate) why: Why,
    /// The same in a sentence.
    pub(crate) says: String,
}

/// Why nothing explains a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// It was made in a session as Holdpoint opens them, and Holdpoint did not make it.
    OurSession,
    /// Holdpoint made such a call at that time, and this is another one.
    AnotherOne,
    /// It came by another road.
    OtherRoad,
}

/// What events come to.
pub(super) struct Matched {
    pub(super) counts: Counts,
    /// The latest first.
    pub(super) findings: Vec<Finding>,
}

/// Calls, by what an event is found by.
struct Made<'a> {
    by_request: HashMap<&'a str, Vec<&'a Carried>>,
    by_session: HashMap<&'a str, Vec<&'a Carried>>,
    by_operation: HashMap<&'a str, Vec<&'a Carried>>,
}

impl<'a> Made<'a> {
    fn of(carried: &'a [Carried]) -> Self {
        let mut made =
            Self { by_request: HashMap::new(), by_session: HashMap::new(), by_operation: HashMap::new() };
        for call in carried {
            if let Some(id) = &call.request_id {
                made.by_request.entry(id).or_default().push(call);
            }
            made.by_session.entry(&call.session).or_default().push(call);
            made.by_operation.entry(&call.operation).or_default().push(call);
        }
        made
    }

    /// The calls that may explain an event; no other can.
    fn near(&self, event: &Event) -> Vec<Carried> {
        let of = |map: &HashMap<&str, Vec<&'a Carried>>, key: &Option<String>| -> Vec<&'a Carried> {
            key.as_deref().and_then(|key| map.get(key)).cloned().unwrap_or_default()
        };
        let by_session = of(&self.by_session, &event.principal.session);
        let by_session = by_session
            .into_iter()
            .filter(|call| call.request_id.is_none() || event.principal.invoked_by.is_some());
        of(&self.by_request, &event.request_id).into_iter().chain(by_session).cloned().collect()
    }

    fn twin(&self, event: &Event) -> Option<&'a Carried> {
        let near = |call: &&&Carried| {
            call.service == event.service && (call.at - event.at).abs() <= Duration::minutes(15)
        };
        self.by_operation.get(event.name.as_str())?.iter().find(near).copied()
    }
}

pub(super) fn matched(
    events: &[Event],
    carried: &[Carried],
    guarded: Option<&BTreeSet<String>>,
    sessions: &BTreeSet<String>,
) -> Matched {
    let made = Made::of(carried);
    let mut counts = Counts::default();
    let mut unexplained: Vec<&Event> = Vec::new();
    for event in events {
        // An event that names no account may be of any.
        if guarded.is_some_and(|accounts| !event.account.is_empty() && !accounts.contains(&event.account)) {
            counts.elsewhere += 1;
            continue;
        }
        counts.looked_at += 1;
        match explains(event, &made.near(event)) {
            Explanation::Explained(_) => counts.explained += 1,
            Explanation::Exempt(_) => counts.exempt += 1,
            Explanation::Unexplained => {
                counts.unexplained += 1;
                unexplained.push(event);
            }
        }
    }
    unexplained.sort_by_key(|event| std::cmp::Reverse(event.at));
    let findings = unexplained.into_iter().take(KEPT).map(|event| finding(event, &made, sessions)).collect();
    Matched { counts, findings }
}

fn finding(event: &Event, made: &Made<'_>, sessions: &BTreeSet<String>) -> Finding {
    let (why, says) = why(event, made, sessions);
    let principal = &event.principal;
    let mut who = if principal.arn.is_empty() { principal.kind.clone() } else { principal.arn.clone() };
    if let Some(service) = &principal.invoked_by {
        who += &format!(" through {service}");
    }
    Finding {
        at: moment(event.at),
        event_id: cut(&event.id),
        who: cut(&who),
        service: cut(&event.service),
        operation: cut(&event.name),
        resources: event.resources.iter().take(5).map(|(_, arn)| cut(arn)).collect(),
        account: cut(&event.account),
        region: cut(&event.region),
        source_ip: cut(&event.source_ip),
        user_agent: cut(&event.user_agent),
        error: event.error.as_deref().map(cut),
        why,
        says,
    }
}

fn why(event: &Event, made: &Made<'_>, sessions: &BTreeSet<String>) -> (Why, String) {
    let principal = &event.principal;
    let session = principal.session.as_ref().filter(|session| sessions.contains(*session));
    let change = principal.source_identity.as_ref().filter(|identity| identity.starts_with("chg_"));
    if let Some(name) = session.or(change) {
        let says = format!(
            "It was made in a session as Holdpoint opens them (`{}`), and Holdpoint did not make it: somebody holds \
             such a session's keys, or opened one of that name.",
            cut(name)
        );
        return (Why::OurSession, says);
    }
    if let Some(twin) = made.twin(event) {
        let says = format!(
            "Holdpoint made such a call for {} at about that time; this is another one, by somebody else.",
            twin.change
        );
        return (Why::AnotherOne, says);
    }
    (
        Why::OtherRoad,
        "It did not come through Holdpoint: whoever called has credentials of their own.".to_owned(),
    )
}

/// Short enough to be kept and shown.
fn cut(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests;
