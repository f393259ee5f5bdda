//! `holdpoint doctor`: what this machine has and lacks for Holdpoint, and which of its AWS clients would go round it.

mod aws;
mod clients;
mod probe;
mod profiles;

use std::path::PathBuf;
use std::process::Stdio;

use clap::Args;
use holdpoint_store::Db;

use crate::cli::check;
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan;
use crate::cli::print::{self, Output};
use crate::cli::serve::runtime;
use crate::config::Config;

/// Look at everything that Holdpoint needs, and say what is missing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  holdpoint doctor --config /etc/holdpoint/holdpoint.toml\n\nRun it where an agent runs, with the agent's environment, to see what would go round Holdpoint.\n\nExit: 0 nothing is wrong, 70 something is. A warning is not wrong."
)]
pub(crate) struct Doctor {
    /// The daemon's configuration.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    what: &'static str,
    level: Level,
    says: String,
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// As it should be.
    Well,
    /// It works, and something can go round Holdpoint, or is not set up.
    Warning,
    /// It does not work.
    Wrong,
}

impl Finding {
    fn new(what: &'static str, level: Level, says: impl Into<String>) -> Self {
        Self { what, level, says: says.into() }
    }

    fn of(what: &'static str, found: Result<String, String>) -> Self {
        match found {
            Ok(says) => Self::new(what, Level::Well, says),
            Err(says) => Self::new(what, Level::Wrong, says),
        }
    }
}

impl Doctor {
    pub(crate) fn run(self, output: Output) -> Result<Exit, Failure> {
        let mut findings: Vec<Finding> = Vec::new();
        let config = match &self.config {
            Some(file) => {
                let config = Config::read(file);
                let found =
                    config.as_ref().map(|_| format!("{}", file.display())).map_err(ToString::to_string);
                findings.push(Finding::of("configuration", found));
                config.ok()
            }
            None => None,
        };
        let policies = check::load(config.as_ref().and_then(|config| config.policy.dir.as_deref()));
        let policies = policies.map(|bundle| format!("version {}", bundle.version())).map_err(|f| f.says);
        findings.push(Finding::of("policies", policies));
        findings.push(Finding::of("terraform", version("terraform")));
        if let Some(config) = &config {
            let found = match &config.database.url {
                Some(url) => runtime()?.block_on(database(url)),
                None => Ok("a private Postgres under the data directory".to_owned()),
            };
            findings.push(Finding::of("database", found));
        }
        findings.extend(aws::look());
        match output {
            Output::Json => {
                let rows = findings.iter().map(|found| {
                    serde_json::json!({ "what": found.what, "well": found.level != Level::Wrong,
                        "warning": found.level == Level::Warning, "says": found.says })
                });
                print::json(&rows.collect::<Vec<_>>())?;
            }
            Output::Text => {
                for Finding { what, level, says } in &findings {
                    let mark = match level {
                        Level::Well => "well",
                        Level::Warning => "WARN",
                        Level::Wrong => "NOT ",
                    };
                    print::out(&format!("{mark}  {what:14} {}", print::plain(says)));
                }
            }
        }
        let wrong = findings.iter().any(|found| found.level == Level::Wrong);
        Ok(if wrong { Exit::Internal } else { Exit::Ok })
    }
}

async fn database(url: &str) -> Result<String, String> {
    let db = Db::connect(url, 4).await.map_err(|error| error.to_string())?;
    db.ready().await.map_err(|error| error.to_string())?;
    Ok("reachable, and its schema is current".to_owned())
}

fn version(tool: &str) -> Result<String, String> {
    let output = plan::command(tool).arg("version").stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cannot be run: {error} (needed for --plan and exec)"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or("").to_owned())
}
