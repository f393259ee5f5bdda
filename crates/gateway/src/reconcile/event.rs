//! An event as it is handed to the daemon: what reconciliation needs of CloudTrail's record, without its parameters.

use holdpoint_cloud::trail::{Event, Principal};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use crate::api::view::moment;

/// One call that reached AWS.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrailEvent {
    /// `eventTime`, RFC 3339.
    at: String,
    /// `eventID`.
    id: String,
    /// `eventSource` without its suffix, as `ec2`.
    service: String,
    /// `eventName`.
    name: String,
    /// `recipientAccountId`.
    account: String,
    /// `awsRegion`.
    region: String,
    /// `requestID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// `userIdentity.type`.
    #[serde(default)]
    identity: String,
    /// `userIdentity.arn`.
    #[serde(default)]
    arn: String,
    /// `userIdentity.sessionContext.sessionIssuer.arn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// The last part of an assumed role's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// `userIdentity.sessionContext.sourceIdentity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
    /// `userIdentity.invokedBy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoked_by: Option<String>,
    /// ARNs of `resources`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    /// `sourceIPAddress`.
    #[serde(default)]
    source_ip: String,
    /// `userAgent`.
    #[serde(default)]
    user_agent: String,
    /// `errorCode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// `readOnly`. Absent counts as a write.
    #[serde(default)]
    read_only: bool,
    /// `eventType`.
    #[serde(default)]
    kind: String,
}

impl From<&Event> for TrailEvent {
    fn from(event: &Event) -> Self {
        let (event, principal) = (event.clone(), event.principal.clone());
        Self {
            at: moment(event.at),
            id: event.id,
            service: event.service,
            name: event.name,
            account: event.account,
            region: event.region,
            request_id: event.request_id,
            identity: principal.kind,
            arn: principal.arn,
            role: principal.role,
            session: principal.session,
            source_identity: principal.source_identity,
            invoked_by: principal.invoked_by,
            resources: event.resources.into_iter().map(|(_, arn)| arn).collect(),
            source_ip: event.source_ip,
            user_agent: event.user_agent,
            error: event.error,
            read_only: event.read_only,
            kind: event.kind,
        }
    }
}

impl TryFrom<TrailEvent> for Event {
    type Error = String;

    fn try_from(event: TrailEvent) -> Result<Self, String> {
        let at =
            OffsetDateTime::parse(&event.at, &Rfc3339).map_err(|_| format!("`{}` is no time", event.at))?;
        Ok(Self {
            at,
            id: event.id,
            service: event.service,
            name: event.name,
            account: event.account,
            region: event.region,
            principal: Principal {
                kind: event.identity,
                arn: event.arn,
                role: event.role,
                session: event.session,
                source_identity: event.source_identity,
                invoked_by: event.invoked_by,
            },
            request_id: event.request_id,
            resources: event.resources.into_iter().map(|arn| (String::new(), arn)).collect(),
            source_ip: event.source_ip,
            user_agent: event.user_agent,
            error: event.error,
            read_only: event.read_only,
            kind: event.kind,
        })
    }
}
