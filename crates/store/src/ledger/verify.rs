//! Checking an export offline: nothing but the export, the public key, and, if the auditor kept one, an older checkpoint.
//!
//! Any edit, gap, reordering, insertion or truncation changes the root, which the signature covers; what opens a commitment
//! must open it; and the tree must have the older checkpoint's as its beginning.

use std::io::BufRead;

use holdpoint_core::Digest;
use holdpoint_core::ledger::{Leaf, commitment};
use serde::{Deserialize, Serialize};
use signed_note::{Note, StandardVerifier, Verifier as _, VerifierList};
use tlog_tiles::{Checkpoint, EMPTY_HASH, Hash, node_hash, record_hash};

use super::KeyError;

/// The first line's `format`.
pub const FORMAT: &str = "holdpoint-ledger/1";

/// The first line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// The signed checkpoint of the tree that follows.
    pub checkpoint: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    index: u64,
    leaf: Leaf,
    #[serde(default)]
    salt: Option<String>,
    #[serde(default)]
    body: Option<String>,
}

/// What was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The ledger's name.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    /// The root of the tree.
    pub root: Digest,
    /// How many bodies were there, and are what was committed to.
    pub bodies: u64,
    /// The size of the older checkpoint that it continues, if one was given.
    pub continues: Option<u64>,
}

/// What does not hold.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The export cannot be read.
    #[error("the export cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is something else.
    #[error("line {line} of the export does not read: {what}")]
    Line {
        /// The line, from 1.
        line: u64,
        /// Why.
        what: String,
    },
    /// The checkpoint does not read, or is signed by another key, or by none.
    #[error("the {which} checkpoint cannot be trusted: {what}")]
    Checkpoint {
        /// "export's" or "older".
        which: &'static str,
        /// Why.
        what: String,
    },
    /// A leaf is missing, doubled or out of order.
    #[error("line {line} should be leaf {expected}, but is leaf {found}")]
    Order {
        /// The line, from 1.
        line: u64,
        /// The index due.
        expected: u64,
        /// The index found.
        found: u64,
    },
    /// More or fewer leaves than the checkpoint says.
    #[error("the checkpoint is of {signed} leaves, but the export has {found}")]
    Size {
        /// As signed.
        signed: u64,
        /// As found.
        found: u64,
    },
    /// A body is not the one committed to.
    #[error("the body of leaf {0} is not what was recorded")]
    Body(u64),
    /// Some leaf is not what was signed.
    #[error("the leaves are not those that were signed: their root is {found}, signed is {signed}")]
    Root {
        /// As signed.
        signed: Digest,
        /// As found.
        found: Digest,
    },
    /// The ledger was rewritten since the older checkpoint.
    #[error(
        "the ledger does not continue the older checkpoint of {size} leaves: it was rewritten or cut since"
    )]
    Forked {
        /// The older checkpoint's size.
        size: u64,
    },
    /// A proof does not prove.
    #[error("the proof does not hold: {0}")]
    Proof(String),
}

/// The public key of a ledger.
#[derive(Clone)]
pub struct Verifier(StandardVerifier);

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({})", self.0.name())
    }
}

impl Verifier {
    /// Reads a verifier key, `name+id+key`.
    ///
    /// # Errors
    /// If it does not read.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        StandardVerifier::new(text.trim()).map(Self).map_err(|_| KeyError::Verifier(text.trim().to_owned()))
    }

    /// Reads a checkpoint and checks its signature and name.
    ///
    /// # Errors
    /// Why it cannot be trusted.
    pub fn checkpoint(&self, text: &str) -> Result<Checkpoint, String> {
        let note = Note::from_bytes(text.as_bytes()).map_err(|error| error.to_string())?;
        note.verify(&VerifierList::new(vec![Box::new(self.0.clone())])).map_err(|error| error.to_string())?;
        let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|error| error.to_string())?;
        if checkpoint.origin() != self.0.name() {
            return Err(format!(
                "it is of the ledger `{}`, the key of `{}`",
                checkpoint.origin(),
                self.0.name()
            ));
        }
        Ok(checkpoint)
    }
}

/// The roots of the complete subtrees, biggest first: all that a growing tree needs.
#[derive(Debug, Default)]
struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut size = self.size;
        while size & 1 == 1 {
            if let Some(left) = self.roots.pop() {
                hash = node_hash(left, hash);
            }
            size >>= 1;
        }
        self.roots.push(hash);
        self.size = self.size.saturating_add(1);
    }

    fn root(&self) -> Hash {
        self.roots.iter().rev().copied().reduce(|right, left| node_hash(left, right)).unwrap_or(EMPTY_HASH)
    }
}

