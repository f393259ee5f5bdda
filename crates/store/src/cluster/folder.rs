//! The directories of a cluster: whose they are, who may enter, and where the socket goes.
//!
//! Under root, only `data` and the socket's directory belong to the server's user; everything else in the base is
//! ours, so that the server cannot plant a link where the daemon writes.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use holdpoint_core::Digest;

use crate::cluster::ClusterError;
use crate::cluster::account::Account;

/// A unix socket's address holds 107 bytes; the file's own name takes `/.s.PGSQL.5432`.
const LONGEST_SOCKET_FOLDER: usize = 107 - 15;

/// Opens no link that someone put in a file's place.
pub(super) const NO_FOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// The paths of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) base: PathBuf,
    pub(super) socket: PathBuf,
}

impl Folder {
    pub(super) fn data(&self) -> PathBuf {
        self.base.join("data")
    }
    /// Named after this process: an `initdb` that a killed daemon left behind may still be writing to its own.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.base.join(format!("data.new.{}", std::process::id()))
    }
    pub(super) fn log(&self) -> PathBuf {
        self.base.join("postgres.log")
    }
    pub(super) fn lock(&self) -> PathBuf {
        self.base.join("lock")
    }
    pub(super) fn holders(&self) -> PathBuf {
        self.base.join("holders")
    }
    pub(super) fn hba(&self) -> PathBuf {
        self.base.join("pg_hba.conf")
    }
    pub(super) fn ident(&self) -> PathBuf {
        self.base.join("pg_ident.conf")
    }
}

/// Makes the base and the socket's directory, and finds the user that the server will run as.
pub(super) async fn prepare(base: &Path) -> Result<(Folder, Account), ClusterError> {
    let wanted = std::path::absolute(base).map_err(|e| ClusterError::io("resolve", base, e))?;
    make_base(&wanted)?;
    let base = wanted.canonicalize().map_err(|e| ClusterError::io("resolve", &wanted, e))?;
    let account = Account::choose(&base).await?;
    open_the_way(&base, &account)?;
    let socket = socket_folder(&base);
    private(&socket, &account)?;
    Ok((Folder { base, socket }, account))
}

fn make_base(base: &Path) -> Result<(), ClusterError> {
    if let Some(parent) = base.parent() {
        fs::create_dir_all(parent).map_err(|e| ClusterError::io("create", parent, e))?;
    }
    match DirBuilder::new().mode(0o700).create(base) {
        Ok(()) => return Ok(()),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(ClusterError::io("create", base, e)),
    }
    let found = fs::metadata(base).map_err(|e| ClusterError::io("look at", base, e))?;
    if !found.is_dir() {
        return Err(not_ours(base, "is not a directory: choose another place for the data"));
    }
    let us = rustix::process::geteuid().as_raw();
    if us != 0 && found.uid() != us {
        return Err(not_ours(
            base,
            "belongs to another user: run as that user, or choose another place for the data",
        ));
    }
    if found.mode() & 0o022 != 0 {
        return Err(not_ours(
            base,
            "may be written by other users: choose a directory of its own for the data, or `chmod go-w` it",
        ));
    }
    Ok(())
}

/// Sees to it that the server's user can get to the base, and says which directory is closed if not.
fn open_the_way(base: &Path, account: &Account) -> Result<(), ClusterError> {
    if !account.drop_root {
        return Ok(());
    }
    for folder in base.ancestors() {
        let found = fs::metadata(folder).map_err(|e| ClusterError::io("look at", folder, e))?;
        if account.may_enter(&found) {
            continue;
        }
        if folder != base || found.uid() != 0 {
            return Err(ClusterError::Unreachable { parent: folder.to_owned(), user: account.name.clone() });
        }
        // Others may pass through our own base, not list it; `data` and the socket are closed to them anyway.
        let mode = Permissions::from_mode((found.mode() & 0o7777) | 0o011);
        fs::set_permissions(base, mode).map_err(|e| ClusterError::io("open", base, e))?;
    }
    Ok(())
}

/// `base/socket`, or a short name elsewhere when the address would not fit (or is not UTF-8, which no URL can carry).
fn socket_folder(base: &Path) -> PathBuf {
    let socket = base.join("socket");
    if socket.as_os_str().len() <= LONGEST_SOCKET_FOLDER && socket.to_str().is_some() {
        return socket;
    }
    let us = rustix::process::geteuid().as_raw();
    let parent = if us == 0 && Path::new("/run").is_dir() { "/run" } else { "/tmp" };
    let name = Digest::of(base.as_os_str().as_encoded_bytes()).short();
    Path::new(parent).join(format!("holdpoint-{us}-{name}"))
}

/// Makes a directory that only the server's user can enter, or accepts one that is exactly so. Someone else may have
/// put a link or a directory of theirs in a shared parent; that is refused, never followed.
pub(super) fn private(folder: &Path, account: &Account) -> Result<(), ClusterError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return give(folder, account),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(ClusterError::io("create", folder, e)),
    }
    let found = fs::symlink_metadata(folder).map_err(|e| ClusterError::io("look at", folder, e))?;
    check_private(folder, &found, account)
}

fn check_private(folder: &Path, found: &Metadata, account: &Account) -> Result<(), ClusterError> {
    if !found.is_dir() {
        return Err(not_ours(folder, "is not a directory: remove it"));
    }
    if account.drop_root && found.uid() == 0 && found.mode() & 0o077 == 0 {
        // We were killed between making it and giving it away.
        return give(folder, account);
    }
    if found.uid() != account.uid {
        let why = format!(
            "belongs to user id {}, not to `{}`: remove it, or choose another place for the data",
            found.uid(),
            account.name
        );
        return Err(not_ours(folder, &why));
    }
    if found.mode() & 0o077 != 0 {
        return Err(not_ours(folder, "is open to other users: `chmod 0700` it"));
    }
    Ok(())
}

fn give(folder: &Path, account: &Account) -> Result<(), ClusterError> {
    if !account.drop_root {
        return Ok(());
    }
    lchown(folder, Some(account.uid), Some(account.gid)).map_err(|e| ClusterError::io("hand over", folder, e))
}

pub(super) fn not_ours(path: &Path, why: &str) -> ClusterError {
    ClusterError::NotOurs { path: path.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_address_always_fits() {
        let short = Path::new("/var/lib/holdpoint");
        assert_eq!(socket_folder(short), short.join("socket"));
        let long = PathBuf::from(format!("/{}", "x".repeat(200)));
        assert!(socket_folder(&long).join(".s.PGSQL.5432").as_os_str().len() < 107);
        assert_ne!(socket_folder(&long), socket_folder(&long.join("y")));
    }
}
