use std::path::Path;
use std::process::{Command, Stdio};

use std::os::unix::process::CommandExt;

use crate::cluster::account::Account;

/// A command that will run as `account`, knows nothing of our environment and is not hit by Ctrl-C.
///
/// When the standard library changes the user id as root, it empties the supplementary groups too, which is why no
/// helper program is needed to drop root.
#[expect(clippy::disallowed_methods, reason = "the one place where the database's programs are started")]
pub(super) fn command(program: &Path, account: &Account) -> tokio::process::Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .current_dir("/")
        .stdin(Stdio::null())
        .process_group(0);
    if account.drop_root {
        command.uid(account.uid).gid(account.gid);
    }
    // The server must outlive us; reaping a dead one is left to the runtime.
    tokio::process::Command::from(command)
}
