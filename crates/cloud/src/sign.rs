//! Signing what goes out, by the official crate.
