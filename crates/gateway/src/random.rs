//! The one place where randomness comes from: the operating system's generator.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// `N` bytes from the operating system.
///
/// # Errors
/// If the operating system has no randomness to give; nothing secret is made then.
#[expect(clippy::disallowed_methods, reason = "this is the one place where randomness is drawn")]
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// 128 random bits, for ids.
///
/// # Errors
/// As [`bytes()`].
pub(crate) fn id_bits() -> Result<u128, getrandom::Error> {
    Ok(u128::from_be_bytes(bytes()?))
}

/// A secret of 256 bits behind a prefix that says what it opens: `hp_agent_…`, `hp_pipeline_…`, `hp_person_…`.
///
/// # Errors
/// As [`bytes()`].
pub(crate) fn secret(prefix: &str) -> Result<String, getrandom::Error> {
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes::<32>()?)))
}

/// What is kept of a secret. A plain hash is enough: the secret has 256 bits, so there is nothing to guess.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
