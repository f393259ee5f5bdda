//! `holdpoint agent`: identities for agents and pipelines.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdpoint_core::Environment;

use crate::api::agents::AgentView;
use crate::api::keys::AwsAccess;
use crate::cli::aws;
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
    /// Print the variables that make this shell act as an agent: Holdpoint's own, and those that route AWS clients
    /// through it.
    #[command(
        after_help = "Example:\n  eval \"$(holdpoint agent env demo-agent)\"\n\nAn agent's own token (HOLDPOINT_TOKEN) or an administrator's is needed, but for the identities of `holdpoint dev`."
    )]
    Env {
        /// The agent's name, or `self` with its own token.
        name: String,
        /// A new AWS key, and the end of all older ones.
        #[arg(long)]
        rotate: bool,
        /// Only the endpoint: leave HTTPS_PROXY and the certificate bundles as they are.
        #[arg(long)]
        no_proxy: bool,
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
            Verb::Env { name, rotate, no_proxy, data_dir } => {
                print::out(env(connection, &name, rotate, no_proxy, data_dir)?.trim_end());
            }
        }
        Ok(Exit::Ok)
    }
}

/// The lines to evaluate.
fn env(
    connection: &Connection,
    name: &str,
    rotate: bool,
    no_proxy: bool,
    data_dir: Option<PathBuf>,
) -> Result<String, Failure> {
    let dir = match data_dir {
        Some(dir) => Some(dir),
        None => crate::config::default_data_dir().ok(),
    };
    let demo = dir.as_deref().and_then(Demo::read);
    let own = demo.as_ref().and_then(|demo| Some((environment(demo, name)?, demo.tokens.get(name)?, demo)));
    let of_demo = own.is_some();
    let (mut lines, connection) = match own {
        Some((lines, token, demo)) => (lines, Connection::to(&demo.url, token)),
        None => (String::new(), connection.clone()),
    };
    // A demo reviewer is a person, and has no AWS key.
    if connection.is_persons() && of_demo {
        return Ok(lines);
    }
    let client = connection.open().map_err(|failure| unknown(failure, name, demo.as_ref()))?;
    let id = if connection.is_persons() {
        let all: Vec<AgentView> = client.read("/v1/agents")?;
        let found = all.iter().find(|agent| agent.name == name && agent.revoked_at.is_none());
        found.map(|agent| agent.id.clone()).ok_or_else(|| {
            Failure::new(Exit::Denied, "not_found", format!("there is no agent or pipeline `{name}`"))
        })?
    } else {
        "self".to_owned()
    };
    let body = serde_json::json!({ "rotate": rotate });
    let access: AwsAccess = match client.post(&format!("/v1/agents/{id}/keys"), &body) {
        Ok(access) => access,
        Err(trouble) => {
            let failure = Failure::from(trouble);
            // Without a gateway there is nothing to route AWS's clients through; Holdpoint's own variables are all.
            return if failure.code == "no_gateway" && !lines.is_empty() { Ok(lines) } else { Err(failure) };
        }
    };
    let bundle = if no_proxy { None } else { Some(aws::bundle(&access)?) };
    lines += &aws::exports(&aws::variables(&access, bundle.as_deref()));
    Ok(lines)
}

fn unknown(failure: Failure, name: &str, demo: Option<&Demo>) -> Failure {
    if failure.code != "no_token" {
        return failure;
    }
    let names = demo.map(|demo| demo.tokens.keys().cloned().collect::<Vec<_>>().join(", "));
    let known = names.map_or_else(
        || "no `holdpoint dev` was found on this machine".to_owned(),
        |names| format!("`holdpoint dev` has: {names}"),
    );
    Failure::new(
        Exit::Denied,
        "no_demo",
        format!("whose key? Set HOLDPOINT_TOKEN to the token of `{name}` or of an administrator ({known})"),
    )
}
