//! Commands to run on machines by Systems Manager: document, parameters and targets.

use holdpoint_core::{Change, Format};

use crate::act::{self, Hidden};
use crate::{Patterns, ReadError};

/// Reads such a command.
///
/// # Errors
/// If it is not JSON of that shape.
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    act::change(Format::Ssm, Vec::new(), &Hidden::default(), bytes, patterns)
}
