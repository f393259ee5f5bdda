//! What is known about the world when a change is judged, each fact with what says so.

pub mod budget;
mod continuity;
mod environment;
mod freeze;
mod freshness;
mod intent;
mod recovery;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use continuity::{Continuity, Existing, SeenState};
pub use environment::{Environment, EnvironmentFact};
pub use freeze::{Freeze, Frozen, Scope};
pub use freshness::Difference;
pub use intent::{Intent, Match, Task};
pub use recovery::{Point, Recovery, Seen};

use crate::{Context, Radius, Source};
use budget::Budget;

/// Below this share of references that could be followed, what a change destroys is not known well enough.
pub const ENOUGH_COVERAGE: u64 = 90;

/// A source of facts, and whether it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its name: `inventory`, `budgets`, `live`.
    pub source: String,
    /// Whether it answered in time.
    pub answered: bool,
    /// What it could not say, as a phrase; empty when it answered whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub says: String,
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
    /// Creates for what exists already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub existing: Vec<Existing>,
    /// Whether the change is bound to the exact artefact that will be carried out (the binary plan's SHA-256).
    #[serde(default)]
    pub bound: bool,
    /// What the change touches, and what depends on that. Absent in records from before it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<Box<Radius>>,
    /// What was destroyed lately, this change included.
    #[serde(default)]
    pub budget: Budget,
    /// Whether a freeze stops it.
    #[serde(default)]
    pub freeze: Freeze,
    /// For each destroyed resource that holds data, what could bring it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery: Vec<Recovery>,
    /// Addresses that the same session created within the last day, and that hold no data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<String>,
    /// What the requester says it is about to do, held against the effects.
    #[serde(default)]
    pub task: Task,
    /// Which sources were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Asked>,
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
            environment.raise(*sign, why);
        }
        Self {
            environment,
            continuity: Continuity::of(source, seen),
            bound: source.plan_sha256.is_some(),
            ..Self::default()
        }
    }

    /// Takes the radius in: whatever is in reach can raise the environment.
    pub fn reach(&mut self, radius: Radius) {
        for (sign, why) in &radius.environments {
            self.environment.raise(*sign, why);
        }
        self.radius = Some(Box::new(radius));
    }

    /// Whether enough is known of what depends on what is destroyed. A source that did not answer, or a document that
    /// leaves too many references open, is not enough; a format that shows no dependencies at all is judged by its
    /// effects alone.
    #[must_use]
    pub fn is_resolved(&self) -> bool {
        let answered = self.asked.iter().all(|asked| asked.answered);
        let covered =
            self.radius.as_ref().is_none_or(|r| !r.coverage.shown || r.coverage.percent() >= ENOUGH_COVERAGE);
        answered && covered
    }

    /// The recovery fact of a destroyed resource.
    #[must_use]
    pub fn recovery_of(&self, address: &str) -> Option<&Recovery> {
        self.recovery.iter().find(|recovery| recovery.resource == address)
    }
}
