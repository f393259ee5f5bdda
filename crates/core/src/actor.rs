use serde::{Deserialize, Serialize};

use crate::PersonId;

/// The three kinds of actor. They never share a kind of credential, a listener path or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Software that acts by its own judgement; it has an operator.
    Agent,
    /// A CI pipeline; it may have an operator.
    Pipeline,
    /// A human being.
    Person,
}

impl ActorKind {
    /// The word used in the database, the API and the UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ActorKind::Agent => "agent",
            ActorKind::Pipeline => "pipeline",
            ActorKind::Person => "person",
        }
    }
}

/// Who does something: the requester of a change, the person who approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Agent, pipeline or person.
    pub kind: ActorKind,
    /// The prefixed id (`agt_…`, `pip_…`, `per_…`).
    pub id: String,
    /// The name people gave it; shown, never compared.
    pub name: String,
    /// The person who answers for an agent or pipeline. Their approval of its changes does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<PersonId>,
}
