//! Clients read every parameter of Systems Manager decrypted, whether or not it was encrypted: Terraform's refresh does.
//! What is stored in clear is an ordinary read, so AWS is asked which kind it is before a person would be.

use holdpoint_cloud::ask::Asker;
use holdpoint_cloud::credentials::Bearer;
use holdpoint_intake::aws::Call;
use serde_json::{Value, json};

use super::arrive::Arrived;
use super::forward;
use crate::{AppState, clock};

/// The names that a decrypting read asks for; none where it is another call.
fn asked(call: &Call) -> Option<Vec<String>> {
    let decrypts = call.parameters.get("WithDecryption").and_then(Value::as_bool) == Some(true);
    if call.service != "ssm" || !decrypts || !call.doubts.is_empty() {
        return None;
    }
    let names = match call.operation.as_str() {
        "GetParameter" => vec![call.parameters.get("Name")?.as_str()?.to_owned()],
        "GetParameters" => {
            let names = call.parameters.get("Names")?.as_array()?;
            names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?
        }
        _ => return None,
    };
    // Beside a name there may be a version or label, or an ARN, under which it is not listed: then people are asked.
    let plain = |name: &String| !name.is_empty() && !name.contains(':');
    (!names.is_empty() && names.iter().all(plain)).then_some(names)
}

/// Whether the call reads parameters that AWS says are all stored in clear.
pub(super) async fn in_clear(app: &AppState, arrived: &Arrived) -> bool {
    let (Some(names), Some(gateway), true) =
        (asked(&arrived.call), app.aws.as_deref(), app.config.aws.look_ups)
    else {
        return false;
    };
    let Ok(real) = gateway.real(&app.config.aws.region).await else { return false };
    let bearer = Bearer { agent: arrived.key.agent.name.clone(), change: None };
    let asker = Asker::new(gateway.sender.clone(), real.clone(), forward::bound(app, arrived), bearer);
    let deadline = tokio::time::Instant::now() + app.config.facts.timeout();
    let times = holdpoint_cloud::ask::Times { now: clock::now(), deadline, cached: false };
    let question = json!({
        "ParameterFilters": [{ "Key": "Name", "Option": "Equals", "Values": names }], "MaxResults": 50,
    });
    let answer = asker.ask(&arrived.call.region, "ssm", "DescribeParameters", &question, times).await;
    let Ok(answer) = answer else { return false };
    let Some(found) = answer.get("Parameters").and_then(Value::as_array) else { return false };
    let clear = |name: &String| {
        found.iter().any(|one| {
            one.get("Name").and_then(Value::as_str) == Some(name)
                && matches!(one.get("Type").and_then(Value::as_str), Some("String" | "StringList"))
        })
    };
    names.iter().all(clear)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_decrypting_read_by_name_is_asked_about() {
        let names = |operation: &str, parameters: Value| {
            asked(&Call::asked("ssm", operation, "eu-west-1", None, parameters).unwrap())
        };
        let one = names("GetParameter", json!({ "Name": "/a", "WithDecryption": true }));
        assert_eq!(one, Some(vec!["/a".to_owned()]));
        let two = names("GetParameters", json!({ "Names": ["/a", "/b"], "WithDecryption": true }));
        assert_eq!(two.map(|names| names.len()), Some(2));
        assert_eq!(names("GetParameter", json!({ "Name": "/a" })), None);
        assert_eq!(names("GetParameter", json!({ "Name": "/a:1", "WithDecryption": true })), None);
        assert_eq!(names("GetParametersByPath", json!({ "Path": "/", "WithDecryption": true })), None);
    }
}
