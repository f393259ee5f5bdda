//! `[ssm]`: commands on machines, by AWS Systems Manager.

use serde::Deserialize;

use super::ConfigError;

/// `[ssm]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ssm {
    /// Whether changes of the format `ssm` are taken and carried out.
    pub enabled: bool,
    /// The region of commands that name none; absent: `aws.region`.
    pub region: Option<String>,
    /// The name that Holdpoint's own runbook has in each account and region.
    pub runbook: String,
    /// The daemon installs the runbook where it is absent.
    pub install_runbook: bool,
    /// Change Calendars, by name or ARN: while one is closed, or does not answer, everything is frozen.
    pub calendars: Vec<String>,
    /// The least time between two looks at an execution, in milliseconds.
    pub look_milliseconds: u32,
}

impl Default for Ssm {
    fn default() -> Self {
        Self {
            enabled: false,
            region: None,
            runbook: "Holdpoint-RunCommand".to_owned(),
            install_runbook: false,
            calendars: Vec::new(),
            look_milliseconds: 2_000,
        }
    }
}

impl Ssm {
    pub(super) fn check(&self, lease_seconds: u32) -> Result<(), ConfigError> {
        let refuse = |key, why: &str| Err(ConfigError::Value { key, why: why.to_owned() });
        let named = (3..=128).contains(&self.runbook.len())
            && self.runbook.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        if !named {
            return refuse("ssm.runbook", "3 to 128 letters, digits, `_`, `-` or `.`");
        }
        // An attempt renews its lease with every look.
        if !self.enabled {
            return Ok(());
        }
        if self.look_milliseconds < 100 || self.look_milliseconds > lease_seconds.saturating_mul(1_000) / 3 {
            return refuse("ssm.look_milliseconds", "between 100 and a third of `times.lease_seconds`");
        }
        Ok(())
    }
}
