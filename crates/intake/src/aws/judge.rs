use holdpoint_core::{Change, Format};

use super::Call;
use crate::act::{self, Hidden};
use crate::{Patterns, ReadError};

/// What these calls would do. Several calls of one intent make one change.
///
/// # Errors
/// If there are more effects than are read.
pub fn change(calls: &[Call], patterns: &Patterns) -> Result<Change, ReadError> {
    let _ = calls;
    act::change(Format::Aws, Vec::new(), &Hidden::default(), b"", patterns)
}
