//! What the AWS gateway keeps: keys that open nothing but Holdpoint, what the calls of a change mean, the calls that were
//! made, and what reconciliations found.

pub mod calls;
pub mod keys;
pub mod reconciliations;
