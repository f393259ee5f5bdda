use std::fs::OpenOptions;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use crate::{Client, command, holdpoint};

/// A running `holdpoint serve`. Killed when dropped; when the test has failed, the end of its log is shown.
#[derive(Debug)]
pub struct Daemon {
    config: PathBuf,
    log: PathBuf,
    port: u16,
    aws_port: u16,
    variables: Vec<(String, String)>,
    child: Option<Child>,
}

impl Daemon {
    /// Starts a replica from the settings given as TOML, in `dir`, and waits until it is ready.
    #[must_use]
    pub fn start(dir: &Path, name: &str, settings: &str) -> Daemon {
        Self::start_with(dir, name, settings, &[])
    }

    /// The same, with further variables in its environment.
    #[must_use]
    pub fn start_with(dir: &Path, name: &str, settings: &str, variables: &[(String, String)]) -> Daemon {
        let mut daemon = Self::prepare(dir, name, settings);
        daemon.variables = variables.to_vec();
        daemon.restart();
        daemon
    }

    fn prepare(dir: &Path, name: &str, settings: &str) -> Daemon {
        let (port, aws_port) = (free_port(), free_port());
        let config = dir.join(format!("{name}.toml"));
        // Only tests of the AWS gateway serve it.
        let aws = if settings.contains("aws.") {
            format!("aws.listen = \"127.0.0.1:{aws_port}\"\n")
        } else {
            "aws.enabled = false\n".to_owned()
        };
        std::fs::write(&config, format!("listen = \"127.0.0.1:{port}\"\n{aws}{settings}")).unwrap();
        Daemon {
            log: dir.join(format!("{name}.log")),
            config,
            port,
            aws_port,
            variables: Vec::new(),
            child: None,
        }
    }

    /// Where its gateway for AWS's clients listens.
    #[must_use]
    pub fn aws_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.aws_port)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its configuration file.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Its process.
    ///
    /// # Panics
    /// If it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Starts it without waiting.
    pub fn launch(&mut self) {
        let log = OpenOptions::new().append(true).create(true).open(&self.log).unwrap();
        let mut serve = command(holdpoint());
        serve.args(["serve", "--config"]).arg(&self.config);
        // No daemon under test looks for the credentials of the machine that it runs on.
        serve.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret-of-the-tests");
        serve.envs(self.variables.iter().cloned());
        serve.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.child = Some(serve.spawn().unwrap());
    }

    /// Starts it, again on the same port, and waits until it is ready.
    pub fn restart(&mut self) {
        self.launch();
        self.wait_until_ready();
    }

    /// Waits until `/readyz` says so.
    ///
    /// # Panics
    /// If it ends, or is not ready within half a minute.
    pub fn wait_until_ready(&mut self) {
        let client = Client::anonymous(&self.url());
        let deadline = Instant::now() + Duration::from_secs(30);
        while client.get("/readyz").is_none_or(|answer| answer.status != 200) {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().unwrap());
            assert!(ended.is_none(), "the daemon ended: {ended:?}\n{}", self.log_tail());
            assert!(Instant::now() < deadline, "the daemon is not ready\n{}", self.log_tail());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// kill -9.
    pub fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to end and waits.
    ///
    /// # Panics
    /// If it does not end well.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            assert!(command("kill").arg(child.id().to_string()).status().unwrap().success());
            let status = child.wait().unwrap();
            assert!(status.success(), "the daemon ended with {status}\n{}", self.log_tail());
        }
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let text = self.log();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill9();
        if std::thread::panicking() {
            eprintln!("-- the end of {}:\n{}\n--", self.log.display(), self.log_tail());
        }
    }
}

/// A port that nobody listens on, below the range that outgoing connections are given, so that it is still free
/// when a killed daemon comes back to it.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let offset = NEXT.fetch_add(1, Ordering::Relaxed);
        let spread = u16::try_from(std::process::id() % 1_000).unwrap() * 12;
        let port = 12_000 + (spread + offset) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
