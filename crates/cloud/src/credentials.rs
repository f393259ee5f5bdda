//! The real credentials: the provider chain, and roles assumed per agent. Nothing here prints a secret.

mod assume;
mod binding;
mod issued;
mod keys;
mod real;

pub use assume::session_name;
pub use binding::{Bearer, Binding};
pub use issued::{issued_id, issued_secret, looks_issued};
pub use keys::Keys;
pub use real::{Missing, Real};
