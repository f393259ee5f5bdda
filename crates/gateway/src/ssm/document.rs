//! The document of a change of commands: as it is handed in, and as it is completed, judged and carried out.

use std::collections::BTreeMap;

use holdpoint_cloud::ssm::{DocumentError, Machine, Order, Pinned, Rate, ResolveError, Runner, Target};
use holdpoint_core::Actor;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::AppState;

/// What is to run on which machines. Everything but `resolved`, the document's hash and its content comes from the
/// requester; those three are the daemon's own findings, whatever the requester says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    document: Named,
    #[serde(default)]
    parameters: BTreeMap<String, Values>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    targets: Option<Vec<Selector>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instances: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    concurrency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_limit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolved: Option<Vec<Resolved>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Selector {
    key: String,
    values: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resolved {
    instance: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    platform: Option<String>,
}

/// Why a document cannot be completed, or not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotComplete {
    /// The requester must write something else.
    #[error("{0}")]
    Wrong(String),
    /// AWS gave no answer; asked again it may.
    #[error("{0}; nothing was decided or recorded, try again shortly")]
    Unanswered(String),
}

fn wrong(error: impl ToString) -> NotComplete {
    NotComplete::Wrong(error.to_string())
}

impl From<ResolveError> for NotComplete {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Trouble(trouble) if !trouble.is_refusal() => Self::Unanswered(trouble.to_string()),
            other => wrong(other),
        }
    }
}

impl From<DocumentError> for NotComplete {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Trouble(trouble) if !trouble.is_refusal() => Self::Unanswered(trouble.to_string()),
            other => wrong(other),
        }
    }
}

/// Resolves the targets and pins the document; the bytes that are judged and carried out.
pub(crate) async fn complete(app: &AppState, who: &Actor, bytes: &[u8]) -> Result<Vec<u8>, NotComplete> {
    let mut document = Document::read(bytes)?;
    let config = &app.config;
    let region = document
        .region
        .get_or_insert_with(|| config.ssm.region.clone().unwrap_or_else(|| config.aws.region.clone()));
    check_place(region, &config.aws.regions, document.account.as_deref(), config.aws.account.as_deref())?;
    let runner = app.runners.of(config, &who.name, region).await.map_err(NotComplete::Unanswered)?;
    let pinned = runner.pin(&document.document.name, document.document.version.as_deref()).await?;
    if document.document.hash.as_ref().is_some_and(|hash| !hash.eq_ignore_ascii_case(&pinned.hash)) {
        return Err(wrong(DocumentError::Changed(pinned.name)));
    }
    let machines = document.machines(&runner).await?;
    document.resolved = Some(machines.into_iter().map(Resolved::from).collect());
    document.document = Named {
        content: serde_json::from_str(&pinned.content).ok(),
        name: pinned.name.clone(),
        version: Some(pinned.version.clone()),
        hash: Some(pinned.hash.clone()),
    };
    document.order_of(pinned)?;
    serde_json::to_vec(&document).map_err(wrong)
}

/// Where the daemon may run commands: nothing else becomes part of a host's name.
fn check_place(
    region: &str,
    allowed: &[String],
    account: Option<&str>,
    own: Option<&str>,
) -> Result<(), NotComplete> {
    let mut parts = region.split('-');
    let (land, end) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    let middle: Vec<&str> = parts.collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let formed = land.len() == 2
        && letters(&land)
        && !middle.is_empty()
        && middle.iter().all(letters)
        && end.len() == 1
        && end.bytes().all(|byte| byte.is_ascii_digit());
    if !formed || !(allowed.is_empty() || allowed.iter().any(|name| name == region)) {
        return Err(wrong(format!("`{region}` is not a region in which commands are run here")));
    }
    match (account, own) {
        (Some(asked), own) if own != Some(asked) => Err(wrong(format!(
            "the account `{asked}` is not the one in which commands are run here (`aws.account` in the configuration)"
        ))),
        _ => Ok(()),
    }
}

impl From<Machine> for Resolved {
    fn from(machine: Machine) -> Self {
        let Machine { instance, name, platform, tags, .. } = machine;
        Self { instance, name, tags, platform }
    }
}

