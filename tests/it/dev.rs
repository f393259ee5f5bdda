//! `holdpoint dev` when something is in the way: a clear message each.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use holdpoint_tests::{Client, Ended, Postgres, Scratch, command, holdpoint, server_in};
use serde_json::Value;

struct Dir(Scratch);

impl Dir {
    /// None where there is no Postgres to run.
    fn new(test: &str) -> Option<Dir> {
        let _postgres = Postgres::shared(test)?;
        Some(Dir(Scratch::new("dev")))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn dev(&self, port: &str) -> Command {
        let mut dev = command(holdpoint());
        dev.args(["dev", "--port", port, "--data-dir"]).arg(self.file("data"));
        dev.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        dev
    }

    fn failing(&self, port: &str) -> Ended {
        let ended = Ended::from(self.dev(port).output().unwrap());
        assert_ne!(ended.code, Some(0), "{ended:?}");
        ended
    }

    fn token(&self) -> String {
        let demo: Value =
            serde_json::from_slice(&std::fs::read(self.file("data/demo.json")).unwrap()).unwrap();
        demo["tokens"]["demo-pipeline"].as_str().unwrap().to_owned()
    }
}

/// A running `holdpoint dev`, killed when dropped.
struct Dev {
    child: Child,
    url: String,
    output: BufReader<ChildStdout>,
}

impl Dev {
    fn start(dir: &Dir) -> Dev {
        let mut child = dir.dev("0").stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut dev = Dev { child, url: String::new(), output };
        while dev.url.is_empty() {
            let mut line = String::new();
            assert!(dev.output.read_line(&mut line).unwrap() > 0, "`holdpoint dev` ended");
            let url = line.trim().strip_prefix("Holdpoint is ready at ");
            dev.url = url.unwrap_or_default().to_owned();
        }
        dev
    }

    fn kill9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn ask(&self, token: &str) -> u16 {
        Client::with_token(&self.url, token).get("/v1/changes").map_or(0, |answer| answer.status)
    }

    fn end(mut self) {
        assert!(command("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_busy_port_is_said_before_anything_is_started() {
    let Some(dir) = Dir::new("a_busy_port_is_said_before_anything_is_started") else { return };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = dir.failing(&port);
    assert!(ended.err.contains(&port) && ended.err.contains("--listen"), "{}", ended.err);
    assert!(!dir.file("data/postgres").exists());
}

#[test]
fn a_postgres_that_is_missing_or_too_old_is_said() {
    let Some(dir) = Dir::new("a_postgres_that_is_missing_or_too_old_is_said") else { return };
    let bin = dir.file("bin");
    std::fs::create_dir(&bin).unwrap();
    let dev = || Ended::from(dir.dev("0").env("HOLDPOINT_PG_BIN", &bin).output().unwrap());
    let missing = dev();
    assert!(
        missing.err.contains("HOLDPOINT_PG_BIN") && missing.err.contains("holds no `postgres`"),
        "{missing:?}"
    );
    for program in ["postgres", "initdb"] {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(bin.join(program), "#!/bin/sh\necho 'postgres (PostgreSQL) 12.3'\n").unwrap();
        std::fs::set_permissions(bin.join(program), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let old = dev();
    assert!(
        old.err.contains("12.3") && old.err.contains("too old") && old.err.contains("apt install"),
        "{old:?}"
    );
}

#[test]
fn data_that_cannot_be_written_or_is_not_ours_is_said() {
    let Some(dir) = Dir::new("data_that_cannot_be_written_or_is_not_ours_is_said") else { return };
    std::fs::write(dir.file("data"), "a file").unwrap();
    let file = dir.failing("0");
    assert!(file.err.contains("data"), "{}", file.err);
    std::fs::remove_file(dir.file("data")).unwrap();
    std::fs::create_dir_all(dir.file("data/postgres/data")).unwrap();
    std::fs::write(dir.file("data/postgres/data/PG_VERSION"), "15\n").unwrap();
    let foreign = dir.failing("0");
    assert!(foreign.err.contains("not a database of Holdpoint's"), "{}", foreign.err);
}

#[test]
fn a_second_start_finds_the_same_data_and_two_share_it() {
    let Some(dir) = Dir::new("a_second_start_finds_the_same_data_and_two_share_it") else { return };
    let first = Dev::start(&dir);
    let token = dir.token();
    assert_eq!(first.ask(&token), 200);
    first.kill9();
    let second = Dev::start(&dir);
    assert_eq!(second.ask(&token), 200, "the data outlived a kill -9");
    let third = Dev::start(&dir);
    assert_eq!(third.ask(&token), 200, "two daemons on the same data");
    second.end();
    assert_eq!(third.ask(&token), 200, "the first to end leaves the database to the other");
    third.end();
    assert_eq!(server_in(&dir.file("data/postgres")), None, "the last one stops it");
}
