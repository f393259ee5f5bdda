//! Holdpoint's own runbook: what sends a `Command` document to one machine, pinned by version and hash.
//!
//! `SendCommand` has no idempotency token, an Automation execution has; so a command is a step of one. A parameter of
//! an execution has at most 50 values of 512 characters, too few for a script: what the document is given travels as
//! JSON in Base64, cut into pieces, and the runbook compares its SHA-256 before it puts it together.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use aws_sdk_ssm::types::{DocumentFormat, DocumentType};

use super::{DocumentError, Kind, Order, Runner, Trouble};

/// The content, as it is installed. Executions of older daemons may still run by it, so it is never changed in place:
/// another content takes another name.
const CONTENT: &str = include_str!("../../../../deploy/ssm/Holdpoint-RunCommand.json");

/// The parameter that takes the machine.
pub(super) const TARGET: &str = "InstanceId";

const CREATE: &str = "CreateDocument";
const PIECE: usize = 512;
const PIECES: usize = 50;

/// The runbook that this daemon was built with, under the name it has in this account.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    name: String,
}

/// The installed runbook, found to be the expected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// Its name.
    pub name: String,
    /// The version that was looked at.
    pub version: String,
}

/// Why commands cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunbookError {
    /// Nobody installed it.
    #[error(
        "the runbook `{0}` is not installed in this account and region; install deploy/ssm/Holdpoint-RunCommand.json under that name"
    )]
    Absent(String),
    /// Something else has its name.
    #[error("the runbook `{0}` is not the one that this daemon brings")]
    Differs(String),
    /// It was made a moment ago.
    #[error("the runbook `{0}` was installed and is not active yet")]
    NotYet(String),
    /// It cannot be read.
    #[error(transparent)]
    Document(DocumentError),
    /// AWS gave no answer.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Expected {
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl Runner {
    /// Looks whether the runbook is installed and is exactly the expected one.
    ///
    /// # Errors
    /// If it is absent, different, or cannot be read.
    pub async fn runbook(&self) -> Result<Runbook, RunbookError> {
        let name = &self.runbook.name;
        let pinned = match self.pin(name, None).await {
            Ok(pinned) => pinned,
            Err(DocumentError::NotFound(name)) => return Err(RunbookError::Absent(name)),
            Err(DocumentError::NotActive { name, status }) if status == "Creating" => {
                return Err(RunbookError::NotYet(name));
            }
            Err(other) => return Err(RunbookError::Document(other)),
        };
        let kind = Kind::Automation { target: Some(TARGET.to_owned()) };
        if pinned.kind != kind || !super::document::same_json(&pinned.content, CONTENT) {
            return Err(RunbookError::Differs(name.clone()));
        }
        Ok(Runbook { name: pinned.name, version: pinned.version })
    }

    /// Installs the runbook where it is absent; what has its name already is never changed.
    ///
    /// # Errors
    /// As [`Runner::runbook`]; [`RunbookError::NotYet`] right after it was made, and then the caller asks again.
    pub async fn ensure_runbook(&self) -> Result<Runbook, RunbookError> {
        match self.runbook().await {
            Err(RunbookError::Absent(name)) => {
                let question = self.client.create_document().name(name).content(CONTENT);
                let question =
                    question.document_type(DocumentType::Automation).document_format(DocumentFormat::Json);
                match question.send().await.map_err(|error| Trouble::of(CREATE, &error)) {
                    // Another replica was faster.
                    Err(trouble) if trouble.is("DocumentAlreadyExists") => {}
                    Err(trouble) => return Err(trouble.into()),
                    Ok(_) => {}
                }
                self.runbook().await
            }
            looked => looked,
        }
    }
}

/// What the runbook is given: nothing of a command is left to be looked up when it runs.
///
/// None if it is longer than an execution's parameters can carry.
pub(super) fn parameters(order: &Order, comment: &str) -> Option<Vec<(String, Vec<String>)>> {
    let document = order.document();
    let text = serde_json::to_string(order.parameters()).ok()?;
    let coded = STANDARD.encode(&text);
    let characters: Vec<char> = coded.chars().collect();
    let pieces: Vec<String> = characters.chunks(PIECE).map(|piece| piece.iter().collect()).collect();
    let given = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
    (pieces.len() <= PIECES).then(|| {
        vec![
            given("Document", &document.name),
            given("DocumentVersion", &document.version),
            given("DocumentHash", &document.hash),
            ("Pieces".to_owned(), pieces),
            given("Sha256", &hex::encode(Sha256::digest(&text))),
            given("Comment", comment),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_runbook_declares_what_it_is_given_and_repeats_nothing() {
        let content: Value = serde_json::from_str(CONTENT).unwrap();
        let document = super::super::Pinned {
            name: "D".into(),
            version: "1".into(),
            hash: "0".repeat(64),
            content: String::new(),
            kind: Kind::Command,
        };
        let order = Order::new(document, [].into(), vec!["i-01234567".into()], None, None).unwrap();
        let mut given: Vec<String> =
            parameters(&order, "c").unwrap().into_iter().map(|(name, _)| name).collect();
        given.push(TARGET.to_owned());
        given.sort();
        let declared: Vec<&String> = content["parameters"].as_object().unwrap().keys().collect();
        assert_eq!(declared, given.iter().collect::<Vec<_>>());
        for step in content["mainSteps"].as_array().unwrap() {
            assert_eq!((&step["maxAttempts"], &step["onFailure"]), (&1.into(), &"Abort".into()), "{step}");
        }
        let inputs = &content["mainSteps"][1]["inputs"];
        assert_eq!(inputs["DocumentHash"], "{{ DocumentHash }}");
        assert_eq!(inputs["DocumentVersion"], "{{ DocumentVersion }}");
        assert_eq!(inputs["InstanceIds"], serde_json::json!(["{{ InstanceId }}"]));
    }
}
