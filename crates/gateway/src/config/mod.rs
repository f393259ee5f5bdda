//! The configuration: one TOML file, every key optional, each with a default that is safe. Unknown keys are refused.
//! `deploy/holdpoint.example.toml` explains every one of them, and a test keeps it equal to this file.

mod aws;
mod key;
mod ssm;
pub(crate) mod surroundings;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use time::Duration;

use holdpoint_core::budget;
use holdpoint_intake::Patterns;
use holdpoint_store::ledger::LedgerKey;

pub use aws::{AWS_PORT, AgentAws, Aws};
pub use ssm::Ssm;
pub(crate) use surroundings::{default_data_dir, path, pg_bin};

/// The port for API and web UI: *h-o-l-d* on a phone's keys.
pub const PORT: u16 = 4653;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// The file is not this configuration.
    #[error("`{path}`: {source}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        source: Box<toml::de::Error>,
    },
    /// A value makes no sense.
    #[error("`{key}`: {why}")]
    Value {
        /// The key.
        key: &'static str,
        /// What to write instead.
        why: String,
    },
    /// A key cannot be had.
    #[error("the key file `{path}`: {why}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where API and web UI listen.
    pub listen: SocketAddr,
    /// How people reach the web UI; the origin that forms must come from. Derived from `listen` when absent.
    pub external_url: Option<String>,
    /// Where the private database, the ledger's key and the demo's tokens live.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// Bounds on what a caller can ask for.
    pub limits: Limits,
    /// How long things last.
    pub times: Times,
    /// The policies.
    pub policy: Policy,
    /// By which words, tags and accounts an environment is recognised.
    pub environments: Patterns,
    /// How facts are gathered.
    pub facts: FactsConfig,
    /// How much may be destroyed in an hour and a day.
    pub budgets: budget::Limits,
    /// The AWS gateway.
    pub aws: Aws,
    /// Commands on machines.
    pub ssm: Ssm,
    /// The ledger.
    pub ledger: Ledger,
    /// Logging.
    pub log: Log,
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://…` of the daemon's role, which owns nothing. Absent: a private Postgres under `data_dir`.
    pub url: Option<String>,
    /// `postgres://…` of the role that owns the schema; used by `holdpoint migrate` only.
    pub owner_url: Option<String>,
    /// How many connections this process opens at most.
    pub max_connections: u32,
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest body in bytes.
    pub body_bytes: u64,
    /// The longest wait a caller may ask for with `Prefer: wait`, in seconds.
    pub wait_seconds: u32,
    /// How many documents over 64 KiB are read at the same time.
    pub documents_at_once: usize,
}

/// `[times]`, in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Times {
    /// How long a held change waits for people before it expires.
    pub hold_seconds: u32,
    /// How long an allowed or approved change may be claimed before the grant lapses.
    pub grant_seconds: u32,
    /// How long an attempt may be silent before its outcome is unknown.
    pub lease_seconds: u32,
    /// How long a browser session lasts without use.
    pub session_idle_seconds: u32,
    /// How long a browser session lasts at most.
    pub session_seconds: u32,
    /// How long a sign-in link is valid.
    pub link_seconds: u32,
}

/// `[policy]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// A directory of `*.cedar` files that add to the built-in pack.
    pub dir: Option<PathBuf>,
}

/// `[facts]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FactsConfig {
    /// How long any one source of facts may take, in milliseconds. A source that takes longer counts as one that did
    /// not answer.
    pub timeout_milliseconds: u32,
    /// How many resources that are known to depend on what is destroyed are looked at.
    pub dependents: u32,
}

impl Default for FactsConfig {
    fn default() -> Self {
        Self { timeout_milliseconds: 1_500, dependents: 5_000 }
    }
}

impl FactsConfig {
    pub(crate) fn timeout(&self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::from(self.timeout_milliseconds))
    }
}

