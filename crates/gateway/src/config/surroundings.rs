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
