//! The quick start of `README.md`, command by command, against a real daemon. Only the browser is left out: the two
//! reviewers answer by the command line.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use holdpoint_tests::{command, holdpoint};
use serde_json::Value;

/// The commands between `<!-- walk: begin -->` and `<!-- walk: end -->`, one text for each such stretch.
fn stretches(readme: &str) -> Vec<String> {
    readme
        .split("<!-- walk: begin -->")
        .skip(1)
        .filter_map(|rest| rest.split_once("<!-- walk: end -->"))
        .map(|(stretch, _)| {
            let mut fenced = false;
            let mut commands = String::new();
            for line in stretch.lines() {
                if line.starts_with("```") {
                    fenced = !fenced;
                } else if fenced {
                    commands.push_str(line);
                    commands.push('\n');
                }
            }
            commands
        })
        .collect()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A directory that another user's Postgres can reach, with a copy of the shop in it.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("holdpoint-walk-{}", std::process::id()));
        let place = Self(path);
        for folder in ["examples/shop", "examples/shop/modules/web"] {
            std::fs::create_dir_all(place.0.join(folder)).unwrap();
            let file = format!("{folder}/main.tf");
            std::fs::copy(repository().join(&file), place.0.join(&file)).unwrap();
        }
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `holdpoint dev`; ended politely, so that its Postgres ends too.
struct Dev {
    process: Child,
    url: String,
    demo: Value,
    /// Held open, or what the daemon says later would have nowhere to go.
    _stdout: std::io::Lines<BufReader<ChildStdout>>,
}

impl Dev {
    fn start(place: &Path) -> Self {
        let data = place.join("data");
        let mut process = command(holdpoint())
            .args(["dev", "--port", "0", "--data-dir"])
            .arg(&data)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        while let Some(Ok(line)) = lines.next() {
            let url = line.strip_prefix("Holdpoint is ready at ").map(str::to_owned);
            said.push(line);
            if let Some(url) = url {
                let demo = std::fs::read(data.join("demo.json")).unwrap();
                return Self { process, url, demo: serde_json::from_slice(&demo).unwrap(), _stdout: lines };
            }
        }
        let _ = process.kill();
        let _ = process.wait();
        panic!("`holdpoint dev` did not say that it is ready:\n{}", said.join("\n"));
    }

    /// A shell command in the second shell, as one of the demo's cast.
    fn shell(&self, who: &str, place: &Path, script: &str) -> Command {
        let mut shell = command("bash");
        let path = format!("{}:{}", holdpoint().parent().unwrap().display(), env_path());
        shell
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(place)
            .stdin(Stdio::null())
            .env("PATH", path)
            .env("HOLDPOINT_URL", &self.url)
            .env("HOLDPOINT_TOKEN", self.demo["tokens"][who].as_str().unwrap());
        shell
    }

    fn held(&self, place: &Path) -> Option<String> {
        let output =
            self.shell("demo-pipeline", place, "holdpoint list --state held --output json").output().unwrap();
        let page: Value = serde_json::from_slice(&output.stdout).ok()?;
        page["changes"][0]["id"].as_str().map(str::to_owned)
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = command("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "the built binary is put before what is on the PATH")]
fn env_path() -> String {
    std::env::var("PATH").unwrap_or_default()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_quick_start_of_the_readme_works() {
    if command("terraform").arg("version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: terraform is not installed");
        return;
    }
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let stretches = stretches(&readme);
    let [until_held, carry_out] = stretches.as_slice() else {
        panic!("the quick start has two stretches of commands, found {}", stretches.len());
    };
    let place = Place::new();
    let dev = Dev::start(&place.0);

    let waiting = dev
        .shell("demo-pipeline", &place.0, until_held)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let change = loop {
        if let Some(change) = dev.held(&place.0) {
            break change;
        }
        if started.elapsed() > Duration::from_secs(120) {
            let output = waiting.wait_with_output().unwrap();
            panic!("no change is held after two minutes:\n{}", text(&output));
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    for reviewer in ["ada", "grace"] {
        let script =
            format!("holdpoint approve {change} --comment 'the shop is for trying out; nothing is lost'");
        let output = dev.shell(reviewer, &place.0, &script).output().unwrap();
        assert!(output.status.success(), "{reviewer}: {}", text(&output));
    }
    let output = waiting.wait_with_output().unwrap();
    assert!(output.status.success(), "submit --wait: {}", text(&output));
    assert!(text(&output).contains(&change), "the waiting command names the change: {}", text(&output));

    let carry_out = format!("cd examples/shop\n{}", carry_out.replace("chg_…", &change));
    let output = dev.shell("demo-pipeline", &place.0, &carry_out).output().unwrap();
    assert!(output.status.success(), "exec: {}", text(&output));
    assert!(text(&output).contains("6 destroyed"), "terraform's own words are shown: {}", text(&output));

    let output = dev.shell("demo-pipeline", &place.0, &carry_out).output().unwrap();
    assert_eq!(output.status.code(), Some(77), "a second exec is refused: {}", text(&output));
    let show = format!("holdpoint show {change} --output json");
    let output = dev.shell("demo-pipeline", &place.0, &show).output().unwrap();
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(view["state"], "applied", "{}", text(&output));
}

#[test]
fn only_marked_commands_are_walked() {
    let readme = "```sh\nno\n```\n<!-- walk: begin -->\n```sh\none\n```\nprose\n```sh\ntwo\n```\n<!-- walk: end -->\nno";
    assert_eq!(stretches(readme), ["one\ntwo\n"]);
}
