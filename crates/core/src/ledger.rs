//! What goes into the ledger's tree: one leaf an event, as RFC 6962 hashes it. Leaves hold digests and salted
//! commitments, never payloads, so that personal data can be deleted without breaking a root.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// One leaf, in the order in which its fields are digested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// The event's number in the database; grows, with gaps.
    pub event: i64,
    /// When, in microseconds since 1970 UTC, by the database's clock.
    pub at: i64,
    /// The kind of event, for example `change.held`, `approval.approve`, `agent.created`.
    pub kind: String,
    /// Who: an id, or `holdpoint` for the daemon's own clock and workers.
    pub actor: String,
    /// The change it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// The change's digest, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// SHA-256 over the 32-byte salt and the event's body: the body can be deleted, and still be proved while it is kept.
    pub commitment: String,
}

impl Leaf {
    /// The leaf's bytes: canonical JSON, fields in the order of the type.
    ///
    /// # Errors
    /// Passes the serialiser's error on; there is none for these types.
    pub fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// The commitment to an event's body: hexadecimal SHA-256 over salt and body bytes.
#[must_use]
pub fn commitment(salt: &[u8; 32], body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(body);
    hex::encode(hash.finalize())
}
