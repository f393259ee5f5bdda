//! The key that signs checkpoints.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SignatureError, Signer as _, SigningKey, VerifyingKey};
use tlog_tiles::{Checkpoint, Hash};

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The origin names the log in every checkpoint.
    #[error(
        "`{0}` cannot name a ledger; use a host and path without white space and `+`, for example `holdpoint.example.com/ledger`"
    )]
    Origin(String),
    /// A verifier key that does not read.
    #[error("`{0}` is not a verifier key of the form `name+id+key`")]
    Verifier(String),
}

/// An Ed25519 key and the name of the ledger it signs for. The seed is wiped from memory with it.
#[derive(Clone)]
pub struct LedgerKey {
    origin: String,
    id: u32,
    key: SigningKey,
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LedgerKey({})", self.verifier_key())
    }
}

/// C2SP signed-note: Ed25519 is algorithm 1.
fn algorithm_and_key(key: &VerifyingKey) -> Vec<u8> {
    let mut bytes = vec![1];
    bytes.extend_from_slice(key.as_bytes());
    bytes
}

impl LedgerKey {
    /// A key of this 32-byte seed, for the ledger of this name (`<host>/ledger`).
    ///
    /// # Errors
    /// If the name cannot stand in a checkpoint.
    pub fn from_bytes(seed: &[u8; 32], origin: &str) -> Result<Self, KeyError> {
        if !signed_note::is_key_name_valid(origin) || origin.chars().any(char::is_control) {
            return Err(KeyError::Origin(origin.to_owned()));
        }
        let key = SigningKey::from_bytes(seed);
        let id = signed_note::key_id(origin, &algorithm_and_key(&key.verifying_key()));
        Ok(Self { origin: origin.to_owned(), id, key })
    }

    /// The ledger's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The public half as text (`name+id+key`), which verifies checkpoints.
    #[must_use]
    pub fn verifier_key(&self) -> String {
        let bytes = algorithm_and_key(&self.key.verifying_key());
        format!("{}+{:08x}+{}", self.origin, self.id, STANDARD.encode(bytes))
    }

    /// A signed checkpoint of a tree of this size and root.
    pub(super) fn sign(&self, size: u64, root: Hash) -> Result<String, String> {
        let text =
            Checkpoint::new(&self.origin, size, root, "").map_err(|error| error.to_string())?.to_bytes();
        let mut note = signed_note::Note::new(&text, &[]).map_err(|error| error.to_string())?;
        note.add_sigs(&[self]).map_err(|error| error.to_string())?;
        String::from_utf8(note.to_bytes()).map_err(|error| error.to_string())
    }
}

impl signed_note::Signer for LedgerKey {
    fn name(&self) -> &str {
        &self.origin
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.key.try_sign(message)?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_key_verifies_what_the_private_one_signs_and_nothing_else() {
        let key = LedgerKey::from_bytes(&[7; 32], "example.com/ledger").unwrap();
        let note = key.sign(3, Hash([1; 32])).unwrap();
        let verifier = crate::ledger::verify::Verifier::parse(&key.verifier_key()).unwrap();
        assert_eq!(verifier.checkpoint(&note).unwrap().size(), 3);
        assert!(verifier.checkpoint(&note.replacen("\n3\n", "\n4\n", 1)).is_err());
        let other = LedgerKey::from_bytes(&[8; 32], "example.com/ledger").unwrap();
        assert!(verifier.checkpoint(&other.sign(3, Hash([1; 32])).unwrap()).is_err());
    }

    #[test]
    fn a_name_that_breaks_a_checkpoint_is_refused() {
        for name in ["", "a b", "a+b", "a\nb"] {
            assert!(LedgerKey::from_bytes(&[7; 32], name).is_err(), "{name:?}");
        }
    }
}
