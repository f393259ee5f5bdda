//! `postmaster.pid`: whether it speaks of a server that lives, and how to stop that one.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::time::{Instant, sleep};

use crate::cluster::ClusterError;
use crate::cluster::folder::{Folder, NO_FOLLOW};

const PATIENCE: Duration = Duration::from_secs(60);

/// The server that runs in the data directory, if one does.
pub(super) fn server(folder: &Folder) -> Option<Pid> {
    let pid = recorded(folder)?;
    lives(pid, &folder.data()).then_some(pid)
}

fn recorded(folder: &Folder) -> Option<Pid> {
    let text = fs::read_to_string(folder.data().join("postmaster.pid")).ok()?;
    // A standalone backend writes its id negated.
    let pid: i32 = text.lines().next()?.trim().parse().ok()?;
    Pid::from_raw(pid.checked_abs()?)
}

/// A process id is given again after a while, so its working directory decides: a server works in its data.
#[cfg(target_os = "linux")]
fn lives(pid: Pid, data: &Path) -> bool {
    if test_kill_process(pid).is_err_and(|e| e == rustix::io::Errno::SRCH) {
        return false;
    }
    fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())).is_ok_and(|cwd| cwd == data)
}

#[cfg(not(target_os = "linux"))]
fn lives(pid: Pid, _data: &Path) -> bool {
    test_kill_process(pid).is_ok()
}

/// Disarms a pid file that names a living process which is not the server: PostgreSQL itself only sees that the process
/// exists, and would refuse to start for ever. Call with the exclusive lock held.
///
/// The file is not removed, because its other lines tell PostgreSQL which shared memory to check for children of the
/// dead server. Our own id stands in instead: PostgreSQL knows that its parent is not another server.
pub(super) fn disarm_stale(folder: &Folder) -> Result<(), ClusterError> {
    let Some(pid) = recorded(folder) else { return Ok(()) };
    if !cfg!(target_os = "linux") || test_kill_process(pid).is_err() || lives(pid, &folder.data()) {
        return Ok(());
    }
    let path = folder.data().join("postmaster.pid");
    let text = fs::read_to_string(&path).map_err(|e| ClusterError::io("read", &path, e))?;
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    let text = format!("{}\n{rest}", std::process::id());
    let written = OpenOptions::new()
        .write(true)
        .truncate(true)
        .custom_flags(NO_FOLLOW)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|e| ClusterError::io("write", &path, e))
}

/// Tells the server to read its configuration again.
pub(super) fn reload(folder: &Folder) {
    if let Some(pid) = server(folder) {
        let _ = kill_process(pid, Signal::HUP);
    }
}

/// Ends all connections, writes a checkpoint and stops; waits until the process is gone.
pub(super) async fn shut_down(folder: &Folder) -> Result<(), ClusterError> {
    let Some(pid) = server(folder) else { return Ok(()) };
    if let Err(e) = kill_process(pid, Signal::INT) {
        return match e {
            rustix::io::Errno::SRCH => Ok(()),
            other => Err(ClusterError::io("stop the server in", &folder.data(), other.into())),
        };
    }
    let deadline = Instant::now() + PATIENCE;
    while lives(pid, &folder.data()) {
        if Instant::now() >= deadline {
            let seconds = PATIENCE.as_secs();
            return Err(ClusterError::NotStopping { pid: pid.as_raw_nonzero().get(), seconds });
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
