//! What policy says about a change: the Cedar schema, the built-in pack, loading and checking a policy set,
//! and [`Bundle::decide`], which turns a change and the facts around it into a [`holdpoint_core::Judgement`].
//!
//! Cedar answers allow or deny. The third verdict comes from annotations: a `forbid` with `@hold("reviewers:2")`
//! can be released by people, any other `forbid` is final. Two sets are evaluated: *full*, and *base*, which lacks
//! the holds. Full allows: allow. Full denies and base allows: hold. Base denies: deny. Whatever goes wrong on the
//! way is a deny of rule R20.
//!
//! Pure, apart from reading policy files: the same change, facts and policies give the same judgement.

mod annotation;
mod bundle;
#[cfg(test)]
mod cases;
mod decide;
mod error;
mod evidence;
mod explain;
#[cfg(test)]
mod fixture;
mod lint;
mod looked;
#[cfg(test)]
mod page;
mod request;
mod source;
mod steps;
mod template;
mod text;
mod totals;
mod words;

pub use bundle::{Bundle, RuleInfo};
pub use error::{PolicyError, Problem};
