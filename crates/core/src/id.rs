//! Prefixed ULIDs: an id says what it names, sorts by birth, and cannot be confused with another kind.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::Timestamp;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form `{prefix}_` and 26 letters or digits")]
pub struct IdError {
    text: String,
    prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Ulid);

        impl $name {
            /// The text before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// An id born at `now`, made unique by `random` (80 of its bits are used).
            #[must_use]
            pub fn new(now: Timestamp, random: u128) -> Self {
                let millis = now.unix_timestamp_nanos() / 1_000_000;
                Self(Ulid::from_parts(u64::try_from(millis).unwrap_or(0), random))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|rest| rest.len() == 26 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
                    .and_then(|rest| Ulid::from_string(rest).ok())
                    .map(Self)
                    .ok_or_else(|| IdError { text: text.chars().take(64).collect(), prefix: $prefix })
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
    };
}

id!(
    /// Names a change.
    ChangeId, "chg");
id!(
    /// Names an agent.
    AgentId, "agt");
id!(
    /// Names a pipeline.
    PipelineId, "pip");
id!(
    /// Names a person.
    PersonId, "per");
id!(
    /// Names an approval.
    ApprovalId, "apr");
id!(
    /// Names an attempt; it is the idempotency token of everything the attempt does outside.
    AttemptId, "att");
id!(
    /// Names a grant.
    GrantId, "grt");
id!(
    /// Names a freeze.
    FreezeId, "frz");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_its_text(random: u128) {
            let id = ChangeId::new(Timestamp::UNIX_EPOCH, random);
            prop_assert_eq!(id.to_string().parse::<ChangeId>().unwrap(), id);
        }

        #[test]
        fn no_other_text_parses(text in ".{0,40}") {
            if let Ok(id) = text.parse::<ChangeId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn kinds_do_not_mix() {
        let id = ChangeId::new(Timestamp::UNIX_EPOCH, 7).to_string();
        assert!(id.parse::<PersonId>().is_err());
    }
}
