use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::postgres::{kill9_in, server_in};

/// A directory for a daemon with its private Postgres. Removed when dropped, after killing what a failed test left.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new one.
    #[must_use]
    pub fn new(name: &str) -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hp-{name}-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Scratch(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for base in [self.0.join("postgres"), self.0.join("data/postgres")] {
            // A stale file may name any process by now; only one that works in our directory is the server.
            let cwd = server_in(&base).and_then(|pid| std::fs::read_link(format!("/proc/{pid}/cwd")).ok());
            if cwd == Some(base.join("data")) {
                kill9_in(&base);
            }
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
