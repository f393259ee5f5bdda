//! The signatures of chunks: each covers the one before, the first that of the request.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::verify::{Refused, mac};

/// Where a chain of signatures stands. Holds the day's signing key, which is never shown.
#[derive(Clone)]
pub struct Chain {
    key: [u8; 32],
    date: String,
    scope: String,
    previous: [u8; 32],
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Chain {
    pub(in crate::verify) fn new(key: [u8; 32], date: &str, scope: &str, seed: [u8; 32]) -> Self {
        Self { key, date: date.to_owned(), scope: scope.to_owned(), previous: seed }
    }

    /// Verifies the next chunk; the last one is empty.
    pub(super) fn chunk(&mut self, data: &[u8], signature: Option<[u8; 32]>) -> Result<(), Refused> {
        let nothing = hex::encode(Sha256::digest([]));
        let what = format!("{nothing}\n{}", hex::encode(Sha256::digest(data)));
        self.next("AWS4-HMAC-SHA256-PAYLOAD", &what, signature)
    }

    /// Verifies the trailers, in the order in which they came.
    pub(super) fn trailer(
        &mut self,
        trailers: &[(String, String)],
        signature: Option<[u8; 32]>,
    ) -> Result<(), Refused> {
        let lines: String = trailers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        self.next("AWS4-HMAC-SHA256-TRAILER", &hex::encode(Sha256::digest(lines.as_bytes())), signature)
    }

    fn next(&mut self, kind: &str, what: &str, signature: Option<[u8; 32]>) -> Result<(), Refused> {
        let mismatch = || Refused::mismatch("the signature of a chunk or of the trailer does not match");
        let signature = signature.ok_or_else(mismatch)?;
        let text = format!("{kind}\n{}\n{}\n{}\n{what}", self.date, self.scope, hex::encode(self.previous));
        if !bool::from(mac(&self.key, &[text.as_bytes()]).ct_eq(&signature)) {
            return Err(mismatch());
        }
        self.previous = signature;
        Ok(())
    }
}
