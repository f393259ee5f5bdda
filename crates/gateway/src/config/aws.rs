//! `[aws]`: the gateway that agents' AWS clients are routed through.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Config, ConfigError};

/// The gateway's port.
pub const AWS_PORT: u16 = 4654;

/// `[aws]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Aws {
    /// Whether the gateway is served at all.
    pub enabled: bool,
    /// Where it listens. Plain HTTP, so on loopback, or in a network that only the agents' machines share.
    pub listen: SocketAddr,
    /// How agents reach it; derived from `listen` when absent.
    pub external_url: Option<String>,
    /// The key that agents' secrets follow from: 32 bytes in hexadecimal. Absent: `aws.key` under `data_dir`, made when
    /// missing. All replicas on one database share one key.
    pub key_file: Option<PathBuf>,
    /// The account that calls are made in, when no role says so.
    pub account: Option<String>,
    /// The role that every agent's calls are made with; absent: the daemon's own identity.
    pub role: Option<String>,
    /// What the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The region of the daemon's own questions that are of no region.
    pub region: String,
    /// Regions that calls may go to; empty for all that AWS has published.
    pub regions: Vec<String>,
    /// Where everything is sent instead of AWS, for example `http://127.0.0.1:5000`: for tests and stand-ins.
    pub upstream: Option<String>,
    /// Hosts other than AWS's that the proxy lets through untouched, for example `registry.terraform.io` or
    /// `*.github.com`. Others are refused.
    pub tunnel: Vec<String>,
    /// The daemon asks AWS about what a call would touch before it is judged.
    pub look_ups: bool,
    /// How long calls that are held are gathered, so that those of one process become one change, in milliseconds.
    pub gather_milliseconds: u32,
    /// How long an attempt at a change of several calls may take, in seconds.
    pub attempt_seconds: u32,
    /// What differs for one agent or pipeline, by name.
    pub agents: BTreeMap<String, AgentAws>,
}

/// `[aws.agents.NAME]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgentAws {
    /// The account of its role.
    pub account: Option<String>,
    /// The role that its calls are made with.
    pub role: Option<String>,
    /// What that role's trust policy asks for.
    pub external_id: Option<String>,
    /// Roles that it may assume by `sts:AssumeRole`; a star at the end stands for anything.
    pub assumes: Vec<String>,
    /// How long a held call waits for people before it is refused, in seconds; at most 45.
    pub wait_seconds: u32,
}

impl Default for Aws {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), AWS_PORT),
            external_url: None,
            key_file: None,
            account: None,
            role: None,
            external_id: None,
            region: "us-east-1".to_owned(),
            regions: Vec::new(),
            upstream: None,
            tunnel: Vec::new(),
            look_ups: true,
            gather_milliseconds: 500,
            attempt_seconds: 900,
            agents: BTreeMap::new(),
        }
    }
}

impl Aws {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let refuse = |key, why: &str| Err(ConfigError::Value { key, why: why.to_owned() });
        if self.agents.values().any(|agent| agent.wait_seconds > 45) {
            return refuse("aws.agents.*.wait_seconds", "at most 45: clients give up after 60 and ask again");
        }
        if self.attempt_seconds < 10 {
            return refuse("aws.attempt_seconds", "at least 10");
        }
        if self.gather_milliseconds > 5_000 {
            return refuse("aws.gather_milliseconds", "at most 5000");
        }
        Ok(())
    }

    pub(crate) fn gather(&self) -> Duration {
        Duration::from_millis(u64::from(self.gather_milliseconds))
    }

    pub(crate) fn attempt(&self) -> time::Duration {
        time::Duration::seconds(i64::from(self.attempt_seconds))
    }

    /// How agents reach the gateway, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.external_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }
}

impl Config {
    /// The key that agents' AWS secrets follow from: read, or made when no file was configured and none is there.
    ///
    /// # Errors
    /// If it cannot be read, made, or is readable by others.
    pub fn aws_key(&self) -> Result<[u8; 32], ConfigError> {
        let path = self.aws.key_file.clone().unwrap_or_else(|| self.data_dir.join("aws.key"));
        super::key::seed(&path, self.aws.key_file.is_none()).map_err(|why| ConfigError::Key { path, why })
    }
}
