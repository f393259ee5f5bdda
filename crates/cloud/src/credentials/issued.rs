//! The keys that the gateway issues. They open nothing but the gateway, and their secrets are computed, not stored.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Said before the key id, so that no other use of the master key gives the same bytes.
const PURPOSE: &[u8] = b"holdpoint aws key v1\0";
/// Not `AKIA` or `ASIA`: secret scanners would report keys that open nothing at AWS.
const PREFIX: &str = "HPK";
const ALPHABET: [char; 32] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U',
    'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7',
];

/// A key id of twenty characters out of random bytes, five bits of each.
pub fn issued_id(random: [u8; 17]) -> String {
    let letters = random.iter().map(|byte| ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or('A'));
    PREFIX.chars().chain(letters).collect()
}

/// Whether a key id could be one of ours, which says nothing about whether it was ever issued.
pub fn looks_issued(id: &str) -> bool {
    id.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == 17 && rest.chars().all(|letter| ALPHABET.contains(&letter)))
}

/// The secret of forty characters that belongs to a key id.
pub fn issued_secret(master: &[u8; 32], id: &str) -> String {
    let mac = crate::verify::mac(master, &[PURPOSE, id.as_bytes()]);
    STANDARD.encode(mac).chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issued_keys_are_known_by_their_shape_and_their_secrets_differ() {
        let id = issued_id([0, 1, 25, 26, 31, 32, 63, 255, 128, 7, 9, 11, 13, 15, 17, 19, 21]);
        assert_eq!(id, "HPKABZ27A77AHJLNPRTV");
        assert!(looks_issued(&id));
        for other in [
            "AKIAIOSFODNN7EXAMPLE",
            "HPKABZ27A77AHJLNPRT",
            "HPKABZ27A77AHJLNPRT1",
            "hpkabz27a77ahjlnprtv",
            "",
        ] {
            assert!(!looks_issued(other), "{other}");
        }
        let secret = issued_secret(&[7; 32], &id);
        assert_eq!(secret.len(), 40);
        assert_eq!(secret, issued_secret(&[7; 32], &id));
        assert_ne!(secret, issued_secret(&[8; 32], &id));
        assert_ne!(secret, issued_secret(&[7; 32], "HPKABZ27A77AHJLNPRTA"));
    }

    /// Keys that were issued must stay valid: the way a secret is computed is a promise. The value was computed with
    /// another implementation of HMAC.
    #[test]
    fn a_secret_stays_the_same() {
        assert_eq!(
            issued_secret(&[7; 32], "HPKABZ27A77AHJLNPRTV"),
            "55OL/sq5nbtR2ttdRx1/i6T+IVkWKJS0YRslHmVm"
        );
    }
}