/// `[ledger]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ledger {
    /// The Ed25519 seed that signs checkpoints, 32 bytes in hexadecimal. Absent: `ledger.key` under `data_dir`, made
    /// when missing. All replicas on one database share one key.
    pub key_file: Option<PathBuf>,
    /// The log's name in its checkpoints (C2SP's origin line).
    pub origin: String,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// What is logged, for example `info` or `warn,holdpoint=debug`.
    pub filter: String,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            external_url: None,
            data_dir: PathBuf::from("/var/lib/holdpoint"),
            database: Database::default(),
            limits: Limits::default(),
            times: Times::default(),
            policy: Policy::default(),
            environments: Patterns::default(),
            facts: FactsConfig::default(),
            budgets: budget::Limits::default(),
            aws: Aws::default(),
            ssm: Ssm::default(),
            ledger: Ledger::default(),
            log: Log::default(),
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: None, owner_url: None, max_connections: 16 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 256 << 20, wait_seconds: 60, documents_at_once: 2 }
    }
}

impl Default for Times {
    fn default() -> Self {
        Self {
            hold_seconds: 86_400,
            grant_seconds: 3_600,
            lease_seconds: 60,
            session_idle_seconds: 8 * 3_600,
            session_seconds: 24 * 3_600,
            link_seconds: 900,
        }
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Self { key_file: None, origin: "holdpoint.local/ledger".to_owned() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

impl Times {
    pub(crate) fn hold(&self) -> Duration {
        Duration::seconds(i64::from(self.hold_seconds))
    }

    pub(crate) fn grant(&self) -> Duration {
        Duration::seconds(i64::from(self.grant_seconds))
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::seconds(i64::from(self.lease_seconds))
    }
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, has an unknown key, or a value that makes no sense.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })?;
        config.check()?;
        Ok(config)
    }

    /// Refuses values that would fail later, or fail open.
    ///
    /// # Errors
    /// For the first value that makes no sense.
    pub fn check(&self) -> Result<(), ConfigError> {
        let refuse = |key, why: &str| Err(ConfigError::Value { key, why: why.to_owned() });
        if self.times.lease_seconds < 5 {
            return refuse(
                "times.lease_seconds",
                "at least 5: an attempt renews its lease every third of it",
            );
        }
        if self.times.hold_seconds == 0 || self.times.grant_seconds == 0 {
            return refuse("times", "hold_seconds and grant_seconds must be at least 1");
        }
        if self.limits.documents_at_once == 0 || self.limits.body_bytes == 0 {
            return refuse("limits", "body_bytes and documents_at_once must be at least 1");
        }
        if self.facts.timeout_milliseconds == 0 || self.facts.dependents == 0 {
            return refuse("facts", "timeout_milliseconds and dependents must be at least 1");
        }
        if self.database.max_connections < 4 {
            return refuse("database.max_connections", "at least 4: the workers alone need three");
        }
        self.aws.check()?;
        self.ssm.check(self.times.lease_seconds)?;
        let origin_is_plain = |c: char| c.is_ascii_graphic() && c != '+';
        if self.ledger.origin.is_empty() || !self.ledger.origin.chars().all(origin_is_plain) {
            return refuse(
                "ledger.origin",
                "a name such as `holdpoint.example.org/ledger`, without spaces or `+`",
            );
        }
        match self.external_url.as_deref().map(loopback_or_https) {
            Some(false) => refuse(
                "external_url",
                "must be https:// (or http:// on 127.0.0.1 or localhost): browsers drop secure cookies otherwise",
            ),
            _ if self.external_url.is_none() && !self.listen.ip().is_loopback() => refuse(
                "external_url",
                "must be set when `listen` is not on loopback: it is where people open the web UI, behind TLS",
            ),
            _ => Ok(()),
        }
    }

    /// After binding port 0, the real ports are known.
    pub(crate) fn learn_addresses(&mut self, local: SocketAddr, aws: Option<SocketAddr>) {
        self.listen = local;
        if let Some(aws) = aws {
            self.aws.listen = aws;
        }
    }

    /// How people reach the web UI, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.external_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    /// The daemon's own database URL.
    ///
    /// # Errors
    /// If none is configured and no private cluster was started.
    pub fn database_url(&self) -> Result<&str, ConfigError> {
        self.database.url.as_deref().ok_or_else(|| ConfigError::Value {
            key: "database.url",
            why: "is missing, and no private Postgres was started".to_owned(),
        })
    }
}

