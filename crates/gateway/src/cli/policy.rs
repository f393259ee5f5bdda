//! `holdpoint policy check`: whether a policy set would be loaded, and what it holds.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::check;
use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, Output};

/// Policies.
#[derive(Debug, Args)]
pub(crate) struct Policies {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Validate a policy set: the built-in pack, with a directory's `*.cedar` files on top.
    #[command(
        after_help = "Example:\n  holdpoint policy check ./policies\n\nExit: 0 it would be loaded, 64 it would be refused."
    )]
    Check {
        /// The directory; without it, the built-in pack alone.
        dir: Option<PathBuf>,
    },
}

impl Policies {
    pub(crate) fn run(self, output: Output) -> Result<Exit, Failure> {
        let Verb::Check { dir } = self.verb;
        let bundle = check::load(dir.as_deref())?;
        let rules: Vec<_> = bundle.rules().collect();
        match output {
            Output::Json => {
                let rules: Vec<_> = rules
                    .iter()
                    .map(|rule| {
                        serde_json::json!({
                            "id": rule.id, "rule": rule.rule, "verdict": rule.verdict, "reason": rule.reason,
                            "remedy": rule.remedy, "incident": rule.incident,
                        })
                    })
                    .collect();
                print::json(&serde_json::json!({ "version": bundle.version(), "rules": rules }))?;
            }
            Output::Text => {
                for rule in &rules {
                    let what = serde_json::to_string(&rule.verdict).unwrap_or_default();
                    print::out(&format!("{:5} {:32} {what}", rule.rule, rule.id));
                }
                print::out(&format!("{} rules, version {}", rules.len(), bundle.version()));
            }
        }
        Ok(Exit::Ok)
    }
}
