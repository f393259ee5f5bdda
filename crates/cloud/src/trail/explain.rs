//! Which change explains an event.

use time::{Duration, OffsetDateTime};

use super::Event;

/// A call that Holdpoint carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The change.
    pub change: String,
    /// AWS's id of the request; none if its answer was lost.
    pub request_id: Option<String>,
    /// The session's name that the call was signed under.
    pub session: String,
    /// The service, as CloudTrail names it: its event source without the suffix.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// When it left.
    pub at: OffsetDateTime,
}

/// Why nobody has to explain an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exempt {
    /// It only reads.
    Reads,
    /// An AWS service did it on its own account.
    Service,
    /// A role that only an AWS service can assume did it.
    ServiceLinkedRole,
}

/// What an event comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// This change.
    Explained(String),
    /// Nothing that Holdpoint carried out.
    Unexplained,
    /// Nobody's call.
    Exempt(Exempt),
}

/// How far CloudTrail's time of a call may lie from ours.
const NEAR: Duration = Duration::minutes(15);
/// How long a service may go on with what a call started: a stack's update, an automation.
const GOES_ON: Duration = Duration::hours(12);

/// Finds the change behind an event. The request's id is proof. Where it was lost, the same operation of the same
/// session at the same time is; and what a service did in the caller's session follows from the call that started it.
/// A refused call is judged like any other: somebody tried.
#[must_use]
pub fn explains(event: &Event, carried: &[Carried]) -> Explanation {
    if event.read_only {
        return Explanation::Exempt(Exempt::Reads);
    }
    let direct = carried.iter().find(|call| is_same(event, call));
    if let Some(call) = direct.or_else(|| carried.iter().find(|call| followed(event, call))) {
        return Explanation::Explained(call.change.clone());
    }
    match exempt(event) {
        Some(why) => Explanation::Exempt(why),
        None => Explanation::Unexplained,
    }
}

/// Operations that CloudTrail names otherwise than the API does.
const RENAMED: &[(&str, &str, &str)] = &[
    ("s3", "PutBucketLifecycleConfiguration", "PutBucketLifecycle"),
    ("s3", "DeleteBucketLifecycleConfiguration", "DeleteBucketLifecycle"),
    ("s3", "PutBucketNotificationConfiguration", "PutBucketNotification"),
    ("s3", "PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("s3", "DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock"),
];

/// Whether an event's name is this operation's. Lambda writes the API's version behind it: `DeleteFunction20150331`,
/// `UpdateFunctionCode20150331v2`.
fn is_named(event: &Event, operation: &str) -> bool {
    let version = |rest: &str| {
        let (date, rest) = rest.split_at_checked(8).unwrap_or_default();
        let number = rest.strip_prefix('v').unwrap_or(if rest.is_empty() { "0" } else { "" });
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits(date) && digits(number)
    };
    event.name == operation
        || RENAMED.contains(&(event.service.as_str(), operation, event.name.as_str()))
        || event.service == "lambda" && event.name.strip_prefix(operation).is_some_and(version)
}

fn is_same(event: &Event, call: &Carried) -> bool {
    let names = event.service == call.service && is_named(event, &call.operation);
    names
        && match &call.request_id {
            Some(id) => event.request_id.as_ref() == Some(id),
            // Then it was this caller, not a service in its session.
            None => {
                event.principal.invoked_by.is_none()
                    && in_session(event, call)
                    && (event.at - call.at).abs() <= NEAR
            }
        }
}

/// Services that carry out what a call to them described.
const CARRIERS: &[&str] =
    &["cloudformation", "ssm", "autoscaling", "elasticbeanstalk", "cloudcontrolapi", "servicecatalog"];

fn followed(event: &Event, call: &Carried) -> bool {
    let carrier = event.principal.invoked_by.as_deref().and_then(|by| by.strip_suffix(".amazonaws.com"));
    let elapsed = event.at - call.at;
    carrier.is_some_and(|carrier| CARRIERS.contains(&carrier) && carrier == call.service)
        && in_session(event, call)
        && elapsed >= -NEAR
        && elapsed <= GOES_ON
}

fn in_session(event: &Event, call: &Carried) -> bool {
    !call.session.is_empty() && event.principal.session.as_deref() == Some(call.session.as_str())
}

/// Only what AWS itself writes into the record counts: neither user agent nor source address.
fn exempt(event: &Event) -> Option<Exempt> {
    let principal = &event.principal;
    if principal.kind == "AWSService" || event.kind == "AwsServiceEvent" {
        return Some(Exempt::Service);
    }
    let linked = |arn: &str| {
        let role = arn.strip_prefix("arn:").and_then(|arn| arn.split_once(":role/")).map(|(_, role)| role);
        role.is_some_and(|role| role.starts_with("aws-service-role/"))
    };
    (principal.kind == "AssumedRole" && principal.role.as_deref().is_some_and(linked))
        .then_some(Exempt::ServiceLinkedRole)
}
