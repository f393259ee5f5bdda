//! Signature Version 4 as it comes in.

mod mac;

pub(crate) use mac::mac;
