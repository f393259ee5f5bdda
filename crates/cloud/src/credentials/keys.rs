//! One set of real keys.

use std::fmt;

use aws_credential_types::Credentials;
use time::OffsetDateTime;

/// A real credential. Its id may be shown, nothing else of it can be.
#[derive(Clone)]
pub struct Keys(Credentials);

impl Keys {
    /// Long-lived or temporary keys, the latter with a token and a time at which they end.
    pub fn new(
        id: impl Into<String>,
        secret: impl Into<String>,
        token: Option<String>,
        until: Option<OffsetDateTime>,
    ) -> Self {
        Self(Credentials::new(id, secret, token, until.map(Into::into), "holdpoint"))
    }

    /// The access key id.
    pub fn id(&self) -> &str {
        self.0.access_key_id()
    }

    /// When these keys end; none for long-lived ones.
    pub fn until(&self) -> Option<OffsetDateTime> {
        self.0.expiry().map(OffsetDateTime::from)
    }

    /// The same as the official crates take it, within this crate alone.
    pub(crate) fn official(&self) -> &Credentials {
        &self.0
    }
}

impl From<Credentials> for Keys {
    fn from(official: Credentials) -> Self {
        Self(official)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("id", &self.id()).field("until", &self.until()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_shown() {
        let keys = Keys::new("id", "hush-secret", Some("hush-token".to_owned()), None);
        let shown = format!("{keys:?} {keys:#?} {:?}", keys.official());
        assert!(shown.contains("id"), "{shown}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}
