//! Scenarios.

#[cfg(test)]
mod tidy;
