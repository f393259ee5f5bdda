//! Recognition against requests as real clients sent them, and against each rule's own cases.

mod bodies;
mod captured;
mod captures;
mod index;
mod meanings;
mod paths;
mod rules;
mod sent;
