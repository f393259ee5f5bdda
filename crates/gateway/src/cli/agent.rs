//! `holdpoint agent`: identities for agents and pipelines.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdpoint_core::Environment;

use crate::api::agents::AgentView;
use crate::cli::client::Connection;
use crate::cli::dev::{Demo, environment};
use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, Output};

/// Identities for agents and pipelines; an administrator's token is needed.
#[derive(Debug, Args)]
pub(crate) struct Agent {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an identity; its token is shown once.
    #[command(after_help = "Example:\n  holdpoint agent create billing-bot --environment staging")]
    Create {
        /// What people call it.
        name: String,
        /// It is a CI pipeline, not an agent.
        #[arg(long)]
        pipeline: bool,
        /// The person who answers for it (`per_…`); an agent's is you by default.
        #[arg(long)]
        operator: Option<String>,
        /// What it is for; unknown counts as production.
        #[arg(long)]
        environment: Option<Environment>,
    },
    /// List identities.
    #[command(after_help = "Example:\n  holdpoint agent list --output json")]
    List,
    /// Revoke an identity, at once and for good.
    #[command(after_help = "Example:\n  holdpoint agent revoke agt_01J9Z0M5E8Q1V7T3R2K4N6P8S0")]
    Revoke {
        /// `agt_…` or `pip_…`
        id: String,
    },
    /// Print the variables that make this shell act as one of `holdpoint dev`'s demo identities.
    #[command(after_help = "Example:\n  eval \"$(holdpoint agent env demo-pipeline)\"")]
    Env {
        /// `demo-agent`, `demo-pipeline`, or a demo reviewer's name.
        name: String,
        /// Where `holdpoint dev` keeps its data.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
}

impl Agent {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Create { name, pipeline, operator, environment } => {
                let kind = if pipeline { "pipeline" } else { "agent" };
                let body = serde_json::json!({ "name": name, "kind": kind, "operator": operator, "environment": environment });
                let view: AgentView = connection.open()?.post("/v1/agents", &body)?;
                match output {
                    Output::Json => print::json(&view)?,
                    Output::Text => {
                        print::say(&format!(
                            "made {} {}; its token is shown once, here:",
                            view.kind, view.id
                        ));
                        print::out(view.token.as_deref().unwrap_or(""));
                    }
                }
            }
            Verb::List => {
                let views: Vec<AgentView> = connection.open()?.read("/v1/agents")?;
                match output {
                    Output::Json => print::json(&views)?,
                    Output::Text => views.iter().for_each(|view| {
                        let state = if view.revoked_at.is_some() { "revoked" } else { "active" };
                        let environment = view.environment.as_deref().unwrap_or("unknown");
                        print::out(&format!(
                            "{}  {:8}  {state:7}  {environment:11}  {}",
                            view.id,
                            view.kind,
                            print::plain(&view.name)
                        ));
                    }),
                }
            }
            Verb::Revoke { id } => {
                let path = format!("/v1/agents/{id}/revocation");
                let view: AgentView = connection.open()?.post(&path, &serde_json::json!({}))?;
                match output {
                    Output::Json => print::json(&view)?,
                    Output::Text => print::out(&format!("revoked {}", view.id)),
                }
            }
            Verb::Env { name, data_dir } => {
                let dir = match data_dir {
                    Some(dir) => dir,
                    None => crate::config::default_data_dir()?,
                };
                let demo = Demo::read(&dir).ok_or_else(|| {
                    let says = format!("no demo in `{}`: is `holdpoint dev` running, with the same --data-dir? Tokens of other identities are shown once, by `holdpoint agent create`", dir.display());
                    Failure::new(Exit::Denied, "no_demo", says)
                })?;
                let variables = environment(&demo, &name).ok_or_else(|| {
                    let names: Vec<&str> = demo.tokens.keys().map(String::as_str).collect();
                    Failure::new(
                        Exit::Denied,
                        "no_demo",
                        format!("`{name}` is not of the demo; it has: {}", names.join(", ")),
                    )
                })?;
                print::out(variables.trim_end());
            }
        }
        Ok(Exit::Ok)
    }
}
