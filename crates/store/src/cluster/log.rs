//! The server's log: opened for it, kept from growing without end, quoted when a start fails.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::cluster::ClusterError;
use crate::cluster::folder::NO_FOLLOW;

const LONGEST: u64 = 10 << 20;
const QUOTED_LINES: usize = 12;
const QUOTED_BYTES: u64 = 16 << 10;

/// Opens the log to append, after setting a long one aside, and says where the next line will stand.
pub(super) fn open(path: &Path) -> Result<(File, u64), ClusterError> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.len() > LONGEST) {
        fs::rename(path, path.with_extension("log.1")).map_err(|e| ClusterError::io("rename", path, e))?;
    }
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(NO_FOLLOW)
        .open(path)
        .map_err(|e| ClusterError::io("open", path, e))?;
    let end = file.metadata().map_err(|e| ClusterError::io("look at", path, e))?.len();
    Ok((file, end))
}

/// What was written after `from`, at most its end.
pub(super) fn since(path: &Path, from: u64) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = File::open(path) {
        let end = file.metadata().map_or(from, |found| found.len());
        let start = from.max(end.saturating_sub(QUOTED_BYTES));
        if file.seek(SeekFrom::Start(start)).is_ok() {
            let _ = file.take(QUOTED_BYTES).read_to_end(&mut bytes);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The last lines of a text.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let skip = lines.len().saturating_sub(QUOTED_LINES);
    lines.into_iter().skip(skip).collect::<Vec<_>>().join("\n")
}
