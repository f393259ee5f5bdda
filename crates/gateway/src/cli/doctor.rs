//! `holdpoint doctor`: what this machine has and lacks for Holdpoint.

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
    after_help = "Example:\n  holdpoint doctor --config /etc/holdpoint/holdpoint.toml\n\nExit: 0 all is well, 70 something is not."
)]
pub(crate) struct Doctor {
    /// The daemon's configuration.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// One thing looked at.
type Finding = (&'static str, Result<String, String>);

impl Doctor {
    pub(crate) fn run(self, output: Output) -> Result<Exit, Failure> {
        let mut findings: Vec<Finding> = Vec::new();
        let config = match &self.config {
            Some(file) => {
                let config = Config::read(file);
                findings.push((
                    "configuration",
                    config.as_ref().map(|_| format!("{}", file.display())).map_err(ToString::to_string),
                ));
                config.ok()
            }
            None => None,
        };
        let policies = check::load(config.as_ref().and_then(|config| config.policy.dir.as_deref()));
        findings.push((
            "policies",
            policies.map(|bundle| format!("version {}", bundle.version())).map_err(|f| f.says),
        ));
        findings.push(("terraform", version("terraform")));
        if let Some(config) = &config {
            match &config.database.url {
                Some(url) => findings.push(("database", runtime()?.block_on(database(url)))),
                None => {
                    findings.push(("database", Ok("a private Postgres under the data directory".to_owned())))
                }
            }
        }
        match output {
            Output::Json => {
                let rows = findings.iter().map(|(what, found)| match found {
                    Ok(says) => serde_json::json!({ "what": what, "well": true, "says": says }),
                    Err(says) => serde_json::json!({ "what": what, "well": false, "says": says }),
                });
                print::json(&rows.collect::<Vec<_>>())?;
            }
            Output::Text => {
                for (what, found) in &findings {
                    let (mark, says) = match found {
                        Ok(says) => ("well", says),
                        Err(says) => ("NOT ", says),
                    };
                    print::out(&format!("{mark}  {what:14} {says}"));
                }
            }
        }
        Ok(if findings.iter().all(|(_, found)| found.is_ok()) { Exit::Ok } else { Exit::Internal })
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
