//! The words Holdpoint is built from, as types: [`Change`], [`Effect`], [`Hazard`], [`Verdict`],
//! [`Requirements`], [`Approval`], [`Grant`], and the [`State`] machine that a change walks through.
//!
//! This crate is pure: no async, no I/O, no clock, no environment. Time is always a parameter, so the
//! same inputs give the same answer, and property tests can hammer every rule.

mod actor;
mod approval;
mod canonical;
mod change;
pub mod diff;
mod effect;
mod facts;
mod grant;
mod graph;
mod hazard;
mod id;
pub mod ledger;
mod manner;
mod requirement;
mod state;
mod verdict;

pub use actor::{Actor, ActorKind};
pub use approval::{Answer, Approval, Standing, Tally, tally};
pub use canonical::Digest;
pub use change::{Change, Context, Drift, Format, OutputChange, Source};
pub use effect::{Backup, Class, Counts, Effect, EffectKind, Resource, UNBOUNDED};
pub use facts::{
    Asked, Continuity, Difference, ENOUGH_COVERAGE, Environment, EnvironmentFact, Existing, Facts, Freeze,
    Frozen, Intent, Match, Point, Recovery, Scope, Seen, SeenState, Task, budget,
};
pub use grant::{ClaimRequest, Grant, Refusal, claim};
pub use graph::{
    Coverage, Dependents, Edge, Fallen, Gap, Graph, Link, MAX_LISTED, Node, Radius, Share, Walk, radius,
};
pub use hazard::{Hazard, HazardKind};
pub use id::{AgentId, ApprovalId, AttemptId, ChangeId, FreezeId, GrantId, IdError, PersonId, PipelineId};
pub use manner::{Manner, Noted};
pub use requirement::{RequirementError, Requirements};
pub use state::{Outcome, State, StateName, TRANSITIONS, TransitionError};
pub use verdict::{Evidence, Judgement, Reason, Step, Verdict};

/// A moment in UTC. The database's clock decides where replicas must agree; tests pass their own.
pub type Timestamp = time::OffsetDateTime;
