//! Who may start and stop the server, and who holds it: two advisory locks that the kernel drops when a process dies.
//!
//! `lock` is held alone and briefly, around every start and stop. `holders` is held shared for as long as a process
//! uses the cluster. Whoever stops takes `lock`, lets go of its share, and looks whether it could have `holders` alone.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cluster::ClusterError;
use crate::cluster::folder::{Folder, NO_FOLLOW};

/// Longer than any start or stop takes by itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// This process's share in the running cluster.
#[derive(Debug)]
pub(super) struct Holder {
    _file: File,
}

impl Holder {
    /// Joins the holders; call with the exclusive lock held.
    pub(super) fn take(folder: &Folder) -> Result<Holder, ClusterError> {
        let (file, path) = (open(&folder.holders())?, folder.holders());
        file.lock_shared().map_err(|source| ClusterError::io("lock", &path, source))?;
        Ok(Holder { _file: file })
    }
}

/// Whether any process (this one included, if it holds a share) uses the cluster; call with the exclusive lock held.
pub(super) fn is_held(folder: &Folder) -> Result<bool, ClusterError> {
    let path = folder.holders();
    match open(&path)?.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(source)) => Err(ClusterError::io("lock", &path, source)),
    }
}

/// The right to start and stop, until the file is dropped.
pub(super) async fn exclusive(folder: &Folder) -> Result<File, ClusterError> {
    let path = folder.lock();
    let file = open(&path)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(ClusterError::io("lock", &path, source)),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(ClusterError::Busy { base: folder.base.clone(), seconds: PATIENCE.as_secs() });
            }
            Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(10)).await,
        }
    }
}

fn open(path: &Path) -> Result<File, ClusterError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(NO_FOLLOW)
        .open(path)
        .map_err(|source| ClusterError::io("open", path, source))
}
