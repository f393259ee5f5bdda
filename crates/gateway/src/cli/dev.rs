//! `holdpoint dev`: everything on this machine in one process, with its own private Postgres and a demo cast.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use holdpoint_core::{ActorKind, AgentId, PersonId, PipelineId};
use holdpoint_store::cluster::How;
use holdpoint_store::people::{NewPerson, Person};
use holdpoint_store::{Db, agents, people, sessions};
use serde::{Deserialize, Serialize};

use crate::cli::exit::{Exit, Failure};
use crate::cli::print;
use crate::cli::serve::{runtime, stop, with_database};
use crate::cli::signals;
use crate::config::Config;
use crate::{clock, random, telemetry};

/// Run everything on this machine: daemon, private Postgres, a demo agent, pipeline and two reviewers.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  holdpoint dev\n\nA second start finds the same data again.")]
pub(crate) struct Dev {
    /// Where everything is kept.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where to listen; loopback only.
    #[arg(long, default_value_t = SocketAddr::from(([127, 0, 0, 1], crate::config::PORT)))]
    listen: SocketAddr,
    /// Another port on 127.0.0.1; 0 takes a free one.
    #[arg(long, conflicts_with = "listen")]
    port: Option<u16>,
    /// Settings to start from, as for `serve`; its `listen` and `data_dir` are overridden here.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The demo's tokens, kept so that a second start can print them again. For play on this machine only.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Demo {
    pub(crate) url: String,
    /// The AWS gateway, if it is served.
    #[serde(default)]
    pub(crate) aws: Option<String>,
    /// By name: token.
    pub(crate) tokens: std::collections::BTreeMap<String, String>,
}

impl Demo {
    /// Reads it from a data directory.
    pub(crate) fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(data_dir.join("demo.json")).ok()?).ok()
    }

    fn write(&self, data_dir: &Path) -> Result<(), Failure> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let draft = data_dir.join("demo.json.draft");
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        Ok(std::fs::rename(draft, data_dir.join("demo.json"))?)
    }
}

/// The reviewers, by name.
const REVIEWERS: [&str; 2] = ["ada", "grace"];
/// Answers for the demo agent and administers; not a reviewer, so that two others decide.
const OPERATOR: &str = "olive";

impl Dev {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let mut config = match &self.config {
            Some(file) => Config::read(file)?,
            None => Config::default(),
        };
        config.listen = self.port.map_or(self.listen, |port| SocketAddr::from(([127, 0, 0, 1], port)));
        // With a port of its own this is not the only one on the machine: the gateway takes a free one, too.
        if self.port.is_some() && config.aws.listen.port() == crate::config::AWS_PORT {
            config.aws.listen.set_port(0);
        }
        config.data_dir = match self.data_dir {
            Some(dir) => dir,
            None => crate::config::default_data_dir()?,
        };
        if !config.listen.ip().is_loopback() {
            return Err(Failure::usage(
                "`dev` listens on loopback only; use `serve` behind TLS for everything else",
            ));
        }
        config.check()?;
        telemetry::start(config.log.format, "warn,holdpoint=info");
        std::fs::create_dir_all(&config.data_dir).map_err(|error| {
            let dir = config.data_dir.display();
            Failure::new(
                Exit::Usage,
                "data_dir",
                format!("cannot make `{dir}`: {error}; choose another with --data-dir"),
            )
        })?;
        runtime()?.block_on(serve(config))
    }
}

async fn serve(config: Config) -> Result<Exit, Failure> {
    // Before anything is started: a port that is taken is said at once.
    let gateway = config.aws.enabled.then_some(config.aws.listen);
    for address in [Some(config.listen), gateway].into_iter().flatten().filter(|one| one.port() != 0) {
        let free = tokio::net::TcpListener::bind(address).await;
        free.map_err(|source| crate::RunError::Listen { address: address.to_string(), source })?;
    }
    let (config, cluster) = with_database(config).await?;
    let how = match cluster.as_deref().map(holdpoint_store::cluster::Cluster::how) {
        None => "a configured Postgres",
        Some(How::Initialised) => "a new private Postgres",
        Some(How::Started) => "the private Postgres, started again",
        Some(How::Reattached) => "the private Postgres, which was still running",
    };
    let db = Db::connect(config.database_url()?, 4).await?;
    let data_dir = config.data_dir.clone();
    let (mut demo, links) = seed(&db, &data_dir, config.times.link_seconds).await?;
    print::say(&format!("data in {} ({how})", data_dir.display()));
    let ready = move |listening: crate::Listening| {
        demo.url = format!("http://{}", listening.api);
        demo.aws = listening.aws.map(|address| format!("http://{address}"));
        if let Err(failure) = demo.write(&data_dir) {
            print::say(&format!("the demo's tokens were not kept: {}", failure.says));
        }
        print::out(&welcome(&demo, &links, &data_dir));
    };
    let served = crate::run(config, cluster.clone(), ready, signals::asked_to_end()).await;
    stop(cluster).await;
    served?;
    Ok(Exit::Ok)
}

