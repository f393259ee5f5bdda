//! AWS as Holdpoint meets it: signatures in both directions, the real credentials, read-only questions, and commands
//! run by Systems Manager. The only crate that knows the AWS SDK, and the only one that ever holds a real credential.

pub mod ask;
pub mod calendar;
pub mod credentials;
pub mod host;
pub mod look;
pub mod send;
pub mod sign;
pub mod ssm;
pub mod trail;
pub mod verify;
