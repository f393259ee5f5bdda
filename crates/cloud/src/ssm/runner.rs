use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::config::{AppName, BehaviorVersion, Region};
use aws_smithy_http_client::tls;

use super::runbook::Expected;

/// How Systems Manager is reached.
#[derive(Debug, Clone)]
pub struct Access {
    /// The real credentials.
    pub credentials: SharedCredentialsProvider,
    /// The region in which commands run.
    pub region: String,
    /// Another address than AWS's own, as a URL.
    pub endpoint: Option<String>,
}

/// Carries out commands in one account and region.
#[derive(Debug, Clone)]
pub struct Runner {
    pub(super) client: Client,
    pub(super) runbook: Expected,
}

/// Names an Automation execution, in AWS's own words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutionId(String);

impl ExecutionId {
    /// The id as AWS gave it.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const CONNECT: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_secs(15);
const OPERATION: Duration = Duration::from_secs(45);
const ATTEMPTS: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(400);

impl Runner {
    /// A runner that asks as `access` says, with the runbook of this name for what is no runbook itself.
    #[must_use]
    pub fn new(access: Access, runbook: &str) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(OPERATION)
            .build();
        let mut config = aws_sdk_ssm::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(http)
            .credentials_provider(access.credentials)
            .region(Region::new(access.region))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(BACKOFF))
            .timeout_config(timeouts);
        config.set_app_name(AppName::new("holdpoint").ok());
        config.set_endpoint_url(access.endpoint);
        Self { client: Client::from_conf(config.build()), runbook: Expected::named(runbook) }
    }
}
