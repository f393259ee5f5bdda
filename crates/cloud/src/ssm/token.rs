//! What makes a start repeatable without a second execution, and an execution findable without its id. Both follow
//! from the attempt's id alone, which is written down before anything is sent.

use holdpoint_core::{AttemptId, ChangeId};
use sha2::{Digest as _, Sha256};

/// The tag that names the change, for people who look at the execution in AWS's console.
pub(super) const CHANGE: &str = "holdpoint:change";

/// The `ClientToken`: a UUID of version 8 (RFC 9562) over the attempt's id. AWS takes nothing but UUIDs.
pub(super) fn client_token(attempt: AttemptId) -> String {
    let hash =
        Sha256::new().chain_update(b"holdpoint automation\0").chain_update(attempt.to_string()).finalize();
    let mut bytes = hash.iter().copied();
    let mut token = String::with_capacity(36);
    for position in 0..16_u8 {
        let byte = bytes.next().unwrap_or_default();
        let byte = match position {
            6 => (byte & 0x0f) | 0x80,
            8 => (byte & 0x3f) | 0x80,
            _ => byte,
        };
        if matches!(position, 4 | 6 | 8 | 10) {
            token.push('-');
        }
        token.push_str(&hex::encode([byte]));
    }
    token
}

/// The key of a tag that no other execution has: executions are filtered by keys only, never by values.
pub(super) fn attempt_tag(attempt: AttemptId) -> String {
    format!("holdpoint:attempt:{attempt}")
}

/// What the attempt's tag says.
pub(super) fn change_of(change: ChangeId) -> String {
    change.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attempt(random: u128) -> AttemptId {
        AttemptId::new(holdpoint_core::Timestamp::UNIX_EPOCH, random)
    }

    /// Written down, because an execution that runs while the daemon is upgraded must still be found.
    #[test]
    fn the_token_of_an_attempt_stays_the_same_over_versions() {
        assert_eq!(client_token(attempt(7)), "9b015ffb-aa30-8d56-935f-0f9978dd9502");
    }

    proptest! {
        #[test]
        fn tokens_are_uuids_and_differ(one: u128, other: u128) {
            let (one, other) = (attempt(one), attempt(other));
            let token = client_token(one);
            prop_assert_eq!(token.len(), 36);
            let shaped = token.char_indices().all(|(at, c)| match at {
                8 | 13 | 18 | 23 => c == '-',
                14 => c == '8',
                19 => matches!(c, '8' | '9' | 'a' | 'b'),
                _ => c.is_ascii_hexdigit(),
            });
            prop_assert!(shaped, "{}", token);
            prop_assert_eq!(one == other, token == client_token(other));
        }
    }
}
