//! A question as a request, still without host and signature.

use serde_json::{Map, Value};

use super::allowed::{Allowed, Protocol};

/// What is sent, apart from the host and what the signature adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wire {
    pub(crate) method: &'static str,
    /// Path and query, encoded.
    pub(crate) target: String,
    /// Headers that the protocol asks for.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    /// Writes the question down. Parameters of forms are flat (`Filter.1.Name`); of JSON, they are the body; of REST,
    /// they fill the path's placeholders, and the others are the query.
    ///
    /// # Errors
    /// Says which part of the path has no value.
    pub(crate) fn of(question: Allowed, parameters: &Value) -> Result<Self, String> {
        let empty = Map::new();
        let given = parameters.as_object().unwrap_or(&empty);
        let posted = |content_type: &str, body: Vec<u8>| Self {
            method: "POST",
            target: question.path().to_owned(),
            headers: vec![("content-type", content_type.to_owned())],
            body,
        };
        match question.service().protocol {
            Protocol::Query(version) => {
                let body =
                    form(question.operation(), version, given.iter().map(|(k, v)| (k.as_str(), scalar(v))));
                Ok(posted("application/x-www-form-urlencoded; charset=utf-8", body.into_bytes()))
            }
            Protocol::Json(prefix, version) => {
                let body = Value::Object(given.clone()).to_string().into_bytes();
                let mut wire = posted(&format!("application/x-amz-json-{version}"), body);
                wire.headers.push(("x-amz-target", format!("{prefix}.{}", question.operation())));
                Ok(wire)
            }
            Protocol::Rest if question.method() == "POST" => {
                Ok(posted("application/json", Value::Object(given.clone()).to_string().into_bytes()))
            }
            Protocol::Rest => {
                let target = target(question.path(), given)?;
                Ok(Self { method: question.method(), target, headers: Vec::new(), body: Vec::new() })
            }
        }
    }
}

/// A form of a query service.
pub(crate) fn form<'p>(
    action: &str,
    version: &str,
    parameters: impl Iterator<Item = (&'p str, String)>,
) -> String {
    let mut form = format!("Action={}&Version={}", encode(action), encode(version));
    // What the operation is says the table, not a parameter.
    for (name, value) in parameters.filter(|(name, _)| !matches!(*name, "Action" | "Version")) {
        form.push_str(&format!("&{}={}", encode(name), encode(&value)));
    }
    form
}

fn target(template: &str, given: &Map<String, Value>) -> Result<String, String> {
    let (path, fixed) = template.split_once('?').unwrap_or((template, ""));
    let mut used = Vec::new();
    let mut parts = Vec::new();
    for part in path.split('/') {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            parts.push(part.to_owned());
            continue;
        };
        let value = given.get(name).map(scalar).unwrap_or_default();
        // A dot segment would be another path.
        if value.is_empty() || value == "." || value == ".." {
            return Err(format!("`{name}` has no usable value"));
        }
        used.push(name);
        parts.push(encode(&value));
    }
    let rest = given.iter().filter(|(name, _)| !used.contains(&name.as_str()));
    let rest = rest.map(|(name, value)| format!("{}={}", encode(name), encode(&scalar(value))));
    let query: Vec<String> = (!fixed.is_empty()).then(|| fixed.to_owned()).into_iter().chain(rest).collect();
    let path = parts.join("/");
    Ok(if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) })
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters, as signatures want it.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn wire(service: &str, operation: &str, parameters: Value) -> Wire {
        Wire::of(Allowed::find(service, operation).unwrap(), &parameters).unwrap()
    }

    #[test]
    fn forms_json_and_paths() {
        let form = wire("ec2", "DescribeVolumes", json!({"Filter.1.Name": "a b&c"}));
        assert_eq!(form.body, b"Action=DescribeVolumes&Version=2016-11-15&Filter.1.Name=a%20b%26c");
        let json = wire("dynamodb", "DescribeTable", json!({"TableName": "t"}));
        assert_eq!(json.headers[1], ("x-amz-target", "DynamoDB_20120810.DescribeTable".to_owned()));
        assert_eq!(json.body, br#"{"TableName":"t"}"#);
        let rest = wire("s3", "ListObjectsV2", json!({"Bucket": "b", "prefix": "a/ö", "max-keys": 2}));
        let (path, query) = rest.target.split_once('?').unwrap();
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.sort_unstable();
        assert_eq!((path, pairs), ("/b", vec!["list-type=2", "max-keys=2", "prefix=a%2F%C3%B6"]));
        assert_eq!((rest.method, rest.body.len()), ("GET", 0));
    }

    #[test]
    fn a_path_cannot_be_left() {
        let of = Allowed::find("lambda", "GetPolicy").unwrap();
        for name in ["", ".", ".."] {
            assert!(Wire::of(of, &json!({"FunctionName": name})).is_err(), "{name}");
        }
        let sly = Wire::of(of, &json!({"FunctionName": "../x?y#z"})).unwrap();
        assert_eq!(sly.target, "/2015-03-31/functions/..%2Fx%3Fy%23z/policy");
    }

    proptest! {
        #[test]
        fn a_form_keeps_its_action_whatever_its_values(name in "[^A].{0,20}", value in ".{0,40}") {
            let form = String::from_utf8(wire("rds", "DescribeDBInstances", json!({ name: value })).body).unwrap();
            prop_assert!(form.starts_with("Action=DescribeDBInstances&Version=2014-10-31&"));
            prop_assert_eq!(form.matches('&').count(), 2);
            prop_assert_eq!(form.matches("Action=").count(), 1);
        }
    }
}
