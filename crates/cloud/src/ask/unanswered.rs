//! Why a question has no answer.

use http::HeaderMap;
use serde_json::Value;

use super::allowed::{Allowed, Protocol};
use super::values::{plain, text};
use super::xml;

/// A question without an answer. Its words are what a reviewer reads: `not known: AccessDenied on rds:DescribeDBInstances`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not known: {why} on {service}:{operation}")]
pub struct Unanswered {
    /// The service's name, as the command line tool calls it.
    pub service: String,
    /// The operation's name.
    pub operation: String,
    /// Why there is no answer.
    pub why: Why,
}

impl Unanswered {
    /// Whether the answer is that there is no such thing.
    #[must_use]
    pub fn missing(&self) -> bool {
        matches!(self.why, Why::Missing(_))
    }
}

/// The reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The question is not in the list of those that may be asked.
    #[error("it is not among the questions that may be asked")]
    NotAllowed,
    /// AWS refused, with this code.
    #[error("{0}")]
    Refused(String),
    /// What is asked about does not exist, by this code.
    #[error("{0}")]
    Missing(String),
    /// No answer within the time there was.
    #[error("no answer in time")]
    Slow,
    /// The answer is not one that AWS gives.
    #[error("an answer that cannot be read ({0})")]
    Unreadable(String),
    /// There was no connection, or no credential to sign with.
    #[error("{0}")]
    Unreachable(String),
}

/// The reason in an answer that is no success.
pub(crate) fn refusal(of: Allowed, status: u16, headers: &HeaderMap, body: &[u8]) -> Why {
    let (code, message) = match of.service().protocol {
        Protocol::Query(_) => in_xml(body),
        Protocol::Json(..) => in_json(headers, body),
        Protocol::Rest => {
            let (code, message) = in_json(headers, body);
            if code.is_empty() { in_xml(body) } else { (code, message) }
        }
    };
    let code = if code.is_empty() { format!("HTTP {status}") } else { code };
    // CloudFormation has no code of its own for it.
    let no_stack = of.service().name == "cloudformation" && message.contains("does not exist");
    if is_missing(&code) || no_stack || (of.method() == "HEAD" && status == 404) {
        Why::Missing(code)
    } else {
        Why::Refused(code)
    }
}

/// The code in an answer of EC2 or of another query service; empty if it cannot be read.
pub(crate) fn error_code(body: &[u8]) -> String {
    in_xml(body).0
}

fn in_xml(body: &[u8]) -> (String, String) {
    let value = xml::read(body).unwrap_or(Value::Null);
    for path in ["Error", "Errors/Error"] {
        let code = text(&value, &format!("{path}/Code"));
        if !code.is_empty() {
            return (code, text(&value, &format!("{path}/Message")));
        }
    }
    (text(&value, "Code"), text(&value, "Message"))
}

fn in_json(headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let header = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let code = [header.to_owned(), text(&value, "__type"), text(&value, "code")]
        .into_iter()
        .find(|code| !code.is_empty())
        .unwrap_or_default();
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    let message = [text(&value, "message"), text(&value, "Message")].concat();
    (plain(code), message)
}

/// Codes by which AWS says that there is no such thing. `InvalidInstanceID.Malformed` and the like are not among them.
fn is_missing(code: &str) -> bool {
    let not_found = code.contains("NotFound") && !code.contains("Endpoint") && !code.contains("Action");
    not_found || code.starts_with("NoSuch") || code == "ReplicationConfigurationNotFoundError"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(service: &str, operation: &str, status: u16, body: &str) -> Why {
        let of = Allowed::find(service, operation).unwrap();
        refusal(of, status, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn every_protocol_names_its_code() {
        let query = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        let ec2 = "<Response><Errors><Error><Code>InvalidVolume.NotFound</Code></Error></Errors></Response>";
        let s3 = "<Error><Code>NoSuchBucket</Code><Message>x</Message></Error>";
        let json = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"x"}"#;
        let denied = Why::Refused("AccessDenied".into());
        assert_eq!(refused("rds", "DescribeDBInstances", 403, query), denied);
        assert_eq!(
            refused("ec2", "DescribeVolumes", 400, ec2),
            Why::Missing("InvalidVolume.NotFound".into())
        );
        assert_eq!(refused("s3", "GetBucketVersioning", 404, s3), Why::Missing("NoSuchBucket".into()));
        let gone = Why::Missing("ResourceNotFoundException".into());
        assert_eq!(refused("dynamodb", "DescribeTable", 400, json), gone);
        assert_eq!(refused("ec2", "DescribeVolumes", 502, "<html>"), Why::Refused("HTTP 502".into()));
        assert_eq!(refused("s3", "HeadBucket", 404, ""), Why::Missing("HTTP 404".into()));
    }

    #[test]
    fn a_404_without_a_code_is_not_taken_for_an_answer() {
        assert_eq!(refused("lambda", "GetPolicy", 404, "not here"), Why::Refused("HTTP 404".into()));
    }

    #[test]
    fn the_words_name_the_question() {
        let unanswered = Unanswered {
            service: "rds".into(),
            operation: "DescribeDBInstances".into(),
            why: Why::Refused("AccessDenied".into()),
        };
        assert_eq!(unanswered.to_string(), "not known: AccessDenied on rds:DescribeDBInstances");
    }
}
