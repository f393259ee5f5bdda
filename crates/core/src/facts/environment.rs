use serde::{Deserialize, Serialize};

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

impl EnvironmentFact {
    /// Takes a sign in. Production raises whatever was known; a lower sign is only evidence, because names and tags
    /// prove nothing about safety.
    pub fn raise(&mut self, sign: Environment, why: &str) {
        if sign > self.is {
            self.is = sign;
        } else if sign < self.is && sign != Environment::Production {
            return;
        }
        if !self.evidence.iter().any(|known| known == why) {
            self.evidence.push(why.to_owned());
        }
    }
}
