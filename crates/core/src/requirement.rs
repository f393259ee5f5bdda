use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not a set of requirements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a list of `group:count` with counts from 1 to 9, for example `sre:2,dba:1`")]
pub struct RequirementError(String);

/// What a hold asks for: for each group, how many of its people must approve. Never empty.
/// One person counts towards one requirement only, so `sre:2,dba:1` takes three people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, u8>", into = "BTreeMap<String, u8>")]
pub struct Requirements(BTreeMap<String, u8>);

impl Requirements {
    /// One requirement of `count` people of `group`.
    ///
    /// # Errors
    /// If the group's name or the count is not acceptable.
    pub fn one(group: &str, count: u8) -> Result<Self, RequirementError> {
        Self::try_from(BTreeMap::from([(group.to_owned(), count)]))
    }

    /// Groups and counts, by group.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u8)> {
        self.0.iter().map(|(group, count)| (group.as_str(), *count))
    }

    /// How many people in all.
    #[must_use]
    pub fn people(&self) -> usize {
        self.0.values().map(|count| usize::from(*count)).sum()
    }

    /// Group by group, the higher count.
    #[must_use]
    pub fn join(mut self, other: Requirements) -> Self {
        for (group, count) in other.0 {
            let own = self.0.entry(group).or_insert(count);
            *own = (*own).max(count);
        }
        self
    }
}

impl TryFrom<BTreeMap<String, u8>> for Requirements {
    type Error = RequirementError;

    fn try_from(map: BTreeMap<String, u8>) -> Result<Self, RequirementError> {
        let name_is_fine = |name: &str| {
            !name.is_empty()
                && name.len() <= 64
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        };
        if map.is_empty() || map.iter().any(|(group, count)| !name_is_fine(group) || !(1..=9).contains(count))
        {
            return Err(RequirementError(format!("{map:?}")));
        }
        Ok(Self(map))
    }
}

impl From<Requirements> for BTreeMap<String, u8> {
    fn from(requirements: Requirements) -> Self {
        requirements.0
    }
}

impl FromStr for Requirements {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, RequirementError> {
        let refuse = || RequirementError(text.to_owned());
        let mut map = BTreeMap::new();
        for part in text.split(',') {
            let (group, count) = part.trim().split_once(':').ok_or_else(refuse)?;
            let count: u8 = count.parse().map_err(|_| refuse())?;
            if map.insert(group.to_owned(), count).is_some() {
                return Err(refuse());
            }
        }
        Self::try_from(map).map_err(|_| refuse())
    }
}

impl fmt::Display for Requirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (group, count)) in self.iter().enumerate() {
            write!(f, "{}{group}:{count}", if n > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_refuses_the_rest() {
        let two: Requirements = "sre:2,dba:1".parse().unwrap();
        assert_eq!(two.to_string(), "dba:1,sre:2");
        assert_eq!(two.people(), 3);
        for wrong in ["", "sre", "sre;2", "sre:0", "sre:10", "sre:1,sre:2", "SRE:1", ":1", "sre:-1"] {
            assert!(wrong.parse::<Requirements>().is_err(), "{wrong}");
        }
    }
}
