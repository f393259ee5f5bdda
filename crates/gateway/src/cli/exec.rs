//! `holdpoint exec`: check that this is exactly what was released, claim the grant, run the command, report the outcome.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use holdpoint_core::diff::differences;
use holdpoint_core::{AttemptId, Change, Format, Outcome, Source};
use holdpoint_intake::Patterns;

use crate::api::ChangeView;
use crate::api::claim::Claimed;
use crate::cli::aws;
use crate::cli::client::{Client, Connection, Trouble, patiently};
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::{self, Plan, Private};
use crate::cli::print;
use crate::judge::{self, Read};

/// Carry out a released change, once.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  holdpoint exec chg_01J9Z0M5E8Q1V7T3R2K4N6P8S0 --plan tfplan -- terraform apply tfplan\n\nThe command must name the plan file; it is given a private copy of exactly the plan that was checked.\nExit: the command's own code when it ran; 77 refused, 65 not readable, 69 daemon not reached."
)]
pub(crate) struct Exec {
    /// The change.
    change: String,
    /// Terraform's binary plan that is about to be applied.
    #[arg(long, value_name = "TFPLAN", required_unless_present = "script")]
    plan: Option<PathBuf>,
    /// The shell script that was released, instead of a plan: exactly its text is run by bash.
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    script: Option<PathBuf>,
    /// The tool that renders the binary plan.
    #[arg(long, value_name = "PROGRAM", default_value = "terraform")]
    tool: String,
    /// Leave AWS credentials as they are. The command then uses its own, whose calls Holdpoint does not see.
    #[arg(long)]
    own_credentials: bool,
    /// The command that applies the plan.
    #[arg(
        last = true,
        required_unless_present = "script",
        conflicts_with = "script",
        value_name = "COMMAND"
    )]
    command: Vec<String>,
}

/// How long a lost daemon is waited for before and after the command.
const PATIENCE: Duration = Duration::from_secs(60);

/// How exec ends: with the command's own code, or with one of ours.
pub(crate) enum Ended {
    Command(i32),
    Ours(Exit),
}

/// What is about to be carried out.
struct Ready {
    /// The command, on the private copy.
    argv: Vec<String>,
    /// The command as it was typed.
    shown: String,
    read: Read,
    source: Source,
    /// Removed when the command has ended.
    _copy: Private,
}

impl Exec {
    pub(crate) fn run(self, connection: &Connection) -> Result<Ended, Failure> {
        let client = connection.open()?;
        let ready = self.ready()?;
        let attempt = AttemptId::new(crate::clock::now(), crate::random::id_bits()?);
        let claimed = match self.claim(&client, attempt, &ready) {
            Err(failure) if failure.code == "other_digest" => {
                return Err(self.with_differences(&client, &ready.read.change, failure));
            }
            claimed => claimed?,
        };
        print::say(&format!("claimed {}: running {}", self.change, print::plain(&ready.shown)));
        let lease = Duration::from_secs(u64::from(claimed.lease_seconds));
        let access = claimed.aws.filter(|_| !self.own_credentials);
        let variables = access.map(|access| aws::variables(&access, None)).unwrap_or_default();
        let ran = run(&client, &self.change, attempt, lease, &ready.argv, &variables);
        let (outcome, exit_code, detail) = match &ran {
            Ok((status, tail)) => (outcome(*status), status.code(), tail.clone()),
            Err(error) => (Outcome::Failed, None, format!("the command could not be started: {error}")),
        };
        self.report(&client, attempt, outcome, exit_code, &detail)?;
        match ran {
            Ok((status, _)) => Ok(status.code().map_or(Ended::Ours(Exit::Internal), Ended::Command)),
            Err(error) => {
                Err(Failure::new(Exit::Usage, "not_started", format!("`{}`: {error}", ready.shown)))
            }
        }
    }

