use serde::{Deserialize, Serialize};

use crate::Source;

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

/// A create for something that is on record already.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Existing {
    /// The address that would be created.
    pub address: String,
    /// A sentence: where and when it was seen.
    pub says: String,
}
