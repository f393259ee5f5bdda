//! The one place where the wall clock is read. What replicas must agree on comes from the database's clock instead.

use holdpoint_core::Timestamp;

/// Now, in UTC.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the clock is read")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now_utc()
}
