//! Waiting for a change to be decided: long polling that survives a daemon that restarts, with progress on a terminal.

use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;

use crate::api::ChangeView;
use crate::cli::client::{Client, Connection, Trouble, body};
use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, Output};
use crate::cli::submit;

/// Wait until a change is decided.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  holdpoint wait chg_01J9Z0M5E8Q1V7T3R2K4N6P8S0 --for 600\n\nExit: as submit."
)]
pub(crate) struct Wait {
    /// The change.
    change: String,
    /// For so many seconds at most; without it, until it is decided.
    #[arg(long = "for", value_name = "SECONDS")]
    limit: Option<u64>,
    /// Until the daemon has carried it out; for commands on machines.
    #[arg(long)]
    end: bool,
}

impl Wait {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let client = connection.open()?;
        let view: ChangeView = client.read(&format!("/v1/changes/{}", self.change))?;
        let until = if self.end { ended } else { decided };
        let view = follow_until(&client, view, self.limit.map(Duration::from_secs), until)?;
        submit::finish(&view, output)
    }
}

/// One long poll; the daemon cuts it to its own limit.
const POLL: u64 = 50;
/// How long a daemon may be away before waiting is given up.
const PATIENCE: Duration = Duration::from_secs(300);

fn decided(view: &ChangeView) -> bool {
    view.state != "held" && view.state != "submitted"
}

fn ended(view: &ChangeView) -> bool {
    decided(view) && !matches!(view.state.as_str(), "allowed" | "approved" | "executing")
}

/// Waits until the change is decided or the time is over; returns what was last seen.
pub(crate) fn follow(
    client: &Client,
    first: ChangeView,
    limit: Option<Duration>,
) -> Result<ChangeView, Failure> {
    follow_until(client, first, limit, decided)
}

fn follow_until(
    client: &Client,
    first: ChangeView,
    limit: Option<Duration>,
    done: fn(&ChangeView) -> bool,
) -> Result<ChangeView, Failure> {
    let mut view = first;
    if done(&view) {
        return Ok(view);
    }
    let progress = Progress::new(&view);
    let started = Instant::now();
    let (mut etag, mut heard, mut pause) = (String::from("\"\""), Instant::now(), Duration::from_millis(100));
    while !done(&view) {
        let left = limit.map(|limit| limit.saturating_sub(started.elapsed()).as_secs());
        if limit.is_some_and(|limit| started.elapsed() >= limit) {
            break;
        }
        let wait = format!("wait={}", left.map_or(POLL, |left| left.clamp(1, POLL)));
        let path = format!("/v1/changes/{}", view.id);
        match client.get(&path, &[("prefer", &wait), ("if-none-match", &etag)]) {
            Ok(answer) => {
                (heard, pause) = (Instant::now(), Duration::from_millis(100));
                progress.back();
                if answer.status().as_u16() == 304 {
                    continue;
                }
                if let Some(tag) = answer.headers().get("etag").and_then(|tag| tag.to_str().ok()) {
                    etag = tag.to_owned();
                }
                view = body(answer)?;
                progress.show(&view);
            }
            Err(Trouble::TryAgain(failure)) => {
                if heard.elapsed() > PATIENCE {
                    return Err(failure);
                }
                progress.away(&failure.says);
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_secs(3));
            }
            Err(Trouble::Final(failure)) => return Err(failure),
        }
    }
    progress.end();
    Ok(view)
}

/// On a terminal a spinner that tells what is waited for; elsewhere one line whenever that differs.
struct Progress {
    bar: Option<ProgressBar>,
    said: std::cell::RefCell<String>,
}

impl Progress {
    fn new(view: &ChangeView) -> Self {
        let bar = print::is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            print::say(&print::change(view));
            print::say("");
        } else {
            print::say(&format!("{}\n{}", print::plain(&view.headline), print::reasons(&view.reasons)));
        }
        let progress = Self { bar, said: std::cell::RefCell::default() };
        progress.show(view);
        progress
    }

    fn show(&self, view: &ChangeView) {
        let missing: Vec<String> =
            view.missing.iter().map(|m| format!("{} of {}", m.count, m.group)).collect();
        let said = view
            .approvals
            .iter()
            .map(|a| format!("{} {}s", print::plain(&a.name), a.answer))
            .collect::<Vec<_>>();
        let mut line = format!("{} {}", view.id, view.state);
        if !missing.is_empty() {
            line += &format!(", waits for {}", missing.join(" and "));
        }
        if !said.is_empty() {
            line += &format!(" ({})", said.join(", "));
        }
        for execution in &view.executions {
            let ready = execution.parts.iter().filter(|part| part.state == "success").count();
            line += &format!(", {ready} of {} machines done", execution.parts.len());
        }
        if let (Some(until), false) = (&view.until, decided(view)) {
            line += &format!(", until {until}");
        }
        self.line(line);
    }

    fn away(&self, why: &str) {
        self.line(format!("waiting for the daemon to come back: {why}"));
    }

    fn back(&self) {
        if self.said.borrow().starts_with("waiting for the daemon") {
            self.line("the daemon is back; waiting goes on".to_owned());
        }
    }

    fn line(&self, line: String) {
        match &self.bar {
            Some(bar) => bar.set_message(line.clone()),
            None if *self.said.borrow() != line => print::say(&line),
            None => {}
        }
        *self.said.borrow_mut() = line;
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
