use serde::{Deserialize, Serialize};

use crate::{Context, Source};

/// How much a resource matters. The order is by gravity: unknown is treated as production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// For one developer.
    Development,
    /// For tests of what will go to production.
    Staging,
    /// Nothing says what it is; treated as production.
    #[default]
    Unknown,
    /// Real users depend on it.
    Production,
}

impl Environment {
    /// The word used in the database, the API, policies and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Environment::Development => "development",
            Environment::Staging => "staging",
            Environment::Unknown => "unknown",
            Environment::Production => "production",
        }
    }
}

impl std::str::FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "development" | "dev" => Ok(Environment::Development),
            "staging" | "stage" | "test" => Ok(Environment::Staging),
            "production" | "prod" => Ok(Environment::Production),
            "unknown" => Ok(Environment::Unknown),
            _ => Err(format!(
                "`{text}` is not an environment; use development, staging, production or unknown"
            )),
        }
    }
}

/// The environment a change reaches, and what says so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentFact {
    /// The highest that anything says.
    pub is: Environment,
    /// Sentences a reviewer reads.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// What was last seen of a workspace's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenState {
    /// Its lineage.
    pub lineage: String,
    /// Its serial.
    pub serial: u64,
}

/// Whether the change builds on the state that this workspace had when last seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Continuity {
    /// The change names no state, or no workspace: there is nothing to compare.
    #[default]
    NotShown,
    /// The workspace was never seen before.
    FirstSeen,
    /// The same lineage, and a serial that did not go back.
    Continues,
    /// The state is gone, was swapped, or went back; `why` is a sentence.
    Broken {
        /// What differs.
        why: String,
    },
}

impl Continuity {
    /// Compares the state a change was planned against with what was last seen of its workspace.
    #[must_use]
    pub fn of(source: &Source, seen: Option<&SeenState>) -> Self {
        let (Some(lineage), Some(serial)) = (source.lineage.as_deref(), source.serial) else {
            return Continuity::NotShown;
        };
        let Some(seen) = seen else { return Continuity::FirstSeen };
        if lineage.is_empty() && !seen.lineage.is_empty() {
            let why = format!(
                "the plan was made without any state, but this workspace had one (lineage {}, serial {})",
                seen.lineage, seen.serial
            );
            Continuity::Broken { why }
        } else if lineage != seen.lineage {
            let why = format!(
                "the plan was made against another state (lineage {lineage}) than the one last seen here (lineage {})",
                seen.lineage
            );
            Continuity::Broken { why }
        } else if serial < seen.serial {
            let why = format!("the state went back from serial {} to serial {serial}", seen.serial);
            Continuity::Broken { why }
        } else {
            Continuity::Continues
        }
    }
}

/// What is known about the world when a change is judged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The environment reached.
    #[serde(default)]
    pub environment: EnvironmentFact,
    /// State continuity.
    #[serde(default)]
    pub continuity: Continuity,
    /// Whether the change is bound to the exact artefact that will be carried out (the binary plan's SHA-256).
    #[serde(default)]
    pub bound: bool,
}

impl Facts {
    /// The facts that the change's own source and context give, on top of what an operator configured
    /// for the requester. Signs in the document can only raise the environment, never lower it.
    #[must_use]
    pub fn gather(
        source: &Source,
        context: &Context,
        configured: Option<(Environment, String)>,
        seen: Option<&SeenState>,
    ) -> Self {
        let mut environment = match configured {
            Some((is, why)) => EnvironmentFact { is, evidence: vec![why] },
            None => EnvironmentFact {
                is: Environment::Unknown,
                evidence: vec![
                    "no environment is configured for the requester, so it is treated as production"
                        .to_owned(),
                ],
            },
        };
        for (sign, why) in &context.environment_signs {
            if *sign == Environment::Production {
                environment.is = Environment::Production;
                environment.evidence.push(why.clone());
            }
        }
        Self { environment, continuity: Continuity::of(source, seen), bound: source.plan_sha256.is_some() }
    }
}
