use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use time::OffsetDateTime;

use super::Access;
use crate::credentials::{Bearer, Binding, Real};

/// The real credential that stands behind a requester, as the SDK asks for it.
#[derive(Debug)]
struct Behind {
    real: Real,
    binding: Binding,
    bearer: Bearer,
    now: fn() -> OffsetDateTime,
}

impl Behind {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let keys = self.real.of(&self.binding, &self.bearer, (self.now)()).await;
        keys.map(|keys| keys.official().clone()).map_err(CredentialsError::provider_error)
    }
}

impl ProvideCredentials for Behind {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl Access {
    /// With the credential that stands behind a requester, renewed as it ends by the clock `now`.
    #[must_use]
    pub fn behind(
        real: Real,
        binding: Binding,
        bearer: Bearer,
        now: fn() -> OffsetDateTime,
        region: &str,
        endpoint: Option<String>,
    ) -> Self {
        let behind = Behind { real, binding, bearer, now };
        Self { credentials: SharedCredentialsProvider::new(behind), region: region.to_owned(), endpoint }
    }
}
