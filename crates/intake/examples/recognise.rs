//! Recognises every request of a corpus that `scripts/index/self_test.py` wrote, and says how many come out as
//! themselves, how many of their parameters exactly, and how long it takes.
//!
//! `cargo run --release --package holdpoint-intake --example recognise -- corpus.jsonl[.gz]`

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use holdpoint_intake::aws::{BodyWanted, Incoming, body_wanted, index, recognise};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("which corpus?")?;
    let mut text = String::new();
    match file.ends_with(".gz") {
        true => GzDecoder::new(std::fs::File::open(&file)?).read_to_string(&mut text)?,
        false => std::fs::File::open(&file)?.read_to_string(&mut text)?,
    };
    let began = Instant::now();
    let services = index::services().len();
    let unpacked = began.elapsed();
    let operations: usize = index::services().iter().map(|service| service.operations().len()).sum();
    let whole = began.elapsed();
    let mut tally = Tally::default();
    for line in text.lines() {
        tally.add(&serde_json::from_str(line)?);
    }
    let mut out = std::io::stdout().lock();
    for (what, examples) in &tally.wrong {
        writeln!(out, "{:6} {what}: {}", examples.len(), examples.iter().take(3).cloned().collect::<Vec<_>>().join("; "))?;
    }
    let share = |part: usize| 100.0 * part as f64 / tally.all as f64;
    writeln!(out, "index: {services} services in {unpacked:.1?}, all {operations} operations in {whole:.1?}")?;
    writeln!(out, "requests: {}, as themselves: {} ({:.2} %), parameters exact: {} ({:.2} %)", tally.all, tally.same, share(tally.same), tally.exact, share(tally.exact))?;
    writeln!(out, "mean: {:.2?} a request", tally.took / u32::try_from(tally.all.max(1))?)?;
    Ok(())
}

#[derive(Default)]
struct Tally {
    all: usize,
    same: usize,
    exact: usize,
    took: Duration,
    wrong: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn add(&mut self, line: &Value) {
        let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
        let wanted = format!("{}:{}", text("service"), text("operation"));
        let at = format!("{wanted} {} {}", text("protocol"), text("kind"));
        let body = STANDARD.decode(text("body")).unwrap_or_default();
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
                if found == wanted {
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

fn headers(line: &Value, length: usize) -> Vec<(String, String)> {
    let pairs = line.get("headers").and_then(Value::as_array).into_iter().flatten();
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut headers: Vec<_> = pairs.map(|pair| (text(pair.get(0)), text(pair.get(1)))).collect();
    headers.push(("content-length".to_owned(), length.to_string()));
    headers
}

/// Where the first difference is; a hidden value is taken for the same.
fn differs(wanted: &Value, found: &Value, at: &str) -> Option<String> {
    match (wanted, found) {
        (_, Value::String(text)) if text == "[hidden]" => None,
        (Value::Object(one), Value::Object(other)) => {
            let extra = other.keys().find(|key| !one.contains_key(*key));
            extra.map(|key| format!("{at}/{key} (extra)")).or_else(|| {
                one.iter().find_map(|(key, value)| match other.get(key) {
                    Some(found) => differs(value, found, &format!("{at}/{key}")),
                    None => Some(format!("{at}/{key} (missing)")),
                })
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).find_map(|(one, other)| differs(one, other, &format!("{at}/*")))
        }
        (one, other) => (one != other).then(|| format!("{at} ({one} but {other})")),
    }
}
