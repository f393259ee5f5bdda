//! `sts:AssumeRole` is performed by the gateway itself: passed on, its answer would be a real credential. The agent gets
//! another key of Holdpoint's, whose calls are made with that role.

use std::sync::Arc;

use holdpoint_cloud::credentials::{Bearer, Binding, issued_id};
use holdpoint_intake::aws::Call;
use holdpoint_store::Error;
use holdpoint_store::aws::keys::{self, Assumed, Opens};
use http::{HeaderValue, Response, header};
use time::format_description::well_known::Rfc3339;

use super::answer::{Refusal, whole};
use super::arrive::Arrived;
use super::road::Stopped;
use super::{Gateway, Reply};
use crate::{ApiError, AppState, clock, random};

/// Whether the gateway performs this call itself.
pub(super) fn is(call: &Call) -> bool {
    call.service == "sts" && call.operation == "AssumeRole"
}

/// Roles chained by a key of a role last no longer than AWS lets them.
const LONGEST: i64 = 3_600;

pub(super) async fn answer(
    app: &AppState,
    gateway: &Arc<Gateway>,
    arrived: &Arrived,
) -> Result<Reply, Stopped> {
    let text = |name: &str| arrived.call.parameters.get(name).and_then(serde_json::Value::as_str);
    let (Some(role), Some(session)) = (text("RoleArn"), text("RoleSessionName")) else {
        return Err(Refusal::malformed("sts:AssumeRole needs RoleArn and RoleSessionName").into());
    };
    if !arrived.call.doubts.is_empty() || !may(app, arrived, role) {
        let name = &arrived.key.agent.name;
        let says = format!(
            "NOT executed: `{name}` may not assume {role}; whoever runs Holdpoint can add it to `assumes` under [aws.agents.{name}]. Do not try another role instead"
        );
        return Err(Refusal::denied(says).into());
    }
    let binding =
        Binding { account: None, role: Some(role.to_owned()), external_id: external_id(app, arrived) };
    let change = arrived.key.opens.change.map(|(change, _)| change.to_string());
    let bearer = Bearer { agent: arrived.key.agent.name.clone(), change };
    let real = gateway.real(&app.config.aws.region).await.map_err(Refusal::unavailable)?;
    // A role that the daemon cannot assume is said now, not at the first call with it.
    real.of(&binding, &bearer, clock::now())
        .await
        .map_err(|error| Refusal::denied(format!("NOT executed: {error}")))?;
    let wanted = arrived.call.parameters.get("DurationSeconds").and_then(serde_json::Value::as_i64);
    let lasts = time::Duration::seconds(wanted.unwrap_or(LONGEST).clamp(900, LONGEST));
    let opens = Opens {
        change: arrived.key.opens.change,
        role: Some(Assumed { role: role.to_owned(), session: session.to_owned() }),
    };
    let id = issued_id(random::bytes().map_err(ApiError::from)?);
    let mut tx = app.db.begin().await?;
    let agent = &arrived.key.agent.id;
    let key = keys::create(&mut tx, &id, agent, &opens, Some(lasts), agent).await?;
    tx.commit().await.map_err(Error::from)?;
    app.hub.recorded();
    let until = key.expires_at.and_then(|until| until.format(&Rfc3339).ok()).unwrap_or_default();
    Ok(reply(&assumed(role, session, &id, &gateway.keys.secret(&id), &until, &arrived.id)))
}

fn may(app: &AppState, arrived: &Arrived, role: &str) -> bool {
    let Some(profile) = arrived.profile(app) else { return false };
    profile.assumes.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => role.starts_with(start),
        None => role == pattern,
    })
}

fn external_id(app: &AppState, arrived: &Arrived) -> Option<String> {
    let asked = arrived.call.parameters.get("ExternalId").and_then(serde_json::Value::as_str);
    asked.map(str::to_owned).or_else(|| arrived.profile(app)?.external_id.clone())
}

/// The answer of AWS's own shape (API version 2011-06-15). The token says nothing: the key id alone is looked up.
fn assumed(role: &str, session: &str, id: &str, secret: &str, until: &str, request: &str) -> String {
    let arn = role.replacen(":iam:", ":sts:", 1).replacen(":role/", ":assumed-role/", 1);
    let arn = quick_xml::escape::escape(format!("{arn}/{session}")).into_owned();
    let session = quick_xml::escape::escape(session).into_owned();
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>{id}:{session}</AssumedRoleId></AssumedRoleUser>\
         <Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
         <SessionToken>holdpoint-{id}</SessionToken><Expiration>{until}</Expiration></Credentials>\
         </AssumeRoleResult><ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></AssumeRoleResponse>"
    )
}

fn reply(xml: &str) -> Reply {
    let mut reply = Response::new(whole(xml.to_owned().into()));
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    reply
}
