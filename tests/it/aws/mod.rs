//! The AWS gateway between AWS's own clients, unmodified, and a stand-in for AWS.

mod held;
mod ordinary;
