//! Calls of AWS's API: which operation a request is, its parameters in one JSON shape, and what it would do.
//!
//! A request is recognised in two steps. [`body_wanted`] looks at its head and says whether the body must be read to
//! understand it; [`recognise()`] then gives the [`Call`]. Both rest on an index generated from the published service
//! models ([`index`]). [`change`] turns calls into effects with hazards by a table (`calls.toml`).

mod call;
mod choose;
mod chunked;
pub mod cover;
mod decode;
mod draft;
mod head;
pub mod index;
mod judge;
mod meaning;
mod named;
mod path;
mod read;
mod recognise;
mod signal;
#[cfg(test)]
mod tests;
mod wanted;

pub use call::{ALL_BELOW, Access, Call, Incoming, Named, Protocol, Refused};
pub(crate) use judge::{Deed, Effects, is_wild, judge_inner, without_secrets};
pub use judge::{Kind, change, indirect, returns_credential};
pub use read::read_with;
pub use recognise::recognise;
pub use wanted::{BodyWanted, body_wanted};
