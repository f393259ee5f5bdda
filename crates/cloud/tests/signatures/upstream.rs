//! The client towards AWS.
