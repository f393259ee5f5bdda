//! Carrying out a command on machines as an Automation execution of AWS Systems Manager.
//!
//! The way of one: [`Runner::resolve`] and [`Runner::pin`] before a change is judged; [`Runner::start`] once it may be
//! carried out; [`Runner::follow`] until it ended; [`Runner::find`] where the answer to a start was lost, so that
//! nothing is ever sent twice.

mod answer;
mod behind;
mod cancel;
mod document;
mod find;
mod follow;
mod order;
mod output;
mod progress;
mod rate;
mod runbook;
mod runner;
mod start;
mod target;
mod token;

pub use answer::Trouble;
pub use document::{DocumentError, Kind, Pinned};
pub use find::FindError;
pub use order::{Order, OrderError};
pub use progress::{Part, Progress, Run, Stage};
pub use rate::{Rate, RateError};
pub use runbook::{Runbook, RunbookError};
pub use runner::{Access, ExecutionId, Runner};
pub use start::{Prepared, StartError};
pub use target::{Machine, ResolveError, Target};
