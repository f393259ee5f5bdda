//! Look-ups against moto, and against servers that refuse or stay silent. Without Python's `moto[server]` on the machine
//! each test that needs it says by name that it was skipped.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, says on standard output that it was skipped, and starts the server it asks"
)]

mod capacity;
mod data;
mod fake;
mod identities;
mod machines;
mod networks;
mod refusals;
mod scripted;
mod world;
