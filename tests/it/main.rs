//! Scenarios.

#[cfg(test)]
mod tidy;
#[cfg(test)]
mod walk;
