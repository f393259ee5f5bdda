//! Postgres: the only SQL in the workspace, and the only user of sqlx.
//!
//! Everything is a function that takes a connection; the caller owns the transaction, except where a function takes
//! a [`Db`] and says why. The database repeats every rule with triggers (see `migrations/`), so what is refused here
//! is refused twice, and every move writes its ledger event in its own transaction.

pub mod agents;
pub mod approvals;
pub mod aws;
pub mod budgets;
pub mod changes;
pub mod cluster;
mod db;
mod error;
pub mod executions;
pub mod freezes;
pub mod inventory;
pub mod ledger;
mod migrate;
pub mod people;
pub mod sessions;
mod text;
pub mod wake;
pub mod workspaces;

pub use db::{Conn, Db, PoolConn, Tx};
pub use error::Error;
pub use migrate::migrate;
