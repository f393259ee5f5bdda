//! A private Postgres: found, initialised, started or re-attached, and stopped by its last holder.
//!
//! The server outlives a daemon that crashes; the next one finds it running and goes on. It listens on a unix
//! socket only, lets in nobody but the daemon's and its own operating system user, and never runs without fsync.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cluster::account::Account;
use crate::cluster::folder::Folder;
use crate::cluster::lock::{Holder, exclusive};

mod account;
mod binaries;
mod connect;
mod error;
mod folder;
mod init;
mod launch;
mod lock;
mod log;
mod pid;
mod settings;
mod spawn;

pub use error::ClusterError;

/// The role that migrations run as; it owns every table.
pub const OWNER: &str = "holdpoint_owner";
/// The role that the daemon runs as; it owns nothing.
pub const APP: &str = "holdpoint_app";

/// What the launcher cannot find out by itself, because only the gateway reads the environment.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `$HOLDPOINT_PG_BIN`: the directory that holds `postgres` and `initdb`. When given, no other is tried.
    pub pg_bin: Option<PathBuf>,
    /// `$PATH`, searched last.
    pub path: Option<OsString>,
}

/// What it took to have the cluster running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// There was none: it was made and started.
    Initialised,
    /// It existed and was started.
    Started,
    /// It was running already.
    Reattached,
}

/// A running private cluster, held by this process. Dropping it leaves the server running for the next holder;
/// [`Cluster::stop`] stops it if nobody else holds it.
#[derive(Debug)]
pub struct Cluster {
    folder: Folder,
    account: Account,
    options: Options,
    how: How,
    holder: Holder,
}

impl Cluster {
    /// Makes sure that the cluster in `base` runs, with its roles and database, whatever state it was left in.
    ///
    /// # Errors
    /// Says what is missing or in the way, and what to do about it.
    pub async fn ensure(base: &Path, options: &Options) -> Result<Cluster, ClusterError> {
        let (folder, account) = folder::prepare(base).await?;
        let lock = exclusive(&folder).await?;
        let others = lock::is_held(&folder)?;
        let how = launch::running(&folder, &account, options, others).await?;
        connect::provision(&folder).await?;
        let holder = Holder::take(&folder)?;
        drop(lock);
        Ok(Cluster { folder, account, options: options.clone(), how, holder })
    }

    /// Whether the server's process lives; a few reads of files, so it can be asked often. A server that lives may
    /// still not answer.
    #[must_use]
    pub fn runs(&self) -> bool {
        pid::server(&self.folder).is_some()
    }

    /// Starts the server again should it have died, for example by the kernel's want of memory. Cheap while it runs.
    ///
    /// # Errors
    /// As [`Cluster::ensure`].
    pub async fn revive(&self) -> Result<How, ClusterError> {
        if connect::is_ours(&self.folder).await? {
            return Ok(How::Reattached);
        }
        let _lock = exclusive(&self.folder).await?;
        launch::running(&self.folder, &self.account, &self.options, true).await
    }

    /// Where migrations connect, as the owner of every table.
    #[must_use]
    pub fn owner_url(&self) -> String {
        connect::url(&self.folder, OWNER)
    }

    /// Where the daemon connects, as the role that owns nothing.
    #[must_use]
    pub fn app_url(&self) -> String {
        connect::url(&self.folder, APP)
    }

    /// The directory of the unix socket, for `psql -h` and `pg_dump -h` as the user `holdpoint`.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.folder.socket
    }

    /// The server's log file.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.log()
    }

    /// What it took; for the message to the user.
    #[must_use]
    pub fn how(&self) -> How {
        self.how
    }

    /// Lets go of the cluster, and stops it if no other process holds it. Waits until it is down.
    ///
    /// # Errors
    /// If the server does not come down within a minute; it is then left to finish by itself.
    pub async fn stop(self) -> Result<(), ClusterError> {
        let lock = exclusive(&self.folder).await?;
        drop(self.holder);
        if !lock::is_held(&self.folder)? {
            pid::shut_down(&self.folder).await?;
        }
        drop(lock);
        Ok(())
    }
}
