//! Foreign formats read into a [`Change`]: the effects exactly, the hazards as far as the document shows them, and
//! sensitive values masked. Pure: bytes in, a change or a named refusal out.

pub mod cloudformation;
mod error;
mod foreign;
mod hazard;
pub mod http;
pub mod kubernetes;
mod mask;
mod pair;
#[expect(dead_code, reason = "the readers that use it are being written")]
mod plain;
pub mod shell;
mod signs;
pub mod sql;
mod table;
pub mod terraform;
mod value;
mod yaml;

pub use error::ReadError;
use holdpoint_core::{Change, Format};

/// The longest document that is read; a longer one is refused before it is looked at.
pub const MAX_DOCUMENT: usize = 1 << 30;

/// The deepest nesting that is read.
pub const MAX_DEPTH: usize = 128;

/// Reads a document of this format.
///
/// # Errors
/// If it is not what the format says, by name; the message never quotes a value from the document.
pub fn read(format: Format, bytes: &[u8]) -> Result<Change, ReadError> {
    match format {
        Format::Terraform => terraform::read(bytes),
        Format::Cloudformation => cloudformation::read(bytes),
        Format::Kubernetes => kubernetes::read(bytes),
        Format::Shell => shell::read(bytes),
        Format::Sql => sql::read(bytes),
        Format::Http => http::read(bytes),
    }
}
