//! Finding PostgreSQL's programs, and one whose version fits the data.

use std::collections::BTreeSet;
use std::env::split_paths;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cluster::account::Account;
use crate::cluster::{ClusterError, Options, spawn};

/// The oldest major version that works.
const OLDEST: u32 = 14;

/// A directory with `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    dir: PathBuf,
}

impl Binaries {
    /// The first that works with the data (`made_by` is its PG_VERSION), in the order of [`candidates`].
    pub(super) async fn find(
        options: &Options,
        account: &Account,
        data: &Path,
        made_by: Option<&str>,
    ) -> Result<Binaries, ClusterError> {
        let dirs = match &options.pg_bin {
            Some(dir) => vec![named(dir)?],
            None => candidates(options),
        };
        let mut versions: Vec<(u32, String, PathBuf)> = Vec::new();
        for dir in dirs.iter().filter(|dir| holds_both(dir)) {
            let Some((major, version)) = version(dir, account).await else { continue };
            let fits = made_by.map_or(major >= OLDEST, |wanted| wanted == major.to_string());
            if fits {
                return Ok(Binaries { dir: dir.clone() });
            }
            versions.push((major, version, dir.clone()));
        }
        versions.sort();
        match (versions.pop(), made_by) {
            (None, _) => Err(ClusterError::Missing { looked: list(&dirs) }),
            (Some((_, found, _)), Some(made_by)) => {
                Err(ClusterError::OtherVersion { data: data.to_owned(), made_by: made_by.to_owned(), found })
            }
            (Some((_, found, dir)), None) => Err(ClusterError::TooOld { found, dir, wanted: OLDEST }),
        }
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }
}

fn named(dir: &Path) -> Result<PathBuf, ClusterError> {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    match ["postgres", "initdb"].into_iter().find(|program| !dir.join(program).is_file()) {
        Some(program) => Err(ClusterError::NamedMissing { dir, program }),
        None => Ok(dir),
    }
}

fn holds_both(dir: &Path) -> bool {
    dir.join("postgres").is_file() && dir.join("initdb").is_file()
}

/// Every directory to look in: beside our own program, where distributions put them (newest first), then `$PATH`.
fn candidates(options: &Options) -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    if let Ok(exe) = std::env::current_exe() {
        dirs.extend(exe.parent().map(|dir| dir.join("../lib/holdpoint/postgres/bin")));
    }
    for (parent, prefix) in [
        ("/usr/lib/postgresql", ""),
        ("/opt/homebrew/opt", "postgresql@"),
        ("/usr/local/opt", "postgresql@"),
        ("/usr", "pgsql-"),
        ("/Applications/Postgres.app/Contents/Versions", ""),
    ] {
        dirs.extend(versioned(Path::new(parent), prefix));
    }
    for dir in options.path.iter().flat_map(split_paths) {
        // Debian's PATH holds wrappers and links; the real programs stand where the link points.
        let real = dir.join("postgres").canonicalize().ok();
        dirs.push(real.and_then(|real| real.parent().map(Path::to_owned)).unwrap_or(dir));
    }
    let mut seen = BTreeSet::new();
    dirs.into_iter()
        .map(|dir| dir.canonicalize().unwrap_or(dir))
        .filter(|dir| seen.insert(dir.clone()))
        .collect()
}

/// `parent/<prefix><version>/bin`, the highest version first.
fn versioned(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let major = name.strip_prefix(prefix)?.split('.').next()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, dir)| dir).collect()
}

/// Runs `postgres --version`: the major version, and the whole as printed. None when it does not run.
async fn version(dir: &Path, account: &Account) -> Option<(u32, String)> {
    let output = spawn::command(&dir.join("postgres"), account).arg("--version").output().await.ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

fn parse_version(text: &str) -> Option<(u32, String)> {
    let version = text.split_whitespace().nth(2)?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, version.to_owned()))
}

fn list(dirs: &[PathBuf]) -> String {
    let dirs: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    if dirs.is_empty() { "the usual places".to_owned() } else { dirs.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_postgres_prints() {
        let debian = parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n");
        assert_eq!(debian, Some((15, "15.18".to_owned())));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta2").map(|v| v.0), Some(19));
        assert_eq!(parse_version("postgres: not found"), None);
    }
}
