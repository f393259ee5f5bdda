//! The operating system user that the server runs as: PostgreSQL refuses root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::cluster::ClusterError;
use crate::cluster::spawn;

/// A user with its primary group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// We are root and must become this user first.
    pub(super) drop_root: bool,
    /// The name of the user that this process runs as; peer authentication lets in both.
    pub(super) ours: String,
}

impl Account {
    /// Ourselves, or for root: whom the data belongs to, else `postgres`, else `nobody`.
    pub(super) async fn choose(base: &Path) -> Result<Account, ClusterError> {
        let uid = rustix::process::geteuid().as_raw();
        let us = by_id(uid).await?;
        if uid != 0 {
            return Ok(Account { ours: us.name.clone(), ..us });
        }
        let mut account = match owner(base) {
            Some(uid) => by_id(uid).await?,
            None => {
                by_name("postgres").or_else(|| by_name("nobody")).ok_or(ClusterError::NoName { uid: 0 })?
            }
        };
        if account.name == "nobody" {
            tracing::warn!(
                "the database server runs as `nobody`, a user shared with other services: create one with `useradd --system postgres`"
            );
        }
        account.drop_root = true;
        account.ours = us.name;
        Ok(account)
    }

    /// Whether this user may pass through a directory, as far as its permission bits tell.
    pub(super) fn may_enter(&self, folder: &fs::Metadata) -> bool {
        let bit = if folder.uid() == self.uid {
            0o100
        } else if folder.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        folder.mode() & bit != 0
    }
}

/// The user whom an existing cluster, or a directory that was prepared for one, belongs to; never root.
fn owner(base: &Path) -> Option<u32> {
    [base.join("data"), base.to_owned()]
        .iter()
        .find_map(|path| fs::symlink_metadata(path).ok())
        .map(|found| found.uid())
        .filter(|uid| *uid != 0)
}

fn by_name(name: &str) -> Option<Account> {
    passwd().find(|account| account.name == name)
}

async fn by_id(uid: u32) -> Result<Account, ClusterError> {
    if let Some(account) = passwd().find(|account| account.uid == uid) {
        return Ok(account);
    }
    // Users of a directory service stand in no file.
    let us = Account { name: String::new(), uid, gid: 0, drop_root: false, ours: String::new() };
    let output = spawn::command(Path::new("getent"), &us).args(["passwd", &uid.to_string()]).output().await;
    let line = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    line.lines().find_map(parse).filter(|account| account.uid == uid).ok_or(ClusterError::NoName { uid })
}

fn passwd() -> impl Iterator<Item = Account> {
    let text = fs::read("/etc/passwd").unwrap_or_default();
    let accounts: Vec<Account> = String::from_utf8_lossy(&text).lines().filter_map(parse).collect();
    accounts.into_iter()
}

fn parse(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    (!name.is_empty()).then_some(Account { name, uid, gid, drop_root: false, ours: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passwd_line_gives_name_and_ids() {
        let account = parse("postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash");
        assert_eq!(account.map(|a| (a.name, a.uid, a.gid)), Some(("postgres".to_owned(), 101, 104)));
        assert_eq!(parse("+::::::"), None);
        assert_eq!(parse(""), None);
    }
}
