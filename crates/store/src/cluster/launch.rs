//! From whatever was left behind to a server that answers.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Child;
use tokio::time::{Instant, sleep};

use crate::cluster::account::Account;
use crate::cluster::binaries::Binaries;
use crate::cluster::connect::{Look, look};
use crate::cluster::folder::Folder;
use crate::cluster::init::{self, Found};
use crate::cluster::{ClusterError, How, Options, log, pid, settings, spawn};

/// For how long a start that fails for a passing reason is tried again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Replaying a long write-ahead log after a crash takes its time; as long as the server lives it is waited for.
const RECOVERY: Duration = Duration::from_secs(600);
/// After this long without an answer, a server that nobody holds is stopped and started again.
const DEAF: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(10);

/// Makes the cluster if there is none, starts it if it does not run. Call with the exclusive lock held; `held` says
/// whether another process uses the cluster.
pub(super) async fn running(
    folder: &Folder,
    account: &Account,
    options: &Options,
    held: bool,
) -> Result<How, ClusterError> {
    let changed = settings::write_access(folder, account)?;
    let version = match init::look(folder, account)? {
        Found::Cluster(version) => version,
        Found::Nothing => {
            init::make(folder, account, options).await?;
            start(folder, account, options, None).await?;
            return Ok(How::Initialised);
        }
    };
    if changed {
        pid::reload(folder);
    }
    if attached(folder, held).await? {
        return Ok(How::Reattached);
    }
    pid::disarm_stale(folder)?;
    start(folder, account, options, Some(&version)).await?;
    Ok(How::Started)
}

/// Whether the server runs already; one that is just starting or stopping is waited for.
async fn attached(folder: &Folder, held: bool) -> Result<bool, ClusterError> {
    let (deadline, deaf) = (Instant::now() + PATIENCE, Instant::now() + DEAF);
    loop {
        let seen = look(folder).await?;
        let server = pid::server(folder);
        match (seen, server) {
            (Look::Ours, _) => return Ok(true),
            (Look::Nobody, None) => return Ok(false),
            // Its socket was removed, by a cleaner of temporary files perhaps. Nobody can be using it.
            (Look::Nobody, Some(_)) if !held && Instant::now() >= deaf => pid::shut_down(folder).await?,
            // Starting, stopping, or reading its configuration again.
            _ if Instant::now() < deadline => sleep(POLL).await,
            (Look::Later, Some(_)) if Instant::now() < deadline + RECOVERY => sleep(POLL).await,
            (_, Some(pid)) => {
                return Err(ClusterError::Deaf { data: folder.data(), pid: pid.as_raw_nonzero().get() });
            }
            (_, None) => return Ok(false),
        }
    }
}

async fn start(
    folder: &Folder,
    account: &Account,
    options: &Options,
    made_by: Option<&str>,
) -> Result<(), ClusterError> {
    let binaries = Binaries::find(options, account, &folder.data(), made_by).await?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (file, from) = log::open(&folder.log())?;
        let mut child = serve(&binaries, folder, account, file)?;
        if answers(folder, &mut child).await? {
            return Ok(());
        }
        let said = log::since(&folder.log(), from);
        if Instant::now() >= deadline || !passes(&said) {
            let said = log::last_lines(&said);
            return Err(ClusterError::said(&folder.data(), &said)
                .unwrap_or(ClusterError::Start { log: folder.log(), said }));
        }
        tracing::debug!("the database is not down yet since it was killed; trying again");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Whether a failed start is worth another: after a kill, the old server's children linger for a moment.
fn passes(said: &str) -> bool {
    said.contains("pre-existing shared memory block")
        || said.contains("lock file \"postmaster.pid\" already exists")
        || said.contains("is already in use")
}

fn serve(
    binaries: &Binaries,
    folder: &Folder,
    account: &Account,
    file: std::fs::File,
) -> Result<Child, ClusterError> {
    let again = file.try_clone().map_err(|e| ClusterError::io("open", &folder.log(), e))?;
    spawn::command(&binaries.postgres(), account)
        .args(settings::arguments(folder))
        .stdout(Stdio::from(file))
        .stderr(Stdio::from(again))
        .spawn()
        .map_err(|e| ClusterError::io("run", &binaries.postgres(), e))
}

/// Waits until the server answers; false when it exits instead.
async fn answers(folder: &Folder, child: &mut Child) -> Result<bool, ClusterError> {
    let deadline = Instant::now() + RECOVERY;
    let mut tell = Instant::now() + Duration::from_secs(5);
    loop {
        if let Look::Ours = look(folder).await? {
            return Ok(true);
        }
        let ended = child.try_wait().map_err(|e| ClusterError::io("watch", &folder.data(), e))?;
        if ended.is_some() || Instant::now() >= deadline {
            return Ok(false);
        }
        if Instant::now() >= tell {
            tracing::info!("the database is recovering; see {}", folder.log().display());
            tell += Duration::from_secs(5);
        }
        sleep(POLL).await;
    }
}
