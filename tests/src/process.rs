use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The one place where the tests prepare a process.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "scenarios are made of real processes")]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// The binary under test: the one that was built beside this test program; built now if it is missing.
#[must_use]
pub fn holdpoint() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        let binary = profile.join("holdpoint");
        if !binary.is_file() {
            let mut build = command("cargo");
            build
                .args(["build", "--locked", "--package", "holdpoint"])
                .current_dir(env!("CARGO_MANIFEST_DIR"));
            build.arg("--target-dir").arg(profile.parent().unwrap());
            if profile.ends_with("release") {
                build.arg("--release");
            }
            assert!(build.status().unwrap().success(), "`cargo build --package holdpoint` failed");
        }
        binary
    })
}

/// This very test program, to run one of its tests in a process of its own.
#[must_use]
pub fn second_self(test: &str) -> Command {
    let mut child = command(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture", "--include-ignored"]);
    child
}

/// How a command ended, with what it said.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none when it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// Standard output as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless it ended with this code.
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }
}
