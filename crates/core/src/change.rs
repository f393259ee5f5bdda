use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::{Backup, Class, Counts, Digest, Effect, Graph, Hazard, Noted};

/// The foreign format a change was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A Terraform or OpenTofu plan, as `terraform show -json` prints it.
    Terraform,
    /// A CloudFormation change set as `aws cloudformation describe-change-set` prints it, or two templates, old and new.
    Cloudformation,
    /// Kubernetes manifests to be applied or deleted, or AdmissionReview documents.
    Kubernetes,
    /// A command line or script for a POSIX shell or bash.
    Shell,
    /// SQL statements.
    Sql,
    /// HTTP requests, as text or as JSON.
    Http,
    /// Calls of AWS's API, as the gateway understood them or as JSON.
    Aws,
    /// A command to run on machines by Systems Manager: document, parameters, targets.
    Ssm,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 8] = [
        Format::Terraform,
        Format::Cloudformation,
        Format::Kubernetes,
        Format::Shell,
        Format::Sql,
        Format::Http,
        Format::Aws,
        Format::Ssm,
    ];

    /// The word used in the API, the CLI and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Terraform => "terraform",
            Format::Cloudformation => "cloudformation",
            Format::Kubernetes => "kubernetes",
            Format::Shell => "shell",
            Format::Sql => "sql",
            Format::Http => "http",
            Format::Aws => "aws",
            Format::Ssm => "ssm",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "terraform" | "terraform-plan-json" | "opentofu" | "tofu" => Ok(Format::Terraform),
            "cloudformation" | "cfn" => Ok(Format::Cloudformation),
            "kubernetes" | "k8s" | "admission" => Ok(Format::Kubernetes),
            "shell" | "sh" | "bash" => Ok(Format::Shell),
            "sql" => Ok(Format::Sql),
            "http" | "rest" => Ok(Format::Http),
            "aws" | "aws-api" => Ok(Format::Aws),
            "ssm" => Ok(Format::Ssm),
            other => {
                let known: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
                Err(format!("`{other}` is not a format this build reads; it reads: {}", known.join(", ")))
            }
        }
    }
}

/// A change of a root module's output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OutputChange {
    /// The output's name.
    pub name: String,
    /// `create`, `update`, `delete`.
    pub effect: crate::EffectKind,
    /// Whether the value is sensitive; then both sides are absent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Canonical JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<RawValue>>,
    /// Canonical JSON; absent when only known after the change was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Box<RawValue>>,
    /// SHA-256 over both sides, sensitive ones included, so that a changed sensitive output changes the digest too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Digest>,
}

/// Something that was changed outside of the tool since it last looked. Informative: not an effect, not digested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The resource's address.
    pub address: String,
    /// `update` or `delete`.
    pub effect: crate::EffectKind,
}

/// Where a change came from; recorded beside it and checked when a grant is claimed, but not part of the digest,
/// so that a plan made anew with the same effects and values keeps its approvals.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// SHA-256 of Terraform's binary plan; absent when only its JSON rendering was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_sha256: Option<Digest>,
    /// The lineage of the state the plan was made against: `""` when there was no state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<String>,
    /// The serial of that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    /// The requester's own name for what is changed, for example a repository and workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The version of the tool that made the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
}

/// What the document says around the effects; not part of the digest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Context {
    /// How many managed resources existed before, as far as the document shows.
    pub estate: u64,
    /// How many resources are planned without any change.
    pub unchanged: u64,
    /// What had drifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// The tool says that the plan failed half-way.
    #[serde(default)]
    pub errored: bool,
    /// The tool says that applying this leaves something undone (`-target`, deferred effects).
    #[serde(default)]
    pub incomplete: bool,
    /// Signs of an environment found in the document: (`production`, "`aws_ecs_service.app` is tagged Environment=Production").
    /// The highest wins; a sign never lowers what an operator configured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment_signs: Vec<(crate::Environment, String)>,
    /// The tool's version that made the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
}

/// One proposed change to infrastructure: an immutable set of effects.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where it was read from.
    pub format: Format,
    /// Sorted by address, then deposed key. No-ops are left out.
    pub effects: Vec<Effect>,
    /// Sorted by name. No-ops are left out.
    pub outputs: Vec<OutputChange>,
    /// Not digested.
    pub context: Context,
    /// What the document says depends on what. Neither digested nor stored: the blast radius drawn from it is a fact,
    /// and the inventory learns it.
    pub graph: Graph,
}

/// The digested form: field order is fixed, values are canonical, so equal changes have equal bytes.
#[derive(Serialize, Deserialize)]
struct Content<E, O> {
    format: Format,
    effects: E,
    outputs: O,
}

/// What intake derived about one effect, stored beside the digested content.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Assessed {
    /// Index into `effects`.
    i: usize,
    class: Class,
    backup: Backup,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hazards: Vec<Hazard>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    manners: Vec<Noted>,
}

/// The derived half of a change, as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Assessment {
    effects: Vec<Assessed>,
    context: Context,
}

impl Change {
    /// The canonical bytes that are digested, stored and approved. Sensitive values are masked in them.
    ///
    /// # Errors
    /// Never for a change that intake made; the serialiser's error is passed on.
    pub fn content(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Content { format: self.format, effects: &self.effects, outputs: &self.outputs })
    }

    /// The digest of [`Change::content`], without holding that a second time: the same effects and values give the
    /// same digest.
    ///
    /// # Errors
    /// As [`Change::content`].
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        let mut hash = std::io::BufWriter::new(Sha256::new());
        let content = Content { format: self.format, effects: &self.effects, outputs: &self.outputs };
        serde_json::to_writer(&mut hash, &content)?;
        let hash = hash.into_inner().map_err(|e| serde::ser::Error::custom(e.error()))?;
        Ok(Digest::from_bytes(hash.finalize().into()))
    }

    /// What intake derived (classes, backups, hazards, context), as JSON to be stored beside the content.
    ///
    /// # Errors
    /// Passes the serialiser's error on.
    pub fn assessment(&self) -> Result<serde_json::Value, serde_json::Error> {
        let effects = self
            .effects
            .iter()
            .enumerate()
            .map(|(i, e)| Assessed {
                i,
                class: e.class,
                backup: e.backup,
                hazards: e.hazards.clone(),
                manners: e.manners.clone(),
            })
            .collect();
        serde_json::to_value(Assessment { effects, context: self.context.clone() })
    }

    /// A change put together again from its two stored halves.
    ///
    /// # Errors
    /// If either half does not read, or the assessment speaks of an effect that is not there.
    pub fn from_stored(content: &[u8], assessment: serde_json::Value) -> Result<Self, serde_json::Error> {
        let content: Content<Vec<Effect>, Vec<OutputChange>> = serde_json::from_slice(content)?;
        let assessment: Assessment = serde_json::from_value(assessment)?;
        let Content { format, mut effects, outputs } = content;
        for assessed in assessment.effects {
            let Some(effect) = effects.get_mut(assessed.i) else {
                return Err(serde::de::Error::custom("the assessment names an effect that does not exist"));
            };
            effect.class = assessed.class;
            effect.backup = assessed.backup;
            effect.hazards = assessed.hazards;
            effect.manners = assessed.manners;
        }
        Ok(Self { format, effects, outputs, context: assessment.context, graph: Graph::default() })
    }

    /// How many effects of each kind.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(&self.effects)
    }
}
