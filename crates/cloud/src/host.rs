//! Which host an operation lives on.
