//! Foreign formats read into a [`Change`]: the effects exactly, the hazards as far as the document shows them, and
//! sensitive values masked. Pure: bytes in, a change or a named refusal out.

mod act;
pub mod aws;
pub mod cloudformation;
mod error;
mod foreign;
mod hazard;
pub mod http;
pub mod kubernetes;
mod mask;
mod pair;
mod patterns;
mod plain;
mod scan;
pub mod shell;
mod signs;
pub mod sql;
pub mod ssm;
mod table;
pub mod terraform;
mod value;
mod yaml;

pub use act::{MAX_ACTS, MAX_ASKED, MAX_ASKED_DEPTH};
pub use error::ReadError;
use holdpoint_core::{Change, Format};
pub use patterns::Patterns;

/// The longest document that is read; a longer one is refused before it is looked at.
pub const MAX_DOCUMENT: usize = 1 << 30;

/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 128;

/// Reads a document of this format.
///
/// # Errors
/// If it is not what the format says, by name; the message never quotes a value from the document.
pub fn read(format: Format, bytes: &[u8]) -> Result<Change, ReadError> {
    read_with(format, bytes, &Patterns::default())
}

/// As [`read`], with these signs of an environment instead of the built-in ones.
///
/// # Errors
/// As [`read`].
pub fn read_with(format: Format, bytes: &[u8], patterns: &Patterns) -> Result<Change, ReadError> {
    match format {
        Format::Terraform => terraform::read_with(bytes, patterns),
        Format::Cloudformation => cloudformation::read_with(bytes, patterns),
        Format::Kubernetes => kubernetes::read_with(bytes, patterns),
        Format::Shell => shell::read_with(bytes, patterns),
        Format::Sql => sql::read_with(bytes, patterns),
        Format::Http => http::read_with(bytes, patterns),
        Format::Aws => aws::read_with(bytes, patterns),
        Format::Ssm => ssm::read_with(bytes, patterns),
    }
}
