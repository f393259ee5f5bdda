//! Signatures in both directions: AWS's vectors, requests of real clients, whatever the official crate signs, and
//! whatever should not be let in.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod agree;
mod arbitrary;
mod captures;
mod chunked;
mod passing;
mod presigned;
mod refusals;
mod signer;
mod upstream;
mod vectors;
