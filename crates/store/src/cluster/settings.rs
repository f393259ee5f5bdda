//! The server's settings. They stand on its command line, which beats every configuration file, so that nobody
//! switches fsync off by editing one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::cluster::account::Account;
use crate::cluster::folder::Folder;
use crate::cluster::{APP, ClusterError, OWNER};

/// The role that the launcher itself uses.
pub(super) const SUPERUSER: &str = "holdpoint";

/// Durability is spelt out although it is the default; the memory is for a small idle server.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "port=5432",
    "unix_socket_permissions=0700",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "max_connections=50",
    "idle_in_transaction_session_timeout=30s",
    "shared_buffers=32MB",
    "max_wal_size=512MB",
    "min_wal_size=64MB",
    "max_logical_replication_workers=0",
    "jit=off",
    "log_timezone=UTC",
    "timezone=UTC",
    "log_destination=stderr",
    "logging_collector=off",
    "log_checkpoints=off",
    "log_line_prefix=%m [%p] ",
];

/// The arguments of `postgres`.
pub(super) fn arguments(folder: &Folder) -> Vec<std::ffi::OsString> {
    let mut arguments = vec!["-D".into(), folder.data().into(), "-k".into(), folder.socket.clone().into()];
    for (name, path) in [("hba_file", folder.hba()), ("ident_file", folder.ident())] {
        let mut setting = std::ffi::OsString::from(format!("{name}="));
        setting.push(path);
        arguments.extend(["-c".into(), setting]);
    }
    for setting in SETTINGS {
        arguments.extend(["-c".into(), setting.into()]);
    }
    arguments
}

/// Writes who may connect: the daemon's and the server's own operating system users, known to the kernel, as any of
/// our roles. Says whether anything was different before.
pub(super) fn write_access(folder: &Folder, account: &Account) -> Result<bool, ClusterError> {
    let mut ident = String::new();
    for user in [&account.ours, &account.name] {
        for role in [SUPERUSER, OWNER, APP] {
            ident.push_str(&format!("holdpoint \"{user}\" {role}\n"));
        }
    }
    let hba = "local all all peer map=holdpoint\nlocal replication all peer map=holdpoint\n";
    let hba = write(&folder.hba(), hba)?;
    let ident = write(&folder.ident(), &ident)?;
    Ok(hba || ident)
}

fn write(path: &Path, text: &str) -> Result<bool, ClusterError> {
    if fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(false);
    }
    let new = path.with_extension("new");
    fs::write(&new, text).map_err(|e| ClusterError::io("write", &new, e))?;
    fs::set_permissions(&new, fs::Permissions::from_mode(0o644))
        .map_err(|e| ClusterError::io("open", &new, e))?;
    fs::rename(&new, path).map_err(|e| ClusterError::io("write", path, e))?;
    Ok(true)
}
