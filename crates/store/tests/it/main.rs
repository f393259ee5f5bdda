//! The store against a real Postgres, one private throw-away cluster a run and a database a test. Without Postgres on
//! the machine each test says by name that it was skipped.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says on standard output that it was skipped"
)]

mod actors;
mod approving;
mod budgets;
mod claiming;
mod clock;
mod executions;
mod fixture;
mod freezing;
mod guards;
mod inventory;
mod ledger;
mod moves;
mod outages;
mod postgres;
mod rights;
mod submitting;
mod upgrading;
mod wake;
