//! CloudTrail's events, to find writes that no change explains.

mod event;
mod explain;
mod files;
mod recent;
#[cfg(test)]
mod tests;

pub use event::{Event, Principal, Unread};
pub use explain::{Carried, Exempt, Explanation, explains};
pub use files::{Batch, Unreadable, batch, files, read};
pub use recent::recent;
