//! The binary plan: a zip that holds, beside the plan itself, the state it was made against.

use std::io::{Cursor, Read};

use holdpoint_core::Digest;
use serde::Deserialize;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::ReadError;

/// The longest binary plan that is read.
pub const MAX_FILE: usize = 512 << 20;

/// The longest state that is unpacked from one.
const MAX_STATE: u64 = 256 << 20;

/// What a binary plan says of the state it was made against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// The state's lineage; `""` when there was no state.
    pub lineage: String,
    /// The state's serial; 0 when there was no state.
    pub serial: u64,
    /// The version of the tool that wrote the state into the plan.
    pub tool_version: Option<String>,
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    lineage: String,
    #[serde(default)]
    serial: u64,
    #[serde(default)]
    terraform_version: Option<String>,
}

/// Looks into a binary plan.
///
/// # Errors
/// If it is not one, or holds more than any plan holds.
pub fn inspect(bytes: &[u8]) -> Result<PlanFile, ReadError> {
    look(bytes, MAX_STATE)
}

fn look(bytes: &[u8], most: u64) -> Result<PlanFile, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::NotAPlanFile("it is empty"));
    }
    if bytes.len() > MAX_FILE {
        return Err(ReadError::TooLarge { bytes: bytes.len(), limit: MAX_FILE });
    }
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(ReadError::NotAPlanFile(if bytes.trim_ascii_start().starts_with(b"{") {
            "it is JSON"
        } else {
            "it is not a zip file"
        }));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| ReadError::NotAPlanFile("its directory cannot be read; was it cut off?"))?;
    if archive.index_for_name("tfplan").is_none() {
        return Err(ReadError::NotAPlanFile("it has no member `tfplan`"));
    }
    let sha256 = Digest::of(bytes);
    let member = match archive.by_name("tfstate") {
        Ok(member) => member,
        Err(ZipError::FileNotFound) => {
            return Ok(PlanFile { sha256, lineage: String::new(), serial: 0, tool_version: None });
        }
        Err(_) => return Err(ReadError::NotAPlanFile("its member `tfstate` cannot be unpacked")),
    };
    // The size that the directory names is the archive's own claim, so what is unpacked is counted as well.
    let too_large = ReadError::PlanFileTooLarge { part: "tfstate", limit: most };
    if member.size() > most {
        return Err(too_large);
    }
    let mut counted = Counted { inner: member, left: most };
    let state: Result<State, _> = {
        let reader = std::io::BufReader::new(&mut counted);
        serde_json::from_reader(reader)
    };
    if counted.left == 0 {
        return Err(too_large);
    }
    let state = state.map_err(|_| ReadError::NotAPlanFile("its member `tfstate` is not a state"))?;
    Ok(PlanFile {
        sha256,
        lineage: state.lineage,
        serial: state.serial,
        tool_version: state.terraform_version,
    })
}

/// Ends the stream when more than the limit has been unpacked.
struct Counted<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(if self.left == 0 { 0 } else { read })
    }
}

#[cfg(test)]
mod tests;
