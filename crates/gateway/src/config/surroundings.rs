//! What is read from the process's environment, in one place.

use std::path::PathBuf;

use super::ConfigError;

/// `$HOLDPOINT_PG_BIN`: where Postgres' programs are, when they are not where they usually are.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the environment is read")]
pub(crate) fn pg_bin() -> Option<PathBuf> {
    std::env::var_os("HOLDPOINT_PG_BIN").map(PathBuf::from)
}

/// `$PATH`.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the environment is read")]
pub(crate) fn path() -> Option<std::ffi::OsString> {
    std::env::var_os("PATH")
}

/// What AWS's clients read from the environment, by name: their own variables, and those of proxies and certificates.
pub(crate) fn aws() -> std::collections::BTreeMap<String, String> {
    const OTHERS: [&str; 10] = [
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "NODE_USE_ENV_PROXY",
    ];
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, value)| {
            !value.is_empty() && (name.starts_with("AWS_") || OTHERS.contains(&name.as_str()))
        })
        .collect()
}

/// `$HOME`.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the environment is read")]
pub(crate) fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from)
}

/// Where `holdpoint dev` keeps its data: `/var/lib/holdpoint` for root (Postgres runs as another user, who must reach
/// it), `$XDG_DATA_HOME/holdpoint` or `~/.local/share/holdpoint` for everyone else.
///
/// # Errors
/// If there is no home directory.
#[expect(clippy::disallowed_methods, reason = "this is the one place where the environment is read")]
pub(crate) fn default_data_dir() -> Result<PathBuf, ConfigError> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from("/var/lib/holdpoint"));
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    data.or_else(home).map(|data| data.join("holdpoint")).ok_or_else(|| ConfigError::Value {
        key: "data_dir",
        why: "there is no home directory; choose one with --data-dir".to_owned(),
    })
}
