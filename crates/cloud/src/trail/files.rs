//! Events from files, as CloudTrail delivers them and as people export them.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::Event;

/// Bytes of one file, unpacked.
const LARGEST: u64 = 512 << 20;
/// Folders inside of each other; CloudTrail's own layout has eight.
const DEEPEST: usize = 16;
/// Files of one folder.
const MOST_FILES: usize = 200_000;

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Its events, reads included, in its order.
    pub events: Vec<Event>,
    /// Records that could not be read. Each may be a write that nobody explains.
    pub unread: u64,
}

/// Why there are no events.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The file system does not give it.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The cause.
        why: std::io::Error,
    },
    /// It is larger than CloudTrail's files are.
    #[error("it is larger than {} MB", LARGEST >> 20)]
    Large,
    /// It is packed, and damaged.
    #[error("it cannot be unpacked")]
    Packed,
    /// It holds no events in a form that is known.
    #[error("it holds no CloudTrail events")]
    Form,
    /// The folder holds more than is read.
    #[error("it holds more than {MOST_FILES} files, or folders too deep")]
    Many,
}

/// The files with events in a folder, by name; a file is its own list. Links are not followed, digests left out.
///
/// # Errors
/// The folder that cannot be listed.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let mut found = Vec::new();
    let lost = |path: &Path| {
        let path = path.to_owned();
        move |why| Unreadable::File { path, why }
    };
    if !fs::metadata(path).map_err(lost(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(lost(&folder))? {
            let entry = entry.map_err(lost(&folder))?;
            let kind = entry.file_type().map_err(lost(&entry.path()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if kind.is_dir() {
                if depth >= DEEPEST {
                    return Err(Unreadable::Many);
                }
                if name != "CloudTrail-Digest" {
                    folders.push((entry.path(), depth + 1));
                }
            } else if kind.is_file()
                && [".json", ".json.gz", ".jsonl", ".ndjson", ".jsonl.gz"]
                    .iter()
                    .any(|end| name.ends_with(end))
            {
                found.push(entry.path());
                if found.len() > MOST_FILES {
                    return Err(Unreadable::Many);
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads one file.
///
/// # Errors
/// Why there are no events.
pub fn read(path: &Path) -> Result<Batch, Unreadable> {
    let lost = |why| Unreadable::File { path: path.to_owned(), why };
    let file = fs::File::open(path).map_err(lost)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(lost)?;
    batch(&bytes)
}

/// Reads `{"Records": […]}`, the answer of LookupEvents, one event, or one of these a line; packed or not.
///
/// # Errors
/// Why there are no events.
pub fn batch(bytes: &[u8]) -> Result<Batch, Unreadable> {
    let unpacked;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes)
            .take(LARGEST + 1)
            .read_to_end(&mut plain)
            .map_err(|_| Unreadable::Packed)?;
        unpacked = plain;
        &unpacked
    } else {
        bytes
    };
    if bytes.len() as u64 > LARGEST {
        return Err(Unreadable::Large);
    }
    let mut batch = Batch::default();
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        return if batch.add(&value) { Ok(batch) } else { Err(Unreadable::Form) };
    }
    let mut any = false;
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        match serde_json::from_slice::<Value>(line) {
            Ok(value) if batch.add(&value) => any = true,
            _ => batch.unread += 1,
        }
    }
    if any { Ok(batch) } else { Err(Unreadable::Form) }
}

impl Batch {
    /// Takes a document's events; whether it is one that holds events.
    fn add(&mut self, value: &Value) -> bool {
        if let Some(Value::Array(records)) = value.get("Records") {
            records.iter().for_each(|record| self.record(record));
        } else if let Some(Value::Array(events)) = value.get("Events") {
            events.iter().for_each(|event| self.inner(event));
        } else if let Value::Array(records) = value {
            records.iter().for_each(|record| self.record(record));
        } else if value.get("CloudTrailEvent").is_some() {
            self.inner(value);
        } else if value.get("eventName").is_some() {
            self.record(value);
        } else {
            return false;
        }
        true
    }

    /// LookupEvents puts the record, as text, into one of its own.
    pub(super) fn inner(&mut self, event: &Value) {
        let text = event.get("CloudTrailEvent").and_then(Value::as_str).unwrap_or_default();
        match serde_json::from_str::<Value>(text) {
            Ok(record) => self.record(&record),
            Err(_) => self.unread += 1,
        }
    }

    fn record(&mut self, record: &Value) {
        match Event::read(record) {
            Ok(event) => self.events.push(event),
            Err(_) => self.unread += 1,
        }
    }
}
