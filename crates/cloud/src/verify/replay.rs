//! Requests that were seen before, by key and signature.
//!
//! Who overhears a signed write could send it again while its clock window is open. But an equal signature is no proof
//! of that: dates have a resolution of one second, and what tells attempts apart (`amz-sdk-invocation-id`,
//! `amz-sdk-request`) is signed by the JavaScript, Rust and Go clients but not by the AWS CLI, boto3. Two equal calls of
//! those in one second, or a client's own retry within it, are equal to the byte. So this says only [`Use::Seen`], and
//! who asks decides: a write that needs a grant is protected by the grant, which is good for once.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use time::OffsetDateTime;

use super::Verified;

/// What is known about a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It was not seen before, and is remembered now.
    First,
    /// It was seen before, within its time.
    Seen,
    /// Too many are remembered to remember another: it cannot be known to be the first.
    Crowded,
}

/// Remembers signatures as long as the clock alone would not refuse them. Bounded: about 200 bytes each.
#[derive(Debug)]
pub struct Replay {
    capacity: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    known: HashSet<(String, [u8; 32])>,
    ends: BTreeSet<(OffsetDateTime, String, [u8; 32])>,
}

impl Replay {
    /// Remembers at most so many.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, seen: Mutex::default() }
    }

    /// Remembers a request's signature, or says that it is remembered already.
    pub fn note(&self, verified: &Verified, now: OffsetDateTime) -> Use {
        self.remember(&verified.key_id, verified.signature, verified.until, now)
    }

    fn remember(&self, key_id: &str, signature: [u8; 32], until: OffsetDateTime, now: OffsetDateTime) -> Use {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { known, ends } = &mut *seen;
        while ends.first().is_some_and(|(end, _, _)| *end < now) {
            if let Some((_, key_id, signature)) = ends.pop_first() {
                known.remove(&(key_id, signature));
            }
        }
        let name = (key_id.to_owned(), signature);
        if known.contains(&name) {
            return Use::Seen;
        }
        if known.len() >= self.capacity {
            return Use::Crowded;
        }
        ends.insert((until, name.0.clone(), signature));
        known.insert(name);
        Use::First
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_signature_is_remembered_until_the_clock_refuses_it() {
        let replay = Replay::new(2);
        let start = datetime!(2026-11-28 12:00 UTC);
        let end = start + Duration::minutes(5);
        assert_eq!(replay.remember("a", [1; 32], end, start), Use::First);
        assert_eq!(replay.remember("a", [1; 32], end, end), Use::Seen);
        assert_eq!(replay.remember("b", [1; 32], end + Duration::hours(1), start), Use::First, "another key");
        assert_eq!(replay.remember("a", [2; 32], end, start), Use::Crowded);
        assert_eq!(replay.remember("a", [1; 32], end, start), Use::Seen, "crowded, but still known");
        let later = end + Duration::seconds(1);
        assert_eq!(replay.remember("a", [2; 32], end, later), Use::First, "the ended one made room");
        assert_eq!(replay.remember("b", [1; 32], end, later), Use::Seen, "its own end is later");
    }
}
