//! Plans of Terraform and OpenTofu: the JSON that `show -json` prints, and the binary file that `plan -out` writes.

mod action;
mod diagnose;
mod document;
mod effect;
mod graph;
mod invocation;
mod output;
pub mod plan_file;
mod raw;
mod scan;
#[cfg(test)]
mod tests;
mod values;

use holdpoint_core::Change;

use crate::{MAX_DEPTH, MAX_DOCUMENT, Patterns, ReadError};

/// Reads the JSON rendering of a plan.
///
/// # Errors
/// If it is not a plan of format 1.x, by name; the message never quotes a value from the document.
pub fn read(bytes: &[u8]) -> Result<Change, ReadError> {
    read_with(bytes, &Patterns::default())
}

/// As [`read`], with these signs of an environment instead of the built-in ones.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(ReadError::TooLarge { bytes: bytes.len(), limit: MAX_DOCUMENT });
    }
    let text = scan::text(bytes)?;
    if scan::depth_exceeds(text.as_bytes(), MAX_DEPTH) {
        return Err(ReadError::TooDeep { limit: MAX_DEPTH });
    }
    document::read(text, patterns)
}