/// Checks a whole export, line by line, in memory that does not grow with it.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(export: impl BufRead, key: &Verifier, older: Option<&str>) -> Result<Verified, VerifyError> {
    let trusted =
        |which, text: &str| key.checkpoint(text).map_err(|what| VerifyError::Checkpoint { which, what });
    let older = older.map(|text| trusted("older", text)).transpose()?;
    let mut lines = (1_u64..).zip(export.lines());
    let Some((_, first)) = lines.next() else {
        return Err(VerifyError::Line { line: 1, what: "it is empty".to_owned() });
    };
    let header: Header = serde_json::from_str(&first?).map_err(|error| VerifyError::Line {
        line: 1,
        what: format!("it is not the header of an export: {error}"),
    })?;
    if header.format != FORMAT {
        let what = format!("its format is `{}`, this build reads `{FORMAT}`", header.format);
        return Err(VerifyError::Line { line: 1, what });
    }
    let head = trusted("export's", &header.checkpoint)?;

    let mut tree = Frontier::default();
    let mut bodies = 0_u64;
    let forked = |tree: &Frontier| {
        older
            .as_ref()
            .filter(|old| old.size() == tree.size && *old.hash() != tree.root())
            .map(Checkpoint::size)
    };
    if let Some(size) = forked(&tree) {
        return Err(VerifyError::Forked { size });
    }
    for (line, text) in lines {
        let text = text?;
        let entry: Line = serde_json::from_str(&text)
            .map_err(|error| VerifyError::Line { line, what: error.to_string() })?;
        if entry.index != tree.size {
            return Err(VerifyError::Order { line, expected: tree.size, found: entry.index });
        }
        if opened(line, &entry)? {
            bodies = bodies.saturating_add(1);
        }
        let bytes =
            entry.leaf.bytes().map_err(|error| VerifyError::Line { line, what: error.to_string() })?;
        tree.push(record_hash(&bytes));
        if let Some(size) = forked(&tree) {
            return Err(VerifyError::Forked { size });
        }
    }
    if tree.size != head.size() {
        return Err(VerifyError::Size { signed: head.size(), found: tree.size });
    }
    let (signed, found) = (*head.hash(), tree.root());
    if signed != found {
        return Err(VerifyError::Root {
            signed: Digest::from_bytes(signed.0),
            found: Digest::from_bytes(found.0),
        });
    }
    if let Some(old) = older.as_ref().filter(|old| old.size() > tree.size) {
        return Err(VerifyError::Forked { size: old.size() });
    }
    Ok(Verified {
        origin: head.origin().to_owned(),
        size: tree.size,
        root: Digest::from_bytes(found.0),
        bodies,
        continues: older.map(|old| old.size()),
    })
}

/// Whether a body is there and is the one committed to; half of an opening is none.
fn opened(line: u64, entry: &Line) -> Result<bool, VerifyError> {
    match (&entry.salt, &entry.body) {
        (None, None) => Ok(false),
        (Some(salt), Some(body)) => {
            let mut bytes = [0; 32];
            hex::decode_to_slice(salt, &mut bytes)
                .map_err(|error| VerifyError::Line { line, what: format!("the salt: {error}") })?;
            if commitment(&bytes, body.as_bytes()) == entry.leaf.commitment {
                Ok(true)
            } else {
                Err(VerifyError::Body(entry.index))
            }
        }
        _ => Err(VerifyError::Line { line, what: "salt and body go together".to_owned() }),
    }
}

fn hashes(digests: &[Digest]) -> Vec<Hash> {
    digests.iter().map(|digest| Hash(*digest.as_bytes())).collect()
}

/// Checks that a leaf stands at `index` in the tree of a signed checkpoint.
///
/// # Errors
/// If the checkpoint cannot be trusted or the proof does not hold.
pub fn inclusion(
    leaf: &Leaf,
    index: u64,
    proof: &[Digest],
    checkpoint: &str,
    key: &Verifier,
) -> Result<(), VerifyError> {
    let head =
        key.checkpoint(checkpoint).map_err(|what| VerifyError::Checkpoint { which: "proof's", what })?;
    let refuse = |what: String| VerifyError::Proof(what);
    if index >= head.size() {
        return Err(refuse(format!("leaf {index} is not in a tree of {}", head.size())));
    }
    let bytes = leaf.bytes().map_err(|error| refuse(error.to_string()))?;
    tlog_tiles::check_record(&hashes(proof), head.size(), *head.hash(), index, record_hash(&bytes))
        .map_err(|error| refuse(error.to_string()))
}

/// Checks that the tree of a signed checkpoint continues that of an older one.
///
/// # Errors
/// If a checkpoint cannot be trusted or the proof does not hold.
pub fn consistency(older: &str, newer: &str, proof: &[Digest], key: &Verifier) -> Result<(), VerifyError> {
    let old = key.checkpoint(older).map_err(|what| VerifyError::Checkpoint { which: "older", what })?;
    let new = key.checkpoint(newer).map_err(|what| VerifyError::Checkpoint { which: "newer", what })?;
    if old.size() == 0 {
        return Ok(());
    }
    tlog_tiles::check_tree(&hashes(proof), new.size(), *new.hash(), old.size(), *old.hash())
        .map_err(|_| VerifyError::Forked { size: old.size() })
}

#[cfg(test)]
mod tests;
