//! Who is calling: extractors whose type states the right that a handler needs. Agents, pipelines and people never
//! share a kind of credential: the prefix of a token says which it is, and each extractor looks in one table only.

mod bearer;
mod browser;

pub use bearer::{Admin, AnyCaller, PersonToken, Requester};
pub use browser::{Reviewer, SESSION_COOKIE, SameOrigin};

/// What a token of each kind begins with.
pub(crate) const AGENT_PREFIX: &str = "hp_agent_";
/// See [`AGENT_PREFIX`].
pub(crate) const PIPELINE_PREFIX: &str = "hp_pipeline_";
/// See [`AGENT_PREFIX`].
pub(crate) const PERSON_PREFIX: &str = "hp_person_";
