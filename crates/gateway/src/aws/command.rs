//! A command for machines, asked for by an agent's own `ssm:SendCommand` or `ssm:StartAutomationExecution`, is the change
//! that `holdpoint submit --format ssm` makes: its targets are resolved, its document is pinned, and the daemon carries it
//! out. The call itself never goes out.

use bytes::Bytes;
use holdpoint_core::{ChangeId, Intent, Source};
use holdpoint_intake::aws::Call;
use holdpoint_store::aws::calls::{self, Member};
use holdpoint_store::changes::{Origin, Submitted};
use serde_json::{Map, Value, json};

use super::Reply;
use super::answer::Refusal;
use super::arrive::Arrived;
use super::road::{REMEMBERED, Stopped, told};
use crate::api::record::{self, Submission};
use crate::api::submit;
use crate::{ApiError, AppState, clock, facts, random};

/// Whether the call is such a command, and commands are carried out here.
pub(super) fn is(app: &AppState, call: &Call) -> bool {
    app.config.ssm.enabled
        && call.service == "ssm"
        && matches!(call.operation.as_str(), "SendCommand" | "StartAutomationExecution")
}

/// Hands the command in, or finds it handed in already, and says how it stands.
pub(super) async fn answer(app: &AppState, arrived: &Arrived) -> Result<Reply, Stopped> {
    let meaning = arrived.call.meaning;
    let known = {
        let mut conn = app.db.conn().await?;
        calls::known(&mut conn, &arrived.actor().id, &[meaning], REMEMBERED).await?
    };
    let id = match known {
        Some((stored, ..)) => stored.id,
        None => hand_in(app, arrived, Member { meaning, most: 1 }).await?,
    };
    let mut stopped = told(app, id).await;
    stopped.refusal.says = format!(
        "This call is not passed on; Holdpoint carries commands out itself. {}",
        stopped.refusal.says
    );
    Err(stopped)
}

async fn hand_in(app: &AppState, arrived: &Arrived, member: Member) -> Result<ChangeId, Stopped> {
    let document = serde_json::to_vec(&document(&arrived.call)?).map_err(ApiError::from)?;
    let mut source = Source::default();
    let order = submit::completed(app, arrived.actor(), Bytes::from(document), &mut source).await?;
    let read = submit::read(app, holdpoint_core::Format::Ssm, order.clone()).await?;
    if read.change.effects.is_empty() {
        return Err(Refusal::denied("NOT executed: nothing that this command does is understood").into());
    }
    let intent = Intent::default();
    let asker = arrived.asker(&intent);
    let facts = facts::gather(app, &read.change, &source, &asker, None).await;
    let origin = Origin { session: asker.session.map(str::to_owned), ..Origin::default() };
    let submission = Submission {
        id: ChangeId::new(clock::now(), random::id_bits().map_err(ApiError::from)?),
        asker: &asker,
        idempotency_key: None,
        request_digest: read.digest,
        source: &source,
        origin: &origin,
        statement: None,
        members: &[member],
        order: Some(&order),
    };
    match record::record(app, &read, &submission, facts).await?.0 {
        Submitted::Created(change) => {
            submit::counter(app, &change.judgement.verdict);
            app.hub.committed(change.id);
            Ok(change.id)
        }
        Submitted::Existing(change) => Ok(change.id),
        Submitted::Moved => Err(Refusal::unavailable("NOT executed: a freeze came in between").into()),
    }
}

/// The call as a document of the format `ssm`.
fn document(call: &Call) -> Result<Value, Refusal> {
    let asked = call.with_secrets();
    let known = [
        "DocumentName",
        "DocumentVersion",
        "DocumentHash",
        "DocumentHashType",
        "Parameters",
        "Targets",
        "InstanceIds",
        "MaxConcurrency",
        "MaxErrors",
        "Comment",
        "TimeoutSeconds",
        "ClientToken",
        "Mode",
        "TargetParameterName",
        "Tags",
    ];
    // What is left out here would be left out of what people see and of what is carried out.
    let other =
        asked.as_object().and_then(|members| members.keys().find(|name| !known.contains(&name.as_str())));
    if let Some(other) = other {
        return Err(Refusal::denied(format!(
            "NOT executed: a command with `{other}` is not carried out by Holdpoint; leave it out"
        )));
    }
    let text = |name: &str| asked.get(name).filter(|value| value.is_string()).cloned();
    let mut named = Map::new();
    named.insert("name".to_owned(), text("DocumentName").unwrap_or_default());
    for (ours, theirs) in [("version", "DocumentVersion"), ("hash", "DocumentHash")] {
        // `$LATEST` and `$DEFAULT` are what is pinned anyway.
        let given = text(theirs).filter(|value| value.as_str().is_none_or(|text| !text.starts_with('$')));
        named.extend(given.map(|value| (ours.to_owned(), value)));
    }
    let mut whole = Map::new();
    whole.insert("document".to_owned(), Value::Object(named));
    whole.insert("parameters".to_owned(), asked.get("Parameters").cloned().unwrap_or_else(|| json!({})));
    whole.insert("region".to_owned(), json!(call.region));
    if let Some(ids) = asked.get("InstanceIds") {
        whole.insert("instances".to_owned(), ids.clone());
    }
    if let Some(Value::Array(targets)) = asked.get("Targets") {
        let targets = targets.iter().map(|target| {
            json!({ "key": target.get("Key").cloned().unwrap_or_default(), "values": target.get("Values").cloned().unwrap_or_else(|| json!([])) })
        });
        whole.insert("targets".to_owned(), targets.collect());
    }
    for (ours, theirs) in [("concurrency", "MaxConcurrency"), ("error_limit", "MaxErrors")] {
        whole.extend(text(theirs).map(|value| (ours.to_owned(), value)));
    }
    Ok(Value::Object(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(parameters: Value) -> Call {
        Call::asked("ssm", "SendCommand", "eu-west-1", None, parameters).unwrap()
    }

    #[test]
    fn a_command_keeps_what_it_runs_and_where() {
        let asked = call(json!({
            "DocumentName": "AWS-RunShellScript", "DocumentVersion": "$LATEST", "InstanceIds": ["i-0a"],
            "Parameters": { "commands": ["uptime"] }, "MaxConcurrency": "1", "MaxErrors": "0",
        }));
        let expected = json!({
            "document": { "name": "AWS-RunShellScript" }, "parameters": { "commands": ["uptime"] }, "region": "eu-west-1",
            "instances": ["i-0a"], "concurrency": "1", "error_limit": "0",
        });
        assert_eq!(document(&asked).unwrap(), expected);
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        let asked =
            call(json!({ "DocumentName": "AWS-RunShellScript", "ServiceRoleArn": "arn:aws:iam::1:role/x" }));
        assert!(document(&asked).unwrap_err().says.contains("ServiceRoleArn"));
    }
}
