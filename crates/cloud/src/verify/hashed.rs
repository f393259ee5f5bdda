//! A body that passes while its hash is computed. The last piece is held back until the hash is known to be the one
//! that was signed: what is not sent whole is not carried out.

use hyper::body::Bytes;
use sha2::{Digest, Sha256};

use super::Refused;

/// Checks a body against the hash that its request declares, without keeping it.
#[derive(Clone, Debug)]
pub struct HashBound {
    hasher: Sha256,
    declared: [u8; 32],
    held: Bytes,
}

impl HashBound {
    /// For a declared SHA-256.
    pub fn new(declared: [u8; 32]) -> Self {
        Self { hasher: Sha256::new(), declared, held: Bytes::new() }
    }

    /// Takes a piece and gives the one before it, which may be sent now.
    pub fn push(&mut self, piece: Bytes) -> Bytes {
        if piece.is_empty() {
            return piece;
        }
        self.hasher.update(&piece);
        std::mem::replace(&mut self.held, piece)
    }

    /// The last piece, if the whole body has the declared hash. On an error the request upstream must be broken off.
    pub fn finish(self) -> Result<Bytes, Refused> {
        let found: [u8; 32] = self.hasher.finalize().into();
        if found == self.declared { Ok(self.held) } else { Err(another_body()) }
    }
}

/// The refusal of a body that does not have the declared hash, by S3's name for it.
pub(super) fn another_body() -> Refused {
    Refused {
        code: "XAmzContentSHA256Mismatch",
        says: "the body does not have the SHA-256 that was signed: it was changed on the way".to_owned(),
    }
}
