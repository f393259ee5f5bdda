//! Asking EC2 whether it would do something, without doing it. The one place in this crate that names operations which
//! write: each is one that knows `DryRun`, and `DryRun=true` is put in here, whatever the call said.

use super::View;
use crate::ask::wire::{Wire, form};
use crate::ask::{Why, error_code, plain};

/// EC2's operations that take `DryRun` (botocore 1.43.11), one a line, sorted. An operation without it would be carried
/// out, so nothing that is not in this list is sent.
static KNOWS: &str = include_str!("dry_run.txt");
const VERSION: &str = "2016-11-15";
/// Parameters of one call.
const MOST: usize = 2000;

/// What EC2 would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It would be done, as far as permission and existence go.
    WouldSucceed,
    /// Whoever asked may not do it.
    NotPermitted,
    /// Something that it names does not exist, by this code.
    Missing(String),
    /// Anything else, with why.
    Unknown(String),
}

/// Sends the call with `DryRun=true`. `parameters` are its decoded form parameters as the agent sent them; `Action`,
/// `Version` and `DryRun` among them are left out.
pub async fn dry_run(view: &View<'_>, operation: &str, parameters: &[(String, String)]) -> Outcome {
    if !KNOWS.lines().any(|known| known == operation) {
        return Outcome::Unknown(format!("`{}` has no dry run", plain(operation)));
    }
    let wire = match wire(operation, parameters) {
        Ok(wire) => wire,
        Err(why) => return Outcome::Unknown(why),
    };
    let asked = view.asker.send("ec2", "ec2", view.region, wire, view.times.now);
    let answer = match tokio::time::timeout_at(view.times.deadline, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(why)) => return Outcome::Unknown(why.to_string()),
        Err(_) => return Outcome::Unknown(Why::Slow.to_string()),
    };
    if answer.status().is_success() {
        return Outcome::Unknown("EC2 answered a dry run as if it were none".to_owned());
    }
    outcome(answer.body())
}

fn wire(operation: &str, parameters: &[(String, String)]) -> Result<Wire, String> {
    if parameters.len() > MOST {
        return Err(format!("it has more than {MOST} parameters"));
    }
    let is = |name: &str, what: &str| name.eq_ignore_ascii_case(what);
    // A URL that is signed inside of a parameter carries the agent's key and host: the real call would carry another.
    if parameters.iter().any(|(name, _)| is(name, "PresignedUrl")) {
        return Err("it carries a signed URL".to_owned());
    }
    let kept = parameters.iter().filter(|(name, _)| {
        !["Action", "Version", "DryRun"].iter().any(|own| is(name.split('.').next().unwrap_or(name), own))
    });
    let kept = kept.map(|(name, value)| (name.as_str(), value.clone()));
    let dry = std::iter::once(("DryRun", "true".to_owned()));
    Ok(Wire {
        method: "POST",
        target: "/".to_owned(),
        headers: vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())],
        body: form(operation, VERSION, dry.chain(kept)).into_bytes(),
    })
}

fn outcome(body: &[u8]) -> Outcome {
    let code = error_code(body);
    match code.as_str() {
        "DryRunOperation" => Outcome::WouldSucceed,
        "UnauthorizedOperation" | "AccessDenied" | "AuthFailure" => Outcome::NotPermitted,
        _ if code.ends_with(".NotFound") => Outcome::Missing(code),
        "" => Outcome::Unknown("an answer that cannot be read".to_owned()),
        _ => Outcome::Unknown(code),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn body(parameters: &[(String, String)]) -> String {
        String::from_utf8(wire("TerminateInstances", parameters).unwrap().body).unwrap()
    }

    #[test]
    fn what_the_call_says_of_dry_run_does_not_count() {
        let given = [
            ("DryRun", "false"),
            ("dryrun", "false"),
            ("DryRun.1", "x"),
            ("Action", "RunInstances"),
            ("InstanceId.1", "i-1"),
        ];
        let given: Vec<(String, String)> =
            given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(body(&given), "Action=TerminateInstances&Version=2016-11-15&DryRun=true&InstanceId.1=i-1");
        assert!(wire("CopySnapshot", &[("PresignedUrl".into(), "https://x".into())]).is_err());
    }

    #[test]
    fn the_list_is_of_operations_that_know_it() {
        let known: Vec<&str> = KNOWS.lines().collect();
        assert!(known.is_sorted() && known.len() > 400, "{}", known.len());
        for without in ["DescribeAccountAttributes", "ModifySpotFleetRequest", "", "RebootInstances "] {
            assert!(!known.contains(&without), "{without}");
        }
        assert!(known.contains(&"TerminateInstances"));
    }

    #[test]
    fn an_answer_that_says_nothing_known_is_unknown() {
        let of = |code: &str| {
            outcome(
                format!("<Response><Errors><Error><Code>{code}</Code></Error></Errors></Response>")
                    .as_bytes(),
            )
        };
        assert_eq!(of("DryRunOperation"), Outcome::WouldSucceed);
        assert_eq!(of("UnauthorizedOperation"), Outcome::NotPermitted);
        assert_eq!(of("InvalidInstanceID.NotFound"), Outcome::Missing("InvalidInstanceID.NotFound".into()));
        assert_eq!(of("Throttling"), Outcome::Unknown("Throttling".into()));
        assert!(matches!(outcome(b"<html>"), Outcome::Unknown(_)));
    }

    proptest! {
        #[test]
        fn exactly_one_dry_run_is_sent(given in proptest::collection::vec(("[A-Za-z.&=]{1,12}", ".{0,8}"), 0..8)) {
            let body = body(&given);
            let pairs: Vec<&str> = body.split('&').collect();
            prop_assert_eq!(pairs[0], "Action=TerminateInstances");
            prop_assert_eq!(pairs[2], "DryRun=true");
            let others = pairs[3..].iter().filter(|pair| pair.to_lowercase().starts_with("dryrun="));
            prop_assert_eq!(others.count(), 0);
        }
    }
}