    /// Reads what is about to be carried out, once: what is claimed is said of the same bytes that will run.
    fn ready(&self) -> Result<Ready, Failure> {
        if let Some(script) = &self.script {
            let bytes = plan::document(script)?;
            let read =
                judge::read(Format::Shell, &bytes, &Patterns::default()).map_err(super::check::unreadable)?;
            let copy = Private::new("script", &bytes)?;
            let argv = vec!["bash".to_owned(), copy.path.display().to_string()];
            let shown = format!("bash {}", script.display());
            return Ok(Ready { argv, shown, read, source: Source::default(), _copy: copy });
        }
        let Some(path) = &self.plan else { return Err(Failure::usage("name the plan with --plan")) };
        let plan = Plan::open(path)?;
        let argv = with_copy(&self.command, path, &plan.copy.path)?;
        let read = judge::read(Format::Terraform, &plan.render(Some(&self.tool))?, &Patterns::default())
            .map_err(super::check::unreadable)?;
        let shown = self.command.join(" ");
        Ok(Ready { argv, shown, read, source: plan.source, _copy: plan.copy })
    }

    fn claim(&self, client: &Client, attempt: AttemptId, ready: &Ready) -> Result<Claimed, Failure> {
        let (digest, source, command) = (ready.read.digest, &ready.source, &ready.shown);
        let body = serde_json::json!({
            "attempt": attempt, "digest": digest, "source": source, "command": command,
        });
        // Safe to repeat: the same attempt claims the same grant.
        patiently(PATIENCE, || client.post(&format!("/v1/changes/{}/claim", self.change), &body))
    }

    /// The refusal, with what differs between the change that was released and this plan.
    fn with_differences(&self, client: &Client, plan: &Change, mut failure: Failure) -> Failure {
        let content = client.get(&format!("/v1/changes/{}/content", self.change), &[]);
        let Ok(mut content) = content else { return failure };
        let released = content.body_mut().with_config().limit(1 << 30).read_to_vec();
        let nothing = serde_json::json!({ "effects": [], "context": holdpoint_core::Context::default() });
        let released = released.ok().and_then(|bytes| Change::from_stored(&bytes, nothing).ok());
        if let Some(released) = released {
            let found = differences(&released.effects, &plan.effects);
            let shown: Vec<String> = found.iter().take(10).cloned().collect();
            failure.says = format!("{}. It differs in: {}", failure.says, shown.join("; "));
            if found.len() > shown.len() {
                failure.says += &format!(" and {} more", found.len().saturating_sub(shown.len()));
            }
        }
        failure
    }

    fn report(
        &self,
        client: &Client,
        attempt: AttemptId,
        outcome: Outcome,
        exit_code: Option<i32>,
        detail: &str,
    ) -> Result<(), Failure> {
        let body = serde_json::json!({ "attempt": attempt, "outcome": outcome, "exit_code": exit_code, "detail": detail });
        let reported: Result<ChangeView, Failure> =
            patiently(PATIENCE * 5, || client.post(&format!("/v1/changes/{}/outcome", self.change), &body));
        match reported {
            Ok(view) => {
                print::say(&format!("reported {}: {}", view.id, view.state));
                Ok(())
            }
            Err(failure) => Err(Failure::new(
                failure.exit,
                &failure.code,
                format!(
                    "the command ended as `{}`, but the report did not arrive ({}); {} will count as `unknown`: have a person look at the real state",
                    outcome.as_str(),
                    failure.says,
                    self.change
                ),
            )),
        }
    }
}

/// The command with the plan file replaced by the private copy that was checked: what runs is what was looked at.
fn with_copy(command: &[String], plan: &Path, copy: &Path) -> Result<Vec<String>, Failure> {
    let real = std::fs::canonicalize(plan)?;
    let mut named = false;
    let argv = command
        .iter()
        .map(|word| {
            if std::fs::canonicalize(word).is_ok_and(|path| path == real) {
                named = true;
                copy.to_string_lossy().into_owned()
            } else {
                word.clone()
            }
        })
        .collect();
    if named {
        Ok(argv)
    } else {
        Err(Failure::usage(format!(
            "the command does not name the plan `{}`, so it would do something else than what was released",
            plan.display()
        )))
    }
}

