//! Documents: those of AWS by their names (`documents.toml`), others by their content, where it is known.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use holdpoint_core::{HazardKind, Manner};
use serde::Deserialize;
use serde_json::Value;

use super::{Run, commands};
use crate::ReadError;
use crate::act::{Act, Hidden};
use crate::aws::{Deed, judge_inner};
use crate::table::scalar;
use crate::value::{Node, canonical, find};

/// What a document does on a machine, and beside it.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) hazards: Vec<(HazardKind, String)>,
    pub(super) manners: Vec<(Manner, String)>,
    /// What commands destroy, on each machine.
    pub(super) acts: Vec<Act>,
    /// What calls of the API do, once.
    pub(super) deeds: Vec<Deed>,
    pub(super) text: String,
}

impl Done {
    pub(super) fn hazard(&mut self, kind: HazardKind, says: impl Into<String>) {
        if !self.hazards.iter().any(|(has, _)| *has == kind) {
            self.hazards.push((kind, says.into()));
        }
    }

    pub(super) fn manner(&mut self, manner: Manner, says: impl Into<String>) {
        if !self.manners.iter().any(|(has, _)| *has == manner) {
            self.manners.push((manner, says.into()));
        }
    }

    pub(super) fn says(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Entry {
    harmless: bool,
    /// The parameter that holds commands, and for which shell.
    posix: Option<String>,
    powershell: Option<String>,
    hazards: BTreeMap<HazardKind, String>,
    /// A call of the API that it makes with these parameters.
    calls: Option<String>,
    /// Parameters of the document and the members of the call that they become.
    with: BTreeMap<String, String>,
}

fn known() -> Option<&'static BTreeMap<String, Entry>> {
    static KNOWN: OnceLock<Option<BTreeMap<String, Entry>>> = OnceLock::new();
    KNOWN.get_or_init(|| toml::from_str(include_str!("documents.toml")).ok()).as_ref()
}

/// The name without the ARN around it, and without a version.
fn plain(document: &str) -> &str {
    let name = document.rsplit_once("document/").map_or(document, |(_, name)| name);
    name.split(':').next().unwrap_or(name)
}

pub(super) fn done(run: &Run, depth: usize, hidden: &mut Hidden) -> Result<Done, ReadError> {
    let mut done = Done::default();
    let name = plain(&run.document);
    // A document that somebody else shares may have any name that does not begin like one of AWS.
    let foreign = run.document.contains(":document/") && !run.document.contains("::document/AWS");
    let entry = known().and_then(|known| known.get(name)).filter(|_| !foreign);
    match (entry, &run.content) {
        (Some(entry), _) => by_name(entry, run, depth, hidden, &mut done)?,
        (None, Some(content)) => by_content(content, run, depth, hidden, &mut done)?,
        (None, None) => {
            done.hazard(HazardKind::Unknown, format!("what the document `{name}` does is not shown"))
        }
    }
    Ok(done)
}

/// The lines of a parameter.
fn lines(node: Option<&Node<'_>>) -> String {
    let Some(node) = node else { return String::new() };
    match node {
        Node::Array(items) => items.iter().filter_map(scalar).collect::<Vec<_>>().join("\n"),
        other => scalar(other).unwrap_or_default().to_owned(),
    }
}

fn by_name(
    entry: &Entry,
    run: &Run,
    depth: usize,
    hidden: &mut Hidden,
    done: &mut Done,
) -> Result<(), ReadError> {
    for (kind, says) in &entry.hazards {
        done.hazard(*kind, says.clone());
    }
    if let Some(member) = &entry.posix {
        commands::posix(&lines(run.parameters.get(member)), hidden, done)?;
    }
    if let Some(member) = &entry.powershell {
        commands::powershell(&lines(run.parameters.get(member)), done);
    }
    if let Some(call) = &entry.calls
        && let Some((service, operation)) = call.split_once(':')
    {
        let mut parameters = serde_json::Map::new();
        for (from, to) in &entry.with {
            if let Some(node) = run.parameters.get(from) {
                let value: Value = serde_json::from_str(&canonical(node)).unwrap_or_default();
                let single = !to.ends_with('s');
                let value = match value {
                    Value::Array(mut items) if single => {
                        if items.is_empty() {
                            Value::Null
                        } else {
                            items.remove(0)
                        }
                    }
                    other => other,
                };
                parameters.insert(to.clone(), value);
            }
        }
        within(run, (service, operation, Value::Object(parameters)), depth, hidden, done)?;
    }
    if !entry.harmless && done.text.is_empty() && entry.hazards.is_empty() && entry.calls.is_none() {
        done.hazard(HazardKind::Unknown, "it gives no commands that could be read");
    }
    Ok(())
}

fn within(
    run: &Run,
    (service, operation, parameters): (&str, &str, Value),
    depth: usize,
    hidden: &mut Hidden,
    done: &mut Done,
) -> Result<(), ReadError> {
    let by = format!("the document `{}`", plain(&run.document));
    let place = (run.region.as_str(), run.account.as_ref());
    done.deeds.extend(judge_inner((service, operation, parameters), place, depth, hidden, &by)?);
    Ok(())
}

/// The steps of a document, by its content.
fn by_content(
    content: &Node<'_>,
    run: &Run,
    depth: usize,
    hidden: &mut Hidden,
    done: &mut Done,
) -> Result<(), ReadError> {
    let mut steps: Vec<(String, Node<'static>)> = Vec::new();
    for (_, list) in find(content, "mainSteps") {
        for step in list.items() {
            let action = step.get("action").and_then(Node::as_str).unwrap_or_default().to_owned();
            steps.push((action, step.get("inputs").map_or(Node::Null, Node::owned)));
        }
    }
    // Documents of the first schema: one property list for each plug-in.
    for (action, properties) in content.get("runtimeConfig").map(Node::members).unwrap_or_default() {
        let list = properties.get("properties");
        let each: Vec<&Node<'_>> = match list {
            Some(Node::Array(items)) => items.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        steps.extend(each.into_iter().map(|inputs| (action.to_string(), inputs.owned())));
    }
    if steps.is_empty() {
        done.hazard(HazardKind::Unknown, "its content has no steps that could be read");
    }
    for (action, inputs) in steps {
        step(&action, &inputs, run, depth, hidden, done)?;
    }
    Ok(())
}

fn step(
    action: &str,
    inputs: &Node<'_>,
    run: &Run,
    depth: usize,
    hidden: &mut Hidden,
    done: &mut Done,
) -> Result<(), ReadError> {
    match action {
        "aws:runShellScript" => {
            let script = filled(&lines(inputs.get("runCommand")), content_parameters(run));
            commands::posix(&script, hidden, done)?;
        }
        "aws:runPowerShellScript" => {
            commands::powershell(&filled(&lines(inputs.get("runCommand")), content_parameters(run)), done);
        }
        "aws:executeAwsApi" => {
            let text = |key: &str| inputs.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
            let mut members =
                serde_json::from_str::<Value>(&filled(&canonical(inputs), content_parameters(run)))
                    .unwrap_or_default();
            if let Some(members) = members.as_object_mut() {
                members.remove("Service");
                members.remove("Api");
            }
            within(run, (&text("Service"), &operation(&text("Api")), members), depth, hidden, done)?;
        }
        "aws:changeInstanceState" => {
            let wanted = inputs.get("DesiredState").and_then(Node::as_str).unwrap_or_default();
            let operation = match wanted {
                "terminated" => "TerminateInstances",
                "stopped" => "StopInstances",
                "running" => "StartInstances",
                _ => "ModifyInstanceState",
            };
            let ids = inputs.get("InstanceIds").map_or_else(|| "null".to_owned(), canonical);
            let ids: Value = serde_json::from_str(&filled(&ids, content_parameters(run))).unwrap_or_default();
            within(run, ("ec2", operation, serde_json::json!({ "InstanceIds": ids })), depth, hidden, done)?;
        }
        "aws:sleep"
        | "aws:pause"
        | "aws:approve"
        | "aws:branch"
        | "aws:assertAwsResourceProperty"
        | "aws:waitForAwsResourceProperty"
        | "aws:createTags"
        | "aws:createImage"
        | "aws:copyImage"
        | "aws:softwareInventory"
        | "aws:refreshAssociation" => {}
        other => {
            let action: String = other.chars().take(60).collect();
            done.hazard(HazardKind::Unknown, format!("what its step `{action}` does is not judged"));
        }
    }
    Ok(())
}

/// `terminate_instances` or `TerminateInstances` as the published models write it.
fn operation(api: &str) -> String {
    api.split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), chars.as_str()))
        })
        .collect()
}

fn content_parameters(run: &Run) -> Vec<(String, String)> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    if let Some(content) = &run.content {
        for (name, parameter) in content.get("parameters").map(Node::members).unwrap_or_default() {
            if let Some(default) = parameter.get("default") {
                known.insert(name.to_string(), lines(Some(default)));
            }
        }
    }
    for (name, value) in run.parameters.members() {
        known.insert(name.to_string(), lines(Some(value)));
    }
    known.into_iter().collect()
}

/// The text with its parameters put in. What is not known stays, and no shell takes it for a word of its own.
fn filled(text: &str, parameters: Vec<(String, String)>) -> String {
    let mut text = text.to_owned();
    for (name, value) in parameters {
        for place in [format!("{{{{ {name} }}}}"), format!("{{{{{name}}}}}")] {
            text = text.replace(&place, &value);
        }
    }
    text
}
