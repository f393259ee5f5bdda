//! The private cluster against real Postgres and real processes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod crashes;
mod refusals;
mod starts;
mod support;
