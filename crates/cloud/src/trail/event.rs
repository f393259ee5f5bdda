//! One event, as CloudTrail writes it.

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ask::{plain, text};

/// Resources kept of one event.
const MOST_RESOURCES: usize = 50;

/// One call that reached AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: OffsetDateTime,
    /// CloudTrail's id of the event.
    pub id: String,
    /// The service, as `ec2`: the event's source without its suffix.
    pub service: String,
    /// The operation.
    pub name: String,
    /// The account it happened in.
    pub account: String,
    /// The region.
    pub region: String,
    /// Who called.
    pub principal: Principal,
    /// AWS's id of the request, which the answer carried as well.
    pub request_id: Option<String>,
    /// What it was about: type and ARN, where CloudTrail knows.
    pub resources: Vec<(String, String)>,
    /// Where the call came from: an address, or a service's name.
    pub source_ip: String,
    /// The client, by its own account.
    pub user_agent: String,
    /// The error it was answered with; none if it was carried out.
    pub error: Option<String>,
    /// Whether it reads only. Not shown counts as a write.
    pub read_only: bool,
    /// `AwsApiCall`, `AwsServiceEvent` and so on.
    pub kind: String,
}

/// Who called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Principal {
    /// `AssumedRole`, `IAMUser`, `Root`, `AWSService` and so on.
    pub kind: String,
    /// The caller's ARN.
    pub arn: String,
    /// The role behind a session.
    pub role: Option<String>,
    /// The session's name: the last part of its ARN.
    pub session: Option<String>,
    /// What the session's maker said who is behind it; it cannot be changed later.
    pub source_identity: Option<String>,
    /// The service that made the call for the caller.
    pub invoked_by: Option<String>,
}

/// Why a record is no event that can be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a record without a usable `{0}`")]
pub struct Unread(pub &'static str);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_time: String,
    #[serde(rename = "eventID")]
    event_id: Option<String>,
    event_source: String,
    event_name: String,
    event_type: Option<String>,
    aws_region: Option<String>,
    recipient_account_id: Option<String>,
    #[serde(rename = "requestID")]
    request_id: Option<String>,
    #[serde(rename = "sourceIPAddress")]
    source_ip: Option<String>,
    user_agent: Option<String>,
    error_code: Option<String>,
    read_only: Option<Value>,
    #[serde(default)]
    user_identity: Value,
    #[serde(default)]
    resources: Value,
}

impl Event {
    /// Reads one record.
    ///
    /// # Errors
    /// Says what it lacks. Such a record may be a write.
    pub fn read(record: &Value) -> Result<Self, Unread> {
        let record =
            Record::deserialize(record).map_err(|_| Unread("eventTime, eventSource or eventName"))?;
        let at = OffsetDateTime::parse(&record.event_time, &Rfc3339).map_err(|_| Unread("eventTime"))?;
        let source = plain(&record.event_source);
        let said = |text: Option<String>| text.map(|text| plain(&text)).filter(|text| !text.is_empty());
        let resources = crate::ask::rows(&serde_json::json!({ "r": record.resources }), "r")
            .into_iter()
            .map(|row| (text(row, "type"), text(row, "ARN")))
            .filter(|(_, arn)| !arn.is_empty())
            .take(MOST_RESOURCES)
            .collect();
        let account = said(record.recipient_account_id);
        let account = account.unwrap_or_else(|| text(&record.user_identity, "accountId"));
        Ok(Self {
            at,
            id: said(record.event_id).unwrap_or_default(),
            service: source.strip_suffix(".amazonaws.com").unwrap_or(&source).to_owned(),
            name: plain(&record.event_name),
            account,
            region: said(record.aws_region).unwrap_or_default(),
            principal: Principal::read(&record.user_identity),
            request_id: said(record.request_id),
            resources,
            source_ip: said(record.source_ip).unwrap_or_default(),
            user_agent: said(record.user_agent).unwrap_or_default(),
            error: said(record.error_code),
            // Older records write the truth as text.
            read_only: matches!(&record.read_only, Some(Value::Bool(true)))
                || record.read_only.as_ref().and_then(Value::as_str) == Some("true"),
            kind: said(record.event_type).unwrap_or_default(),
        })
    }
}

impl Principal {
    fn read(identity: &Value) -> Self {
        let said = |path: &str| Some(text(identity, path)).filter(|text| !text.is_empty());
        let arn = text(identity, "arn");
        let session = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/'));
        Self {
            kind: text(identity, "type"),
            role: said("sessionContext/sessionIssuer/arn"),
            session: session.map(|(_, session)| session.to_owned()),
            source_identity: said("sessionContext/sourceIdentity"),
            invoked_by: said("invokedBy"),
            arn,
        }
    }
}
