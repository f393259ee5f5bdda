//! Making a cluster: aside, complete, flushed, and only then under its name. A half-made one is never used.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::cluster::account::Account;
use crate::cluster::binaries::Binaries;
use crate::cluster::folder::{Folder, not_ours, private};
use crate::cluster::settings::SUPERUSER;
use crate::cluster::{ClusterError, Options, log, spawn};

/// Marks a cluster as ours; the number is the layout's.
const MARK: &str = "holdpoint.cluster";

/// What is in the place of the data.
pub(super) enum Found {
    /// Nothing yet.
    Nothing,
    /// Our cluster, made by this major version.
    Cluster(String),
}

/// Looks at the data directory, and refuses one that we did not make.
pub(super) fn look(folder: &Folder, account: &Account) -> Result<Found, ClusterError> {
    let data = folder.data();
    let entries = match fs::read_dir(&data) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
            return Err(not_ours(
                &data,
                "is not a directory: move it away, or choose another place for the data",
            ));
        }
        Err(e) => return Err(ClusterError::io("read", &data, e)),
    };
    if entries.count() == 0 {
        return Ok(Found::Nothing);
    }
    if !data.join(MARK).is_file() {
        return Err(not_ours(
            &data,
            "exists and is not a database of Holdpoint's: move it away, or choose another place for the data",
        ));
    }
    let found = fs::metadata(&data).map_err(|e| ClusterError::io("look at", &data, e))?;
    if found.uid() != account.uid {
        let why = format!(
            "belongs to user id {}, not to `{}`: `chown -R {}` it",
            found.uid(),
            account.name,
            account.name
        );
        return Err(not_ours(&data, &why));
    }
    let version = data.join("PG_VERSION");
    let version =
        fs::read_to_string(&version).map_err(|e| ClusterError::io("read", &version, e))?.trim().to_owned();
    Ok(Found::Cluster(version))
}

/// Runs `initdb` aside, flushes, and renames.
pub(super) async fn make(folder: &Folder, account: &Account, options: &Options) -> Result<(), ClusterError> {
    let binaries = Binaries::find(options, account, &folder.data(), None).await?;
    let unfinished = folder.unfinished();
    discard(&folder.base);
    private(&unfinished, account)?;
    let output = spawn::command(&binaries.initdb(), account)
        .arg("-D")
        .arg(&unfinished)
        .args(["-U", SUPERUSER, "--auth-local=peer", "--auth-host=reject", "--data-checksums"])
        .args(["--encoding=UTF8", "--locale=C", "--no-instructions"])
        // One flush of the file system at the end costs a fraction of initdb's own, file by file.
        .args(cfg!(target_os = "linux").then_some("--no-sync"))
        .output()
        .await
        .map_err(|e| ClusterError::io("run", &binaries.initdb(), e))?;
    if !output.status.success() {
        let said = log::last_lines(&String::from_utf8_lossy(&output.stderr));
        return Err(
            ClusterError::said(&unfinished, &said).unwrap_or(ClusterError::Init { data: unfinished, said })
        );
    }
    let mark = unfinished.join(MARK);
    let file = File::create_new(&mark).and_then(|mut file| file.write_all(b"1\n").map(|()| file));
    flush(&file.map_err(|e| ClusterError::io("write", &mark, e))?, &mark)?;
    fs::rename(&unfinished, folder.data()).map_err(|e| ClusterError::io("create", &folder.data(), e))?;
    // By now, an `initdb` that was left behind has ended too.
    discard(&folder.base);
    let base = File::open(&folder.base).and_then(|base| base.sync_all());
    base.map_err(|e| ClusterError::io("flush", &folder.base, e))
}

/// Removes what killed starts left behind; nothing was ever recorded in it. What cannot be removed only takes space.
fn discard(base: &Path) {
    let entries = fs::read_dir(base).into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"data.new")) {
        if let Err(error) = fs::remove_dir_all(entry.path()) {
            tracing::warn!(%error, "could not remove the half-made `{}`", entry.path().display());
        }
    }
}

fn flush(file: &File, mark: &Path) -> Result<(), ClusterError> {
    file.sync_all().map_err(|e| ClusterError::io("flush", mark, e))?;
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(file).map_err(|e| ClusterError::io("flush", mark, e.into()))?;
    Ok(())
}