/// Secure cookies need TLS, or an address that browsers trust by itself.
fn loopback_or_https(url: &str) -> bool {
    let host = |rest: &str| {
        let authority = rest.split('/').next().unwrap_or("");
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        host == "127.0.0.1" || host == "localhost" || host == "[::1]"
    };
    match url.split_once("://") {
        Some(("https", rest)) => !rest.is_empty(),
        Some(("http", rest)) => host(rest),
        _ => false,
    }
}

impl Ledger {
    fn path(&self, data_dir: &Path) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| data_dir.join("ledger.key"))
    }
}

impl Config {
    /// The key that signs checkpoints: read, or made when no file was configured and none is there.
    ///
    /// # Errors
    /// If it cannot be read, made, or is readable by others.
    pub fn ledger_key(&self) -> Result<LedgerKey, ConfigError> {
        let path = self.ledger.path(&self.data_dir);
        key::load_or_create(&path, self.ledger.key_file.is_none(), &self.ledger.origin)
            .map_err(|why| ConfigError::Key { path, why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_plain_http_away_from_loopback() {
        for (url, fine) in [
            ("https://holdpoint.example.org", true),
            ("http://127.0.0.1:4653", true),
            ("http://localhost:4653/", true),
            ("http://holdpoint.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("ftp://localhost", false),
            ("https://", false),
        ] {
            let config = Config { external_url: Some(url.to_owned()), ..Config::default() };
            assert_eq!(config.check().is_ok(), fine, "{url}");
        }
        let open = Config { listen: "0.0.0.0:4653".parse().unwrap(), ..Config::default() };
        assert!(open.check().is_err());
    }

    /// The example must be readable as it stands, also with every key that is commented out switched on, and name every
    /// key there is.
    #[test]
    fn the_example_explains_every_key() {
        let example = include_str!("../../../../deploy/holdpoint.example.toml");
        toml::from_str::<Config>(example).unwrap().check().unwrap();
        let on: String = example
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(key)
                    if key
                        .split_once(" = ")
                        .is_some_and(|(k, _)| k.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) =>
                {
                    key
                }
                _ => line,
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        toml::from_str::<Config>(&on).unwrap();
        let table: toml::Table = toml::from_str(&on).unwrap();
        let mut keys: Vec<String> = Vec::new();
        for (key, value) in &table {
            match value {
                toml::Value::Table(inner) => keys.extend(inner.keys().map(|inner| format!("{key}.{inner}"))),
                _ => keys.push(key.clone()),
            }
        }
        keys.sort();
        let all = [
            "aws.account",
            "aws.agents",
            "aws.attempt_seconds",
            "aws.enabled",
            "aws.external_id",
            "aws.external_url",
            "aws.gather_milliseconds",
            "aws.key_file",
            "aws.listen",
            "aws.look_ups",
            "aws.region",
            "aws.regions",
            "aws.role",
            "aws.tunnel",
            "aws.upstream",
            "budgets.agent",
            "budgets.class",
            "budgets.data",
            "budgets.escalated",
            "budgets.session",
            "data_dir",
            "database.max_connections",
            "database.owner_url",
            "database.url",
            "environments.accounts",
            "environments.development_names",
            "environments.development_tags",
            "environments.flag_values",
            "environments.production_flags",
            "environments.production_names",
            "environments.production_tags",
            "environments.staging_names",
            "environments.staging_tags",
            "environments.tag_keys",
            "environments.unless_after",
            "external_url",
            "facts.dependents",
            "facts.timeout_milliseconds",
            "ledger.key_file",
            "ledger.origin",
            "limits.body_bytes",
            "limits.documents_at_once",
            "limits.wait_seconds",
            "listen",
            "log.filter",
            "log.format",
            "policy.dir",
            "ssm.calendars",
            "ssm.enabled",
            "ssm.install_runbook",
            "ssm.look_milliseconds",
            "ssm.region",
            "ssm.runbook",
            "times.grant_seconds",
            "times.hold_seconds",
            "times.lease_seconds",
            "times.link_seconds",
            "times.session_idle_seconds",
            "times.session_seconds",
        ];
        assert_eq!(keys, all);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<Config>("[times]\nhold_second = 5\n").is_err());
    }
}