/// Makes the demo's cast where it is missing, and a fresh sign-in link for each reviewer.
async fn seed(db: &Db, data_dir: &Path, link_seconds: u32) -> Result<(Demo, Vec<(String, String)>), Failure> {
    let mut demo = Demo::read(data_dir).unwrap_or_default();
    let mut tx = db.begin().await?;
    let mut cast: Vec<Person> = people::list(&mut tx).await?;
    for name in [OPERATOR, REVIEWERS[0], REVIEWERS[1]] {
        if cast.iter().any(|person| person.name == name && person.revoked_at.is_none()) {
            continue;
        }
        let token = random::secret(crate::auth::PERSON_PREFIX)?;
        let reviewer = name != OPERATOR;
        let groups =
            if reviewer { ["reviewers".to_owned()].into() } else { std::collections::BTreeSet::new() };
        let id = PersonId::new(clock::now(), random::id_bits()?);
        let new = NewPerson { id, name, groups: &groups, admin: !reviewer };
        cast.push(people::create(&mut tx, &new, Some(&random::hash(&token)), "holdpoint").await?);
        demo.tokens.insert(name.to_owned(), token);
    }
    let operator = cast.iter().find(|person| person.name == OPERATOR).map(|person| person.id);
    let known = agents::list(&mut tx).await?;
    for (name, kind) in [("demo-agent", ActorKind::Agent), ("demo-pipeline", ActorKind::Pipeline)] {
        if known.iter().any(|agent| agent.name == name && agent.revoked_at.is_none()) {
            continue;
        }
        let bits = random::id_bits()?;
        let (id, prefix) = match kind {
            ActorKind::Agent => (AgentId::new(clock::now(), bits).to_string(), crate::auth::AGENT_PREFIX),
            _ => (PipelineId::new(clock::now(), bits).to_string(), crate::auth::PIPELINE_PREFIX),
        };
        let token = random::secret(prefix)?;
        let token_hash = random::hash(&token);
        let new = agents::NewAgent { id, kind, name, operator, environment: None };
        agents::create(&mut tx, &new, &token_hash, "holdpoint").await?;
        demo.tokens.insert(name.to_owned(), token);
    }
    let mut links = Vec::new();
    for person in
        cast.iter().filter(|person| REVIEWERS.contains(&person.name.as_str()) && person.revoked_at.is_none())
    {
        let code = random::secret("")?;
        let ttl = time::Duration::seconds(i64::from(link_seconds));
        sessions::create_link(&mut tx, person.id, &random::hash(&code), ttl, "holdpoint").await?;
        links.push((person.name.clone(), code));
    }
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    demo.write(data_dir)?;
    Ok((demo, links))
}

/// What to open and what to paste.
fn welcome(demo: &Demo, links: &[(String, String)], data_dir: &Path) -> String {
    let mut text = format!(
        "\nHoldpoint is ready at {}\n\nOpen, once each, in two browsers (or profiles); valid for 15 minutes:\n",
        demo.url
    );
    for (name, code) in links {
        text += &format!("  as {name:6} {}/sign-in/{code}\n", demo.url);
    }
    if let Some(aws) = &demo.aws {
        text +=
            &format!("\nThe AWS gateway listens at {aws}; `agent env` routes AWS's clients through it.\n");
    }
    text += "\nPaste in another shell, to act as the demo pipeline (or the agent):\n";
    let dir = if crate::config::default_data_dir().is_ok_and(|default| default == *data_dir) {
        String::new()
    } else {
        format!(" --data-dir {}", data_dir.display())
    };
    for name in ["demo-pipeline", "demo-agent"] {
        text += &format!("  eval \"$(holdpoint agent env {name}{dir})\"\n");
    }
    text += "\nwhich sets, for the pipeline:\n";
    text += &environment(demo, "demo-pipeline").unwrap_or_default();
    text += "\nCtrl-C stops it; everything is kept.";
    text
}

/// The variables that make the command line act as one of the demo's cast.
pub(crate) fn environment(demo: &Demo, name: &str) -> Option<String> {
    let token = demo.tokens.get(name)?;
    Some(format!("  export HOLDPOINT_URL={}\n  export HOLDPOINT_TOKEN={token}\n", demo.url))
}
