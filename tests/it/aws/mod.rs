//! The AWS gateway between AWS's own clients, unmodified, and a stand-in for AWS.

mod doors;
mod held;
mod ordinary;
mod together;
mod tries;