/// A command that was killed may have done anything; one that ends with an error says so itself.
fn outcome(status: ExitStatus) -> Outcome {
    match status.code() {
        Some(0) => Outcome::Applied,
        Some(_) => Outcome::Failed,
        None => Outcome::Unknown,
    }
}

/// Runs the command with these variables (empty ones unset), passing its output on and keeping the end of what it says on standard error, and renews the lease
/// while it runs.
fn run(
    client: &Client,
    change: &str,
    attempt: AttemptId,
    lease: Duration,
    argv: &[String],
    variables: &[(&'static str, String)],
) -> std::io::Result<(ExitStatus, String)> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(std::io::Error::other("no command"));
    };
    let _signals = super::signals::swallow();
    let mut command = plan::command(program);
    for (name, value) in variables {
        match value.as_str() {
            "" => command.env_remove(name),
            value => command.env(name, value),
        };
    }
    let mut child = command.args(arguments).stderr(Stdio::piped()).spawn()?;
    let tail = keep_tail(&mut child);
    std::thread::scope(|scope| {
        let (done, ended) = mpsc::channel::<()>();
        scope.spawn(move || {
            let path = format!("/v1/changes/{change}/claim");
            let body = serde_json::json!({ "attempt": attempt });
            // A lost daemon is asked again at the next turn; a refusal means that the outcome already counts as unknown.
            while ended.recv_timeout(lease / 3) == Err(mpsc::RecvTimeoutError::Timeout) {
                if let Err(Trouble::Final(failure)) = client.put::<_, ChangeView>(&path, &body) {
                    print::say(&format!("the lease was not renewed: {}", failure.says));
                    return;
                }
            }
        });
        let status = child.wait();
        drop(done);
        let said = tail.join().unwrap_or_default();
        status.map(|status| (status, said))
    })
}

/// Passes standard error on as it comes and returns its last lines.
fn keep_tail(child: &mut Child) -> std::thread::JoinHandle<String> {
    const LINES: usize = 40;
    let stderr = child.stderr.take();
    std::thread::spawn(move || {
        let mut last = std::collections::VecDeque::new();
        let Some(stderr) = stderr else { return String::new() };
        let mut reader = BufReader::new(stderr);
        let mut line = Vec::new();
        while reader.by_ref().take(64 << 10).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let _ = std::io::stderr().write_all(&line);
            last.push_back(String::from_utf8_lossy(&line).into_owned());
            if last.len() > LINES {
                last.pop_front();
            }
            line.clear();
        }
        last.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_command_runs_the_copy_that_was_checked() {
        let dir = std::env::temp_dir().join(format!("holdpoint-test-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (plan, other) = (dir.join("tfplan"), dir.join("other"));
        std::fs::write(&plan, "plan").unwrap();
        std::fs::write(&other, "other").unwrap();
        std::os::unix::fs::symlink(&plan, dir.join("link")).ok();
        let copy = Path::new("/private/tfplan");
        let said = plan.to_string_lossy().into_owned();
        let linked = dir.join("link").to_string_lossy().into_owned();
        let argv = with_copy(&words(&["terraform", "apply", &said]), &plan, copy).unwrap();
        assert_eq!(argv, ["terraform", "apply", "/private/tfplan"]);
        let argv = with_copy(&words(&["terraform", "apply", &linked]), &plan, copy).unwrap();
        assert_eq!(argv, ["terraform", "apply", "/private/tfplan"]);
        // A command that applies something else, or whatever the directory holds, is not what was released.
        let other = other.to_string_lossy().into_owned();
        assert!(with_copy(&words(&["terraform", "apply", &other]), &plan, copy).is_err());
        assert!(with_copy(&words(&["terraform", "apply", "-auto-approve"]), &plan, copy).is_err());
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_killed_command_is_never_taken_for_applied() {
        let ended = |script: &str| plan::command("sh").args(["-c", script]).status().unwrap();
        assert_eq!(outcome(ended("exit 0")), Outcome::Applied);
        assert_eq!(outcome(ended("exit 3")), Outcome::Failed);
        assert_eq!(outcome(ended("kill -9 $$")), Outcome::Unknown);
    }
}
