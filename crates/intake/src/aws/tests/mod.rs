//! Recognition against requests as real clients sent them, and against each rule's own cases.

mod captured;
mod captures;
mod index;
mod rules;
