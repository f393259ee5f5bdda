use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

use holdpoint_core::Digest;
use holdpoint_store::cluster::{Cluster, How, Options};
use tokio::runtime::Runtime;

use crate::command;

/// A private cluster for tests. All test processes share one, which the last of them stops; its files stay, so that
/// the next run starts warm.
#[derive(Debug)]
pub struct Postgres {
    base: PathBuf,
    cluster: Mutex<Option<Cluster>>,
    runtime: Runtime,
    /// Removed with the cluster; only for a cluster of its own.
    private: bool,
    pub(crate) how: How,
}

static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
static NEXT: AtomicU32 = AtomicU32::new(0);

fn number() -> u32 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Postgres {
    /// The cluster that all tests share. None, with a word about it, where there is no Postgres.
    #[must_use]
    pub fn shared(test: &str) -> Option<Arc<Postgres>> {
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = shared.upgrade() {
            return Some(found);
        }
        // Two checkouts do not share: their schemas may differ.
        let name = Digest::of(env!("CARGO_MANIFEST_DIR").as_bytes()).short();
        let made = Arc::new(Self::start(std::env::temp_dir().join(format!("hp-tests-{name}")), false, test)?);
        *shared = Arc::downgrade(&made);
        Some(made)
    }

    /// A cluster that a test may stop and kill as it likes.
    #[must_use]
    pub fn own(test: &str) -> Option<Arc<Postgres>> {
        let name = format!("hp-own-{}-{}", std::process::id(), number());
        Some(Arc::new(Self::start(std::env::temp_dir().join(name), true, test)?))
    }

    /// As [`Postgres::own`], with its files in a place of the test's choice.
    #[must_use]
    pub fn own_in(base: &Path, test: &str) -> Option<Arc<Postgres>> {
        Some(Arc::new(Self::start(base.to_owned(), true, test)?))
    }

    fn start(base: PathBuf, private: bool, test: &str) -> Option<Postgres> {
        if !available() {
            eprintln!("skipped: {test} (no PostgreSQL here)");
            return None;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let cluster = runtime.block_on(Cluster::ensure(&base, &options())).unwrap();
        let how = cluster.how();
        Some(Postgres { base, cluster: Mutex::new(Some(cluster)), runtime, private, how })
    }

    /// Where its files are, and what the harness keeps beside them.
    #[must_use]
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Stops it, as an administrator would.
    pub fn stop(&self) {
        if let Some(cluster) = self.cluster.lock().unwrap().take() {
            self.runtime.block_on(cluster.stop()).unwrap();
        }
    }

    /// Starts it again.
    pub fn start_again(&self) {
        let cluster = self.runtime.block_on(Cluster::ensure(&self.base, &options())).unwrap();
        *self.cluster.lock().unwrap() = Some(cluster);
    }

    /// kill -9 of the server.
    pub fn kill9(&self) {
        kill9_in(&self.base);
    }

    fn tool(&self, name: &str) -> std::process::Command {
        let mut tool = command(tool(name));
        tool.arg("-h").arg(self.base.join("socket")).args(["-p", "5432", "-U", "holdpoint", "-w"]);
        tool.stdin(Stdio::null());
        tool
    }

    pub(crate) fn create(&self, name: &str, from: Option<&str>) {
        let mut tool = self.tool("createdb");
        tool.args(["-O", "holdpoint_owner"]);
        if let Some(from) = from {
            tool.args(["-T", from]);
        }
        let output = tool.arg(name).output().unwrap();
        assert!(output.status.success(), "createdb: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn remove(&self, name: &str) {
        let _ = self.tool("dropdb").args(["--if-exists", "--force", name]).output();
    }

    pub(crate) fn databases(&self) -> Vec<String> {
        let mut psql = self.tool("psql");
        let output = psql.args(["-d", "postgres", "-lAt"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().filter_map(|line| line.split_once('|')).map(|(name, _)| name.to_owned()).collect()
    }

    pub(crate) fn url(&self, database: &str, role: &str) -> String {
        let socket = self.base.join("socket");
        format!("postgres:///{database}?host={}&port=5432&user={role}&sslmode=disable", socket.display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(cluster) = self.cluster.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
            && let Err(error) = self.runtime.block_on(cluster.stop())
        {
            eprintln!("the tests' Postgres was not stopped: {error}");
        }
        if self.private {
            let _ = std::fs::remove_dir_all(&self.base);
        }
    }
}

/// A database of its own, dropped with the value.
#[derive(Debug)]
pub struct Database {
    /// The cluster it is in.
    pub postgres: Arc<Postgres>,
    /// Its name.
    pub name: String,
}

impl Database {
    /// A copy of `template`.
    pub(crate) fn copy(postgres: &Arc<Postgres>, template: &str) -> Database {
        let name = format!("t_{}_{}", std::process::id(), number());
        postgres.create(&name, Some(template));
        Database { postgres: postgres.clone(), name }
    }

    /// The daemon's URL.
    #[must_use]
    pub fn app_url(&self) -> String {
        self.postgres.url(&self.name, "holdpoint_app")
    }
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Held(std::process::Child);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Database {
    /// One value, as an administrator sees it.
    #[must_use]
    pub fn ask(&self, query: &str) -> String {
        let output = self.postgres.tool("psql").args(["-d", &self.name, "-Atc", query]).output().unwrap();
        assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs a statement in a transaction that stays open until the value is dropped.
    #[must_use]
    pub fn hold(&self, statement: &str) -> Held {
        use std::io::{BufRead as _, BufReader, Write as _};
        let mut psql = self.postgres.tool("psql");
        psql.args(["-d", &self.name, "-At"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = psql.spawn().unwrap();
        let stdin = child.stdin.as_mut().unwrap();
        writeln!(stdin, "begin; {statement}; select 'held';").unwrap();
        stdin.flush().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.is_ok_and(|line| line == "held")), "{statement}");
        Held(child)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.postgres.remove(&self.name);
    }
}

/// The process of the server whose cluster is in `base`, as its own file names it.
#[must_use]
pub fn server_in(base: &Path) -> Option<String> {
    let file = std::fs::read_to_string(base.join("data/postmaster.pid")).ok()?;
    file.lines().next().map(str::to_owned)
}

/// kill -9 of the server whose cluster is in `base`.
pub fn kill9_in(base: &Path) {
    let pid = server_in(base).expect("no server runs");
    assert!(command("kill").args(["-KILL", &pid]).status().unwrap().success());
}

fn options() -> Options {
    Options { pg_bin: None, path: Some("/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin".into()) }
}

fn available() -> bool {
    tool("postgres").is_absolute()
}

/// Where distributions put PostgreSQL's tools, the newest version first; the bare name, to be found on the PATH, else.
fn tool(name: &str) -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin").join(name)))
        })
        .filter(|(_, path)| path.is_file())
        .collect();
    versions.sort();
    let linked = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"].map(|dir| Path::new(dir).join(name));
    let linked = linked.into_iter().find(|path| path.is_file());
    versions.pop().map(|(_, path)| path).or(linked).unwrap_or_else(|| PathBuf::from(name))
}
