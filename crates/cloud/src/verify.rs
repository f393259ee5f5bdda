//! Signature Version 4 as it comes in.
