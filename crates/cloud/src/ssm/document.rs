//! Which document exactly: a version and its hash, read before a change is judged and compared again before it runs.

use aws_sdk_ssm::types::{
    DocumentDescription, DocumentFormat, DocumentHashType, DocumentStatus, DocumentType,
};
use serde_json::Value;

use super::{Runner, Trouble};

/// A document as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// Its name, or its ARN where another account shares it.
    pub name: String,
    /// The number of its version; never `$DEFAULT` or `$LATEST`.
    pub version: String,
    /// AWS's own SHA-256 of that version, in lower-case hexadecimal digits.
    pub hash: String,
    /// What it does, as JSON.
    pub content: String,
    /// How it is run.
    pub kind: Kind,
}

/// How a document is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A `Command` document: the agent on a machine runs it. Holdpoint's own runbook sends it there.
    Command,
    /// An `Automation` runbook: Systems Manager runs it.
    Automation {
        /// The one parameter that names a machine, where there is exactly one.
        target: Option<String>,
    },
}

/// Why a document cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// There is none of that name and version.
    #[error("there is no document `{0}` of that version")]
    NotFound(String),
    /// It is being made, changed or deleted.
    #[error("the document `{name}` is not active but {status}")]
    NotActive {
        /// Its name.
        name: String,
        /// AWS's word.
        status: String,
    },
    /// Neither a command nor an automation.
    #[error("a document of kind {0} cannot be run; `Command` and `Automation` can")]
    Unsupported(String),
    /// A version of a schema that nothing here knows.
    #[error("schema version {0} of documents is not known")]
    Schema(String),
    /// AWS does not say its SHA-256.
    #[error("AWS names no SHA-256 of the document `{0}`")]
    NoHash(String),
    /// It has no content that can be read.
    #[error("the content of the document `{0}` cannot be read")]
    Unreadable(String),
    /// It is another one than was judged.
    #[error("the document `{0}` is not the one that was judged: it was changed since")]
    Changed(String),
    /// AWS gave no answer.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

const DESCRIBE: &str = "DescribeDocument";
const GET: &str = "GetDocument";

impl Runner {
    /// Reads a document and fixes what it is. Without a version, its default version is taken.
    ///
    /// # Errors
    /// If it does not exist, is not active, is of a kind that cannot be run, or AWS gives no hash of it.
    pub async fn pin(&self, name: &str, version: Option<&str>) -> Result<Pinned, DocumentError> {
        let question =
            self.client.describe_document().name(name).set_document_version(version.map(str::to_owned));
        let answer = question.send().await.map_err(|error| absent(name, Trouble::of(DESCRIBE, &error)))?;
        let about = answer.document.ok_or_else(|| Trouble::incomplete(DESCRIBE, "document"))?;
        active(name, &about)?;
        let version = about
            .document_version()
            .filter(|version| version.bytes().all(|byte| byte.is_ascii_digit()) && !version.is_empty())
            .ok_or_else(|| Trouble::incomplete(DESCRIBE, "numbered version"))?;
        let question = self.client.get_document().name(name).document_version(version);
        let answer = question.document_format(DocumentFormat::Json).send().await;
        let answer = answer.map_err(|error| absent(name, Trouble::of(GET, &error)))?;
        let content = answer.content.ok_or_else(|| Trouble::incomplete(GET, "content"))?;
        let kind = kind(name, &about, &content)?;
        Ok(Pinned {
            name: name.to_owned(),
            version: version.to_owned(),
            hash: hash(name, &about)?,
            content,
            kind,
        })
    }

    /// Looks whether a document is still the one that was pinned.
    ///
    /// # Errors
    /// [`DocumentError::Changed`] if it is not, and all of [`Runner::pin`].
    pub async fn same(&self, pinned: &Pinned) -> Result<(), DocumentError> {
        let now = self.pin(&pinned.name, Some(&pinned.version)).await?;
        let same =
            now.hash == pinned.hash && now.kind == pinned.kind && same_json(&now.content, &pinned.content);
        if same { Ok(()) } else { Err(DocumentError::Changed(pinned.name.clone())) }
    }
}

