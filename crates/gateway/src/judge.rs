//! The road from bytes to a verdict, the same for the API, the command line and every gateway to come.

use holdpoint_core::{Change, Counts, Digest, Format};
use holdpoint_intake::{Patterns, ReadError};

/// A change that has been read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) change: Change,
    /// What exactly would be approved and carried out.
    pub(crate) digest: Digest,
    pub(crate) counts: Counts,
}

/// Why a document did not become a change.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRead {
    #[error(transparent)]
    Intake(#[from] ReadError),
    #[error("the change does not serialise: {0}")]
    Serialise(#[from] serde_json::Error),
}

/// Reads a foreign document.
pub(crate) fn read(format: Format, bytes: &[u8], patterns: &Patterns) -> Result<Read, NotRead> {
    let change = holdpoint_intake::read_with(format, bytes, patterns)?;
    let digest = change.digest()?;
    let counts = change.counts();
    Ok(Read { change, digest, counts })
}
