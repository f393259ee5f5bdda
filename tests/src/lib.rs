//! The harness for black-box scenarios: a real Postgres, the real `holdpoint` binary in any number of replicas, and
//! callers of every kind.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "what is skipped and what a daemon logged is shown beside the test")]
#![expect(clippy::indexing_slicing, reason = "an absent field of an answer is a failure, shown as null")]

mod aws;
mod client;
mod daemon;
pub mod fake_ssm;
mod moto;
mod plan;
mod postgres;
mod process;
mod scratch;
mod site;
mod template;
mod terraform;
mod upstream;

pub use aws::{Aws, Cli, REAL_KEY, REGION, change_in, large_megabytes};
pub use client::{Answer, Client};
pub use daemon::Daemon;
pub use moto::Moto;
pub use plan::{attempt, held, held_by_one, large, named, open, plan, resource, small_deletes};
pub use postgres::{Database, Postgres, kill9_in, server_in};
pub use process::{Ended, command, holdpoint, second_self};
pub use scratch::Scratch;
pub use site::{Cast, Site, settled, until};
pub use terraform::{Project, aws_project};
pub use upstream::{Seen, Upstream};
