//! The captured requests of tests/cases/aws/captures, one JSON object a line.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::aws::Incoming;

const SETS: [&str; 10] = [
    include_str!("../../../../../tests/cases/aws/captures/ak.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/boto.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/cli1.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/cli2.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/edge.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/js.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/mitm.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/tf.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/tfdeny.jsonl"),
    include_str!("../../../../../tests/cases/aws/captures/tls.jsonl"),
];

/// One captured request, taken apart.
pub(super) struct Capture {
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) host: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Whether the body was cut when it was captured.
    pub(super) cut: bool,
    pub(super) service: String,
    pub(super) region: String,
    /// What it is, as `service:operation`; several where names are aliases, none where it is to be refused.
    pub(super) wanted: Vec<String>,
}

impl Capture {
    pub(super) fn incoming(&self) -> Incoming<'_> {
        let declared = self.headers.iter().find(|(name, _)| name == "x-amz-content-sha256");
        Incoming {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            host: &self.host,
            headers: &self.headers,
            body: &self.body,
            service: &self.service,
            region: &self.region,
            payload: declared.map(|(_, value)| value.as_str()),
            account: Some("123456789012"),
        }
    }
}

pub(super) fn all() -> Vec<Capture> {
    let lines = SETS.iter().flat_map(|set| set.lines());
    lines.map(|line| capture(&serde_json::from_str(line).unwrap())).collect()
}

fn capture(value: &Value) -> Capture {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pairs = value["headers"].as_array().unwrap().iter();
    let headers: Vec<_> = pairs.map(|pair| (text(&pair[0]).to_lowercase(), text(&pair[1]))).collect();
    let target = text(&value["target"]);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let host =
        headers.iter().find(|(name, _)| name == "host").map(|(_, value)| value.clone()).unwrap_or_default();
    let connect = text(&value["connect_host"]);
    let body = STANDARD.decode(text(&value["body_b64"])).unwrap();
    let wanted = value["match"].as_array().unwrap().iter();
    let cut = value["body_len"].as_u64().unwrap() != body.len() as u64;
    // What is left of an upload cannot be told apart from a whole one; it would pass unread.
    let body = if cut && value["method"] == "PUT" { Vec::new() } else { body };
    Capture {
        name: text(&value["name"]),
        method: text(&value["method"]),
        path: path.to_owned(),
        query: query.to_owned(),
        host: if connect.is_empty() { host } else { connect },
        cut,
        body,
        headers,
        region: text(&value["verify"]["sc"][0]),
        service: text(&value["verify"]["sc"][1]),
        wanted: wanted.map(|pair| format!("{}:{}", text(&pair[0]), text(&pair[1]))).collect(),
    }
}