impl Document {
    /// Reads one.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, NotComplete> {
        serde_json::from_slice(bytes).map_err(|error| wrong(format!("not a command for machines: {error}")))
    }

    /// The region, once it is complete.
    pub(crate) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    async fn machines(&self, runner: &Runner) -> Result<Vec<Machine>, NotComplete> {
        let targets: Vec<Target> = match (&self.targets, &self.instances) {
            (Some(_), Some(_)) => return Err(wrong("give `targets` or `instances`, not both")),
            (Some(targets), None) => {
                targets.iter().map(|of| Target { key: of.key.clone(), values: of.values.clone() }).collect()
            }
            (None, Some(instances)) => {
                vec![Target { key: "InstanceIds".to_owned(), values: instances.clone() }]
            }
            // A runbook may address no machine at all; whether this one may is seen when the order is made.
            (None, None) => return Ok(Vec::new()),
        };
        Ok(runner.resolve(&targets).await?)
    }

    fn order_of(&self, pinned: Pinned) -> Result<Order, NotComplete> {
        let parameters = self.parameters.iter().map(|(name, values)| {
            let values = match values {
                Values::One(value) => vec![value.clone()],
                Values::Many(values) => values.clone(),
            };
            (name.clone(), values)
        });
        let resolved = self.resolved.as_deref().unwrap_or_default();
        let instances = resolved.iter().map(|machine| machine.instance.clone()).collect();
        let limit =
            |text: &Option<String>| text.as_ref().map(|text| text.parse::<Rate>()).transpose().map_err(wrong);
        let (concurrency, errors) = (limit(&self.concurrency)?, limit(&self.error_limit)?);
        Order::new(pinned, parameters.collect(), instances, concurrency, errors).map_err(wrong)
    }

    /// The machines it runs on, and how many may fail.
    pub(crate) fn watched(&self) -> Result<(Vec<String>, Rate), NotComplete> {
        let resolved = self.resolved.as_deref().unwrap_or_default();
        let errors = match &self.error_limit {
            None => Rate::NO_ERROR,
            Some(text) => text.parse().map_err(wrong)?,
        };
        Ok((resolved.iter().map(|machine| machine.instance.clone()).collect(), errors))
    }

    /// What is to run, if its document is still the one that was judged.
    pub(crate) async fn order(&self, runner: &Runner) -> Result<Order, NotComplete> {
        let judged = &self.document;
        let now = runner.pin(&judged.name, judged.version.as_deref()).await?;
        let content = serde_json::from_str::<Value>(&now.content).ok();
        if judged.hash.as_deref() != Some(now.hash.as_str()) || content != judged.content {
            return Err(wrong(DocumentError::Changed(now.name)));
        }
        self.order_of(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_region_and_nothing_else() {
        for region in ["eu-central-1", "us-gov-west-1", "ap-southeast-3"] {
            assert!(check_place(region, &[], None, None).is_ok(), "{region}");
        }
        for region in
            ["", "eu", "eu-1", "eu-central-1.evil.example", "eu-central-", "eu--1", "EU-central-1", "e/u-a-1"]
        {
            assert!(check_place(region, &[], None, None).is_err(), "{region}");
        }
        assert!(check_place("eu-west-1", &["eu-central-1".to_owned()], None, None).is_err());
        assert!(check_place("eu-west-1", &[], Some("1"), None).is_err());
        assert!(check_place("eu-west-1", &[], Some("1"), Some("2")).is_err());
        assert!(check_place("eu-west-1", &[], Some("1"), Some("1")).is_ok());
    }

    #[test]
    fn unknown_and_doubled_keys_are_refused() {
        for text in [
            r#"{"document":{"name":"A"},"target":[]}"#,
            r#"{"document":{"name":"A"},"document":{"name":"B"}}"#,
            r#"{"document":{"name":"A","sha":"x"}}"#,
            r#"{"document":{"name":"A"},"parameters":{"commands":[1]}}"#,
            r#"{}"#,
            "",
        ] {
            assert!(Document::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
