//! What the AWS gateway keeps: keys that open nothing but Holdpoint, what the calls of a change mean, and the calls that
//! were made.

pub mod calls;
pub mod keys;
