//! SQL statements.

use holdpoint_core::Change;

use crate::{MAX_DOCUMENT, ReadError};

/// Reads a document of this format.
///
/// # Errors
/// If it is not what the format says, by name.
pub fn read(bytes: &[u8]) -> Result<Change, ReadError> {
    Err(ReadError::TooLarge { bytes: bytes.len(), limit: MAX_DOCUMENT })
}
