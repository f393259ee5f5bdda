//! The runner against a small Systems Manager: the same file that the black-box scenarios use, so that both mean the
//! same AWS.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../../../../tests/src/fake_ssm/mod.rs"]
pub mod fake_ssm;

mod asked;
mod fixture;
mod following;
mod resolving;
mod starting;
