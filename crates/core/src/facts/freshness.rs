//! Looking again before a grant is claimed: what the approval rested on, and what is so now.

use serde::{Deserialize, Serialize};

use super::{Continuity, Facts, Freeze};

/// A fact that has become graver since it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Which fact.
    pub fact: String,
    /// What it was.
    pub was: String,
    /// What it is now.
    pub is: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: was {}, is now {}", self.fact, self.was, self.is)
    }
}

impl Facts {
    /// What is graver in `now` than it was when this was judged. Budgets and the task are not compared: they were
    /// settled when it was allowed or approved. Nor is which sources answered: silence is no fact.
    #[must_use]
    pub fn graver(&self, now: &Facts) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut differ = |fact: &str, was: String, is: String| {
            found.push(Difference { fact: fact.to_owned(), was, is });
        };
        if now.environment.is > self.environment.is {
            differ("environment", self.environment.is.as_str().into(), now.environment.is.as_str().into());
        }
        if let Continuity::Broken { why } = &now.continuity
            && !matches!(self.continuity, Continuity::Broken { .. })
        {
            differ("continuity", "unbroken".into(), why.clone());
        }
        for existing in &now.existing {
            if !self.existing.iter().any(|known| known.address == existing.address) {
                differ(&format!("`{}`", existing.address), "not there".into(), existing.says.clone());
            }
        }
        match (&self.freeze, &now.freeze) {
            (_, Freeze::None) => {}
            (_, Freeze::Frozen(frozen)) => {
                differ("freeze", "none".into(), format!("frozen by {}: {}", frozen.by, frozen.reason));
            }
            (_, Freeze::Unknown { why }) => differ("freeze", "none".into(), format!("not known: {why}")),
        }
        for recovery in &now.recovery {
            let was = self.recovery_of(&recovery.resource).map(|r| r.backup);
            if let Some(was) = was
                && was != recovery.backup
                && was.outlives()
                && !recovery.backup.outlives()
            {
                let fact = format!("the backups of `{}`", recovery.resource);
                differ(&fact, was.as_str().into(), recovery.backup.as_str().into());
            }
        }
        if let (Some(was), Some(is)) = (&self.radius, &now.radius) {
            if is.dependents() > was.dependents() {
                differ("dependents", was.dependents().to_string(), is.dependents().to_string());
            }
            if is.data > was.data {
                differ("data in reach", was.data.to_string(), is.data.to_string());
            }
        }
        found
    }
}
