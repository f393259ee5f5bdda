//! The document of this format, read.

use holdpoint_core::{Change, Format};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::{Resolved, Run, Selector};
use crate::aws::Effects;
use crate::value::{Fault, Node, parse};
use crate::{MAX_ASKED_DEPTH, Patterns, ReadError, act, yaml};

const WHAT: &str = "command for machines";

/// The same, as something a document should be.
const A_COMMAND: &str = "a command for machines";

/// As many machines or selectors are read.
const MOST_TARGETS: usize = 5_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    document: Document,
    #[serde(default)]
    parameters: Map<String, Value>,
    #[serde(default)]
    targets: Vec<Target>,
    #[serde(default)]
    instances: Vec<String>,
    #[serde(default)]
    concurrency: Option<String>,
    #[serde(default)]
    error_limit: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    resolved: Option<Vec<Machine>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    hash: Option<String>,
    #[serde(default)]
    content: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    key: String,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    instance: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    platform: Option<String>,
}

/// Reads such a command.
///
/// # Errors
/// If it is not JSON of that shape, names no document, or reaches more machines than are read.
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    let text = act::text(bytes, WHAT)?;
    // A key twice would be one thing to this reader and another to the next.
    match parse(text.trim()) {
        Ok(_) => {}
        Err(Fault::Depth) => return Err(ReadError::Nested { what: WHAT, limit: MAX_ASKED_DEPTH }),
        Err(Fault::Duplicate(key)) => {
            let key = key.chars().take(100).collect();
            return Err(ReadError::DuplicateKey { path: "the command".to_owned(), key });
        }
        Err(Fault::Syntax) => return Err(ReadError::NotReadable { what: WHAT, line: 1 }),
    }
    let asked: Asked = serde_json::from_str(&text).map_err(|error| shape(&error))?;
    let asked = checked(asked)?;
    let run = run(&asked)?;
    let mut effects = Effects::new(Format::Ssm, patterns);
    let deeds = super::deeds(&run, 0, &mut effects.hidden)?;
    let shown = shown(&asked, &effects.hidden);
    for machine in run.resolved.iter().flatten() {
        for (key, value) in &machine.says {
            effects.tag(&format!("ec2 instance {}", machine.instance), key, value);
        }
    }
    for deed in deeds {
        effects.deed(
            deed,
            shown.clone(),
            text.as_bytes(),
            (asked.region.as_ref(), asked.account.as_ref()),
        )?;
    }
    effects.account(asked.account.as_ref());
    effects.done()
}

/// What of the document is wrong, without a value of it.
fn shape(error: &serde_json::Error) -> ReadError {
    let says = error.to_string();
    let says = says.split(" at line").next().unwrap_or_default();
    let quoted = says.split('`').nth(1).unwrap_or("document").chars().take(100).collect();
    if says.contains("unknown field") || says.contains("missing field") {
        return ReadError::WrongPart { path: quoted, what: A_COMMAND };
    }
    ReadError::WrongPart { path: format!("line {}", error.line()), what: WHAT }
}

fn checked(asked: Asked) -> Result<Asked, ReadError> {
    if asked.document.name.trim().is_empty() {
        return Err(ReadError::WrongPart { path: "document.name".to_owned(), what: A_COMMAND });
    }
    let machines = asked.resolved.as_ref().map_or(0, Vec::len);
    let named = asked.instances.len().saturating_add(asked.targets.len()).max(machines);
    let values = asked.targets.iter().map(|target| target.values.len()).sum::<usize>();
    if named.max(values) > MOST_TARGETS {
        return Err(ReadError::TooMany { limit: MOST_TARGETS });
    }
    if !asked.instances.is_empty() && !asked.targets.is_empty() {
        return Err(ReadError::WrongPart {
            path: "instances and targets, of which one is enough,".to_owned(),
            what: A_COMMAND,
        });
    }
    Ok(asked)
}

fn run(asked: &Asked) -> Result<Run, ReadError> {
    let content = match &asked.document.content {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(written(text)?),
        Some(other) => Some(node(other)?),
    };
    let mut selectors: Vec<Selector> = asked
        .targets
        .iter()
        .map(|target| Selector { key: target.key.clone(), values: target.values.clone() })
        .collect();
    if !asked.instances.is_empty() {
        selectors.push(Selector { key: "InstanceIds".to_owned(), values: asked.instances.clone() });
    }
    let resolved = asked.resolved.as_ref().map(|machines| machines.iter().map(machine).collect());
    Ok(Run {
        document: asked.document.name.clone(),
        content,
        parameters: node(&Value::Object(asked.parameters.clone()))?,
        selectors,
        resolved,
        concurrency: asked.concurrency.clone(),
        region: asked.region.clone().unwrap_or_default(),
        account: asked.account.clone(),
        machines: true,
    })
}

fn machine(machine: &Machine) -> Resolved {
    let mut says: Vec<(String, String)> = machine.tags.clone().into_iter().collect();
    says.extend(machine.platform.clone().map(|platform| ("platform".to_owned(), platform)));
    Resolved { instance: machine.instance.clone(), name: machine.name.clone().unwrap_or_default(), says }
}

fn node(value: &Value) -> Result<Node<'static>, ReadError> {
    parse(&value.to_string())
        .map(|node| node.owned())
        .map_err(|_| ReadError::Nested { what: WHAT, limit: MAX_ASKED_DEPTH })
}

/// Content as text: JSON, or YAML.
fn written(text: &str) -> Result<Node<'static>, ReadError> {
    let wrong = || ReadError::WrongPart { path: "document.content".to_owned(), what: A_COMMAND };
    if text.trim_start().starts_with('{') {
        return parse(text.trim()).map(|node| node.owned()).map_err(|_| wrong());
    }
    let read = yaml::documents(text, |_, node| Some(node)).map_err(|_| wrong())?;
    read.into_iter().next().map(|node| node.owned()).ok_or_else(wrong)
}

/// The command without secrets.
fn shown(asked: &Asked, hidden: &act::Hidden) -> Value {
    let mut out = json!({
        "document": { "name": asked.document.name, "version": asked.document.version, "hash": asked.document.hash },
        "parameters": crate::aws::without_secrets(&Value::Object(asked.parameters.clone()), hidden),
    });
    let mut put = |key: &str, value: Value| {
        if let Some(members) = out.as_object_mut().filter(|_| !value.is_null()) {
            members.insert(key.to_owned(), value);
        }
    };
    put("concurrency", json!(asked.concurrency));
    put("error_limit", json!(asked.error_limit));
    put("region", json!(asked.region));
    put("account", json!(asked.account));
    out
}
