//! The stop button (rule R9): whole, for one agent, or for one environment.

use serde::{Deserialize, Serialize};

use crate::{Environment, Timestamp};

/// What a freeze stops.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of", content = "is")]
pub enum Scope {
    /// Everything.
    Everything,
    /// One agent or pipeline, by id.
    Agent(String),
    /// Everything that reaches this environment. Unknown counts as production.
    Environment(Environment),
}

impl Scope {
    /// As stored: `everything`, `agent:agt_…`, `environment:production`.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Scope::Everything => "everything".to_owned(),
            Scope::Agent(id) => format!("agent:{id}"),
            Scope::Environment(environment) => format!("environment:{}", environment.as_str()),
        }
    }

    /// Whether a change of this requester that reaches this environment is stopped.
    #[must_use]
    pub fn covers(&self, requester: &str, environment: Environment) -> bool {
        match self {
            Scope::Everything => true,
            Scope::Agent(id) => id == requester,
            Scope::Environment(frozen) => {
                *frozen == environment
                    || (*frozen == Environment::Production && environment == Environment::Unknown)
            }
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "everything" => Ok(Scope::Everything),
            Some(("agent", id)) if !id.is_empty() => Ok(Scope::Agent(id.to_owned())),
            Some(("environment", name)) => name.parse().map(Scope::Environment),
            _ => Err(format!(
                "`{text}` is nothing to freeze; write `everything`, `agent:ID` or `environment:NAME`"
            )),
        }
    }
}

/// A freeze in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// What it stops.
    pub scope: Scope,
    /// Why, in the words of whoever froze it.
    pub reason: String,
    /// Who froze it.
    pub by: String,
    /// When it ends by itself.
    #[serde(with = "time::serde::rfc3339")]
    pub until: Timestamp,
}

/// Whether a change is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Freeze {
    /// Nothing stops it.
    #[default]
    None,
    /// It is stopped.
    Frozen(Frozen),
    /// It could not be looked up; treated as frozen.
    Unknown {
        /// What went wrong.
        why: String,
    },
}

impl Freeze {
    /// The first freeze that covers a change, the widest first.
    #[must_use]
    pub fn of(frozen: &[Frozen], requester: &str, environment: Environment) -> Self {
        let mut covering: Vec<&Frozen> =
            frozen.iter().filter(|freeze| freeze.scope.covers(requester, environment)).collect();
        covering.sort_by(|a, b| (&a.scope, a.until).cmp(&(&b.scope, b.until)));
        covering.first().map_or(Freeze::None, |freeze| Freeze::Frozen((*freeze).clone()))
    }
}
