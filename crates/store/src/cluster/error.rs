use std::io;
use std::path::{Path, PathBuf};

/// Why there is no private cluster, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// No binaries anywhere.
    #[error(
        "no PostgreSQL found (looked in {looked}): install it with `apt install postgresql` (Debian, Ubuntu), `dnf install postgresql-server` (Fedora) or `brew install postgresql@17` (macOS), or name a database of your own in DATABASE_URL"
    )]
    Missing {
        /// The directories that were searched.
        looked: String,
    },
    /// The directory that the user named holds none.
    #[error(
        "HOLDPOINT_PG_BIN is `{dir}`, which holds no `{program}`: name the directory with both `postgres` and `initdb`, or unset it"
    )]
    NamedMissing {
        /// As named.
        dir: PathBuf,
        /// `postgres` or `initdb`.
        program: &'static str,
    },
    /// Only versions that are too old.
    #[error(
        "PostgreSQL {found} in `{dir}` is too old, version {wanted} or newer is needed: install one, for example with `apt install postgresql`, or name its directory in HOLDPOINT_PG_BIN"
    )]
    TooOld {
        /// The newest found.
        found: String,
        /// Where.
        dir: PathBuf,
        /// The oldest that works.
        wanted: u32,
    },
    /// The data belongs to another major version than what is installed.
    #[error(
        "the data in `{data}` was made by PostgreSQL {made_by}, but only version {found} is installed: install PostgreSQL {made_by} beside it (`apt install postgresql-{made_by}`), or move the data over with `pg_upgrade` or a dump; nothing was touched"
    )]
    OtherVersion {
        /// The cluster's directory.
        data: PathBuf,
        /// Its PG_VERSION.
        made_by: String,
        /// What is installed.
        found: String,
    },
    /// A directory or file is not what it must be.
    #[error("`{path}` {why}")]
    NotOurs {
        /// Which.
        path: PathBuf,
        /// What is wrong with it and what to do.
        why: String,
    },
    /// The server's operating system user cannot get to the data.
    #[error("the database server runs as user `{user}`, who cannot enter `{parent}`: choose a data directory outside of it, such as /var/lib/holdpoint, or let others pass with `chmod o+x {parent}`", parent = .parent.display())]
    Unreachable {
        /// The first directory on the way that is closed.
        parent: PathBuf,
        /// Who.
        user: String,
    },
    /// A user id without a name; PostgreSQL insists on one.
    #[error(
        "could not look up user id {uid}: PostgreSQL needs a passwd entry for it; add one (on OpenShift with nss_wrapper or an image that does), or name a database of your own in DATABASE_URL"
    )]
    NoName {
        /// The id.
        uid: u32,
    },
    /// The file system can only be read.
    #[error(
        "`{path}` is on a file system that is mounted read-only: choose another data directory, or mount it for writing"
    )]
    ReadOnly {
        /// What was to be written.
        path: PathBuf,
    },
    /// No space.
    #[error("no space left to write `{path}`: free some and start again; nothing that was recorded is lost")]
    StorageFull {
        /// What was to be written.
        path: PathBuf,
    },
    /// No permission.
    #[error("no permission for `{path}`: {hint}")]
    NoPermission {
        /// What was to be read or written.
        path: PathBuf,
        /// What to do.
        hint: String,
    },
    /// Another process holds the lock for too long.
    #[error("another process has been starting or stopping the database in `{base}` for {seconds} seconds: look at {base}/postgres.log", base = .base.display())]
    Busy {
        /// The directory.
        base: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// `initdb` failed.
    #[error("`initdb` could not make the database in `{data}`; it said:\n{said}")]
    Init {
        /// Where.
        data: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// `postgres` did not come up.
    #[error("PostgreSQL did not start; the end of `{log}`:\n{said}", log = .log.display())]
    Start {
        /// The whole log.
        log: PathBuf,
        /// Its last lines.
        said: String,
    },
    /// A server runs in the data directory, but not on its socket.
    #[error(
        "PostgreSQL (process {pid}) runs in `{data}` but does not answer on its socket: stop it with `kill -INT {pid}` and start again"
    )]
    Deaf {
        /// The directory.
        data: PathBuf,
        /// The server's process.
        pid: i32,
    },
    /// It does not stop.
    #[error("PostgreSQL (process {pid}) has not stopped after {seconds} seconds; it is left to finish")]
    NotStopping {
        /// The server's process.
        pid: i32,
        /// How long was waited.
        seconds: u64,
    },
    /// Another failure of the operating system.
    #[error("could not {doing} `{path}`")]
    Io {
        /// A verb.
        doing: &'static str,
        /// The object.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The server answered with an error.
    #[error("could not {doing} in the private database")]
    Sql {
        /// What was tried.
        doing: &'static str,
        /// Why.
        source: sqlx::Error,
    },
}

impl ClusterError {
    /// The user's words for a failure of the operating system at `path`.
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem => ClusterError::ReadOnly { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ClusterError::StorageFull { path },
            io::ErrorKind::PermissionDenied => ClusterError::NoPermission {
                path,
                hint: "choose another data directory, or make this one yours with `chown`".to_owned(),
            },
            _ => ClusterError::Io { doing, path, source },
        }
    }

    /// The words for what a program of PostgreSQL printed before it gave up.
    pub(super) fn said(path: &Path, said: &str) -> Option<Self> {
        if said.contains("No space left on device") || said.contains("Disk quota exceeded") {
            return Some(ClusterError::StorageFull { path: path.to_owned() });
        }
        said.contains("Read-only file system").then(|| ClusterError::ReadOnly { path: path.to_owned() })
    }
}
