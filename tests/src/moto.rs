use std::fs::File;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use holdpoint_core::Digest;

use crate::command;

/// A stand-in for AWS on a loopback port. It ends by itself soon after the last test that uses it, however that ends.
#[derive(Debug)]
pub struct Moto {
    dir: PathBuf,
    port: u16,
    /// Open for as long as it is needed.
    _holder: UnixStream,
    private: bool,
}

impl Moto {
    /// The one that all tests share, whichever process they run in: each names what it makes for itself. None, with a
    /// word about it, without Python's moto.
    #[must_use]
    pub fn shared(test: &str) -> Option<Moto> {
        let name = Digest::of(env!("CARGO_MANIFEST_DIR").as_bytes()).short();
        Self::start(std::env::temp_dir().join(format!("hp-moto-{name}")), false, &[], test)
    }

    /// One of this test's own, with these variables in its environment.
    #[must_use]
    pub fn own(test: &str, variables: &[(&str, &str)]) -> Option<Moto> {
        let dir = std::env::temp_dir().join(format!("hp-moto-{}-{test}", std::process::id()));
        Self::start(dir, true, variables, test)
    }

    fn start(dir: PathBuf, private: bool, variables: &[(&str, &str)], test: &str) -> Option<Moto> {
        let Some(python) = python() else {
            eprintln!("skipped: {test} (no Python with moto here)");
            return None;
        };
        std::fs::create_dir_all(&dir).unwrap();
        let lock = File::create(dir.join("lock")).unwrap();
        lock.lock().unwrap();
        let holder = UnixStream::connect(dir.join("holders")).unwrap_or_else(|_| {
            let _ = std::fs::remove_file(dir.join("port"));
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("aws-py/serve_moto.py");
            let mut moto = command(python);
            moto.arg(script).arg(&dir).arg(if private { "0" } else { "3" }).envs(variables.iter().copied());
            moto.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(dir.join("log")).unwrap());
            // It outlives this test, and is not to be ended with it.
            #[expect(clippy::zombie_processes, reason = "it ends after the last process that holds it")]
            let mut child = moto.process_group(0).spawn().unwrap();
            let deadline = Instant::now() + Duration::from_secs(60);
            while !dir.join("port").exists() {
                let ended = child.try_wait().unwrap();
                let log = || std::fs::read_to_string(dir.join("log")).unwrap_or_default();
                assert!(ended.is_none() && Instant::now() < deadline, "moto did not start: {}", log());
                std::thread::sleep(Duration::from_millis(20));
            }
            UnixStream::connect(dir.join("holders")).unwrap()
        });
        let port = std::fs::read_to_string(dir.join("port")).unwrap().parse().unwrap();
        Some(Moto { dir, port, _holder: holder, private })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        if self.private {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// A Python that has moto and boto3.
pub(crate) fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let found = command("python3")
            .args(["-c", "import sys, moto, boto3; print(sys.executable)"])
            .output()
            .ok()?;
        let path = String::from_utf8(found.stdout).ok()?;
        found.status.success().then(|| PathBuf::from(path.trim()))
    };
    PYTHON.get_or_init(find).as_deref()
}
