use serde::{Deserialize, Serialize};

use crate::{Digest, Requirements};

/// What policy says about a change. The order is by strictness: the verdict of a change is the greatest of its effects'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// It passes without a person.
    Allow,
    /// It waits for people.
    Hold {
        /// What they must give.
        requirements: Requirements,
    },
    /// It does not pass; nobody can release it.
    Deny,
}

impl Verdict {
    /// The word used in the database, the API and the UI.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Hold { .. } => "hold",
            Verdict::Deny => "deny",
        }
    }

    /// The stricter of the two; two holds are joined group by group, the higher count winning.
    #[must_use]
    pub fn join(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Deny, _) | (_, Verdict::Deny) => Verdict::Deny,
            (Verdict::Hold { requirements: a }, Verdict::Hold { requirements: b }) => {
                Verdict::Hold { requirements: a.join(b) }
            }
            (hold @ Verdict::Hold { .. }, Verdict::Allow) | (Verdict::Allow, hold @ Verdict::Hold { .. }) => {
                hold
            }
            (Verdict::Allow, Verdict::Allow) => Verdict::Allow,
        }
    }
}

/// One thing that was read, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The resource's address; empty for the change as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// A sentence.
    pub says: String,
}

/// One step that would let a change pass, for programs to act on. Steps of one reason are alternatives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Step {
    /// Give an attribute this value; in JSON, as text.
    Set {
        /// The resource's address.
        resource: String,
        /// A JSON pointer.
        attribute: String,
        /// The value that would pass.
        value: String,
    },
    /// Leave a resource out of the change.
    LeaveOut {
        /// The resource's address.
        resource: String,
    },
    /// Take a backup that the change does not touch.
    TakeBackup {
        /// The resource's address.
        resource: String,
    },
    /// Submit in smaller parts.
    Split {
        /// How many destroyed resources at most, each time.
        at_most: u64,
    },
    /// Hand in the binary plan too.
    SubmitPlan,
    /// Plan again on the workspace's own state.
    PlanAgain,
    /// Name each target, and how many are expected.
    NameTargets,
    /// Use the credential that Holdpoint gave, and no other.
    DropCredential,
    /// Come again later.
    Wait {
        /// Not before this moment, as RFC 3339; absent when only a person ends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
    },
    /// Have people release it.
    AskPeople {
        /// Whom, and how many.
        requirements: Requirements,
    },
}

/// Why a change is not simply allowed: one rule that fired, over all the effects it fired for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The policy's `@id`, for example `R1-no-backup`.
    pub policy: String,
    /// The rule it belongs to, for example `R1`.
    pub rule: String,
    /// `hold` or `deny`.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// One sentence that names the first resource concerned and how many more there are.
    pub reason: String,
    /// What would pass.
    pub remedy: String,
    /// The same as steps that a program can take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub would_pass: Vec<Step>,
    /// The real incident behind the rule; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub incident: String,
    /// What was read, at most 50 items; `resources` says how many there are in all.
    pub evidence: Vec<Evidence>,
    /// How many resources the rule fired for; 0 when it fired for the change as a whole.
    pub resources: u64,
}

/// A verdict with its reasons, and which policies gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The strictest over all effects and the change as a whole.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Denies first, then holds by how many people they ask for, then by rule.
    pub reasons: Vec<Reason>,
    /// SHA-256 over the policy set and schema that decided.
    pub policy_version: Digest,
}
