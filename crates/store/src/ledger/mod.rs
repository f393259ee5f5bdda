//! The ledger: events beside what they describe, moved in batches into an RFC 6962 tree whose head is signed as a C2SP
//! checkpoint.
//!
//! The triggers of the tables write events in the transaction of the move; [`append`] is for those without a table of
//! their own. [`sequence()`] moves what is durable into the tree. A hash chain in the business transaction would let one
//! commit through at a time; this costs a signed head a moment later.

mod events;
mod export;
mod key;
mod proof;
mod sequence;
pub mod verify;

pub use events::{Entry, Event, append, checkpoint, entries, events_of, recent, since};
pub use export::{export, export_header, export_lines};
pub use key::{KeyError, LedgerKey};
pub use proof::{Consistency, Inclusion, consistency, inclusion};
pub use sequence::{Sequenced, sequence};
