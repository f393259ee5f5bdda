//! A directory for one cluster, other processes that hold it, and a way to look inside.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use holdpoint_store::cluster::{Cluster, ClusterError, How, Options};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use tokio::sync::OnceCell;

const BASE: &str = "HOLDPOINT_TEST_CLUSTER";

/// A place for a cluster; what runs in it is killed and the directory removed when the test ends.
pub(crate) struct Place {
    pub(crate) root: PathBuf,
    pub(crate) base: PathBuf,
}

impl Place {
    /// None, with a word about it, where there is no Postgres to test with.
    pub(crate) fn new(test: &str) -> Option<Place> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if !Path::new("/usr/lib/postgresql").is_dir() && find("initdb").is_none() {
            eprintln!("skipped: {test} (no PostgreSQL here)");
            return None;
        }
        let root = std::env::temp_dir().canonicalize().unwrap().join(format!(
            "hp-cluster-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        fs::create_dir(&root).unwrap();
        Some(Place { base: root.join("db"), root })
    }

    /// As [`Place::new`], with a stopped cluster in it, copied from one that is made once in a run.
    pub(crate) async fn stopped(test: &str) -> Option<Place> {
        static MADE: OnceCell<PathBuf> = OnceCell::const_new();
        let place = Place::new(test)?;
        let from = MADE.get_or_init(template).await;
        assert!(command("cp").arg("-a").arg(from).arg(&place.base).status().unwrap().success());
        Some(place)
    }

    pub(crate) async fn ensure(&self) -> Result<Cluster, ClusterError> {
        Cluster::ensure(&self.base, &options()).await
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.base.join("data")
    }

    /// The process id in postmaster.pid.
    pub(crate) fn postmaster(&self) -> Option<i32> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    pub(crate) fn kill_postmaster(&self) {
        assert!(kill("-KILL", self.postmaster().unwrap()));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster() {
            // A stale file may name anyone: only a server that works in our directory is stopped.
            if fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == self.data()) {
                kill("-QUIT", pid);
            }
        }
        for _ in 0..50 {
            if fs::remove_dir_all(&self.root).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

/// Makes a cluster, stops it and keeps it under the target directory. What processes that are gone left there is
/// removed; others may be at work beside this one, as a runner with a process for each test has it.
async fn template() -> PathBuf {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for old in fs::read_dir(kept).into_iter().flatten().filter_map(Result::ok) {
        let name = old.file_name().to_string_lossy().into_owned();
        let left = name.strip_prefix("cluster-").is_some_and(|pid| !Path::new("/proc").join(pid).exists());
        if left {
            let _ = fs::remove_dir_all(old.path());
        }
    }
    let place = Place::new("template").unwrap();
    place.ensure().await.unwrap().stop().await.unwrap();
    let kept = kept.join(format!("cluster-{}", std::process::id()));
    assert!(command("cp").arg("-a").arg(&place.base).arg(&kept).status().unwrap().success());
    kept
}

pub(crate) fn options() -> Options {
    Options { pg_bin: None, path: Some("/usr/local/bin:/usr/bin:/bin".into()) }
}

#[expect(clippy::disallowed_methods, reason = "tests start real processes")]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

pub(crate) fn kill(signal: &str, pid: i32) -> bool {
    command("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status().unwrap().success()
}

pub(crate) fn find(program: &str) -> Option<PathBuf> {
    ["/usr/local/bin", "/usr/bin", "/bin"]
        .iter()
        .map(|dir| Path::new(dir).join(program))
        .find(|p| p.is_file())
}

pub(crate) fn root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0)
}

/// Runs a command as the user that owns `path`.
pub(crate) fn as_owner(path: &Path, program: &str) -> Command {
    let owner = fs::metadata(path).unwrap();
    let mut command = command(program);
    if root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command
}

pub(crate) async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

pub(crate) async fn run(url: &str, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connect(url).await).await.unwrap();
}

pub(crate) async fn ask(url: &str, sql: &str) -> String {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connect(url).await).await.unwrap()
}

/// Another process that holds the cluster: this very test program, running `child` below.
pub(crate) struct Holder {
    pub(crate) child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Holder {
    pub(crate) fn spawn(base: &Path) -> Holder {
        let mut child = command(std::env::current_exe().unwrap())
            .args(["--exact", "support::child", "--nocapture"])
            .env(BASE, base)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Holder { child, lines }
    }

    /// Waits until it has the cluster; what it took.
    pub(crate) fn how(&mut self) -> String {
        self.line("how ")
    }

    /// Asks it to stop the cluster and waits until it has.
    pub(crate) fn stop(mut self) {
        writeln!(self.child.stdin.as_mut().unwrap(), "stop").unwrap();
        assert_eq!(self.line("stopped "), "Ok");
        self.child.wait().unwrap();
    }

    pub(crate) fn kill9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn line(&mut self, start: &str) -> String {
        let mut lines = self.lines.by_ref().map(Result::unwrap);
        // The test harness may put words of its own before the first.
        let line = lines.find_map(|line| line.split_once(start).map(|(_, rest)| rest.to_owned()));
        line.expect("the other process ended without a word")
    }
}

/// Not a test by itself: what [`Holder`] runs.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "how a test program tells its own second copy what to do")]
async fn child() {
    let Some(base) = std::env::var_os(BASE) else { return };
    let cluster = Cluster::ensure(Path::new(&base), &options()).await;
    let how = match &cluster {
        Ok(cluster) => match cluster.how() {
            How::Initialised => "Initialised",
            How::Started => "Started",
            How::Reattached => "Reattached",
        },
        Err(_) => "Failed",
    };
    println!("how {how}");
    let cluster = cluster.unwrap();
    std::io::stdin().lock().lines().next();
    println!("stopped {}", if cluster.stop().await.is_ok() { "Ok" } else { "Err" });
}
