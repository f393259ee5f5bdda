//! Signs of an environment, as sentences a reviewer reads.

use holdpoint_core::Environment;

/// What says it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign<'s> {
    /// A tag with this key and value.
    Tag(&'s str, &'s str),
    /// An attribute at this path, with this value.
    Name(&'s str, &'s str),
    Address,
    Account(&'s str),
}

impl Sign<'_> {
    /// The sentence about the resource at this address.
    pub(crate) fn says(self, environment: Environment, address: &str) -> String {
        let address = shown(address);
        match self {
            Sign::Tag(key, value) => format!("`{address}` is tagged {}={}", shown(key), shown(value)),
            Sign::Name(path, value) => format!("`{address}` has the {} `{}`", shown(path), shown(value)),
            Sign::Address => format!("`{address}` has {} in its address", environment.as_str()),
            Sign::Account(account) => {
                format!(
                    "`{address}` lies in `{}`, which is set to be {}",
                    shown(account),
                    environment.as_str()
                )
            }
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}
