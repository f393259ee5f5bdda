//! Requests that botocore serialised, recognised and compared with what they were made from.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use holdpoint_intake::aws::{BodyWanted, Incoming, body_wanted, recognise};
use serde_json::Value;

/// Goes through a file that `scripts/index/self_test.py` wrote, packed or not.
pub fn tally(file: &str) -> Result<Tally, Box<dyn Error>> {
    let mut text = String::new();
    match file.ends_with(".gz") {
        true => GzDecoder::new(File::open(file)?).read_to_string(&mut text)?,
        false => File::open(file)?.read_to_string(&mut text)?,
    };
    let mut tally = Tally::default();
    for line in text.lines() {
        tally.add(&serde_json::from_str(line)?);
    }
    Ok(tally)
}

/// What came out of a corpus.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many there were.
    pub all: usize,
    /// How many were recognised as what they were made from.
    pub same: usize,
    /// Of how many the parameters came out as they went in.
    pub exact: usize,
    /// The time spent in recognising alone.
    pub took: Duration,
    /// What went otherwise, by kind.
    pub wrong: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn add(&mut self, line: &Value) {
        let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
        let wanted = format!("{}:{}", text("service"), text("operation"));
        let at = format!("{wanted} {} {}", text("protocol"), text("kind"));
        let body = match line.get("body64").and_then(Value::as_str) {
            Some(bytes) => STANDARD.decode(bytes).unwrap_or_default(),
            None => text("body").as_bytes().to_vec(),
        };
        let headers = headers(line, body.len());
        let mut request = Incoming {
            method: text("method"),
            path: text("path"),
            query: text("query"),
            host: "127.0.0.1:4654",
            headers: &headers,
            body: &body,
            service: text("scope"),
            region: "us-east-1",
            payload: None,
            account: Some("123456789012"),
        };
        if body_wanted(&request) == Ok(BodyWanted::Nothing) {
            request.body = &[];
        }
        let began = Instant::now();
        let answer = recognise(&request);
        self.took += began.elapsed();
        self.all += 1;
        match answer {
            Err(refused) => self.note("refused", format!("{at} ({})", refused.says)),
            Ok(call) => {
                let found = format!("{}:{}", call.service, call.operation);
                if found == wanted
                    || one_api(text("service"), &call.service) && text("operation") == call.operation
                {
                    self.same += 1;
                } else {
                    self.note("another", format!("{at} as {found}"));
                }
                let parameters = line.get("parameters").unwrap_or(&Value::Null);
                match differs(parameters, &call.parameters, "") {
                    None => self.exact += 1,
                    Some(path) => self.note("parameters", format!("{at} at {path}")),
                }
            }
        }
    }

    fn note(&mut self, what: &str, example: String) {
        self.wrong.entry(what.to_owned()).or_default().push(example);
    }
}

/// Services that are one API under several names.
fn one_api(wanted: &str, found: &str) -> bool {
    matches!((wanted, found), ("docdb" | "neptune", "rds") | ("wisdom", "qconnect"))
}

fn headers(line: &Value, length: usize) -> Vec<(String, String)> {
    let pairs = line.get("headers").and_then(Value::as_array).into_iter().flatten();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut headers: Vec<_> = pairs.map(|pair| (text(pair.get(0)), text(pair.get(1)))).collect();
    headers.push(("content-length".to_owned(), length.to_string()));
    headers
}

/// Whether a value says nothing: forms and XML cannot write such a one.
fn empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(empty),
        Value::Object(object) => object.values().all(empty),
        _ => false,
    }
}

/// Where the first difference is; a hidden value is taken for the same.
fn differs(wanted: &Value, found: &Value, at: &str) -> Option<String> {
    match (wanted, found) {
        (_, Value::String(text)) if text == "[hidden]" => None,
        (Value::Object(one), Value::Object(other)) => {
            let extra = other.iter().find(|(key, value)| !one.contains_key(*key) && !empty(value));
            extra.map(|(key, _)| format!("{at}/{key} (extra)")).or_else(|| {
                one.iter().find_map(|(key, value)| match other.get(key) {
                    Some(found) => differs(value, found, &format!("{at}/{key}")),
                    None => (!empty(value)).then(|| format!("{at}/{key} (missing)")),
                })
            })
        }
        (one, other) if empty(one) && empty(other) => None,
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).find_map(|(one, other)| differs(one, other, &format!("{at}/*")))
        }
        (one, other) => (one != other).then(|| format!("{at} ({one} but {other})")),
    }
}