/// Equal in meaning: AWS may lay the same content out in another way.
pub(super) fn same_json(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    read(one).is_some_and(|one| Some(one) == read(other))
}

fn absent(name: &str, trouble: Trouble) -> DocumentError {
    if trouble.is("InvalidDocument") || trouble.is("InvalidDocumentVersion") {
        DocumentError::NotFound(name.to_owned())
    } else {
        DocumentError::Trouble(trouble)
    }
}

fn active(name: &str, about: &DocumentDescription) -> Result<(), DocumentError> {
    match about.status() {
        Some(DocumentStatus::Active) => Ok(()),
        status => Err(DocumentError::NotActive {
            name: name.to_owned(),
            status: status.map_or("in no known state", DocumentStatus::as_str).to_owned(),
        }),
    }
}

fn hash(name: &str, about: &DocumentDescription) -> Result<String, DocumentError> {
    about
        .hash()
        .filter(|_| about.hash_type() == Some(&DocumentHashType::Sha256))
        .map(str::to_ascii_lowercase)
        .filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .ok_or_else(|| DocumentError::NoHash(name.to_owned()))
}

fn kind(name: &str, about: &DocumentDescription, content: &str) -> Result<Kind, DocumentError> {
    let unreadable = || DocumentError::Unreadable(name.to_owned());
    let content: Value = serde_json::from_str(content).map_err(|_| unreadable())?;
    let schema = content.get("schemaVersion").and_then(Value::as_str).ok_or_else(unreadable)?;
    match (about.document_type(), schema) {
        (Some(DocumentType::Command), "1.2" | "2.0" | "2.2") => Ok(Kind::Command),
        (Some(DocumentType::Automation), "0.3") => Ok(Kind::Automation { target: target(&content) }),
        (Some(DocumentType::Command | DocumentType::Automation), other) => {
            Err(DocumentError::Schema(super::output::short(other, 16)))
        }
        (other, _) => {
            Err(DocumentError::Unsupported(other.map_or("unknown", DocumentType::as_str).to_owned()))
        }
    }
}

/// The parameter that takes a machine's id: by its type, or where none has such a type by its name. With two of them
/// it cannot be told which one is meant.
fn target(content: &Value) -> Option<String> {
    let parameters = content.get("parameters")?.as_object()?;
    let by_type = |parameter: &Value| {
        let of = parameter.get("type").and_then(Value::as_str);
        matches!(of, Some("AWS::EC2::Instance::Id" | "List<AWS::EC2::Instance::Id>"))
    };
    let typed: Vec<&String> =
        parameters.iter().filter(|(_, parameter)| by_type(parameter)).map(|(name, _)| name).collect();
    let named =
        || parameters.keys().filter(|name| matches!(name.as_str(), "InstanceId" | "InstanceIds")).collect();
    let candidates = if typed.is_empty() { named() } else { typed };
    match candidates.as_slice() {
        [one] => Some((*one).clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_parameter_of_a_machine_is_told_only_where_it_is_one() {
        let of = |parameters: Value| target(&json!({ "parameters": parameters }));
        assert_eq!(of(json!({"InstanceId": {"type": "String"}, "Force": {}})), Some("InstanceId".into()));
        assert_eq!(
            of(json!({"Box": {"type": "AWS::EC2::Instance::Id"}, "InstanceId": {"type": "String"}})),
            Some("Box".into())
        );
        assert_eq!(
            of(json!({"InstanceId": {"type": "String"}, "InstanceIds": {"type": "StringList"}})),
            None
        );
        assert_eq!(of(json!({"Bucket": {"type": "String"}})), None);
    }

    #[test]
    fn layout_is_no_difference_and_content_is() {
        assert!(same_json("{\"a\": 1, \"b\":[2]}", "{\"b\":[2],\n\"a\":1}"));
        assert!(!same_json("{\"a\":1}", "{\"a\":2}"));
        assert!(!same_json("no json", "no json"));
    }
}
