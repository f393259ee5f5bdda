//! `holdpoint person`: the people who approve. Works on the database itself, since the first person cannot be made by
//! another one; whoever holds the configuration may.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdpoint_core::PersonId;
use holdpoint_store::people::{self, NewPerson};
use holdpoint_store::{Db, sessions};

use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, Output};
use crate::cli::serve::{runtime, stop, with_database};
use crate::config::Config;
use crate::{clock, random};

/// The people who approve; works on the database that the configuration names.
#[derive(Debug, Args)]
pub(crate) struct People {
    /// The daemon's configuration.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a person; prints a personal token and a sign-in link, each shown once.
    #[command(
        after_help = "Example:\n  holdpoint person create ada --group reviewers --config /etc/holdpoint/holdpoint.toml"
    )]
    Create {
        /// What people call them.
        name: String,
        /// A group they are in; may be given several times.
        #[arg(long = "group")]
        groups: Vec<String>,
        /// May create and revoke agents.
        #[arg(long)]
        admin: bool,
    },
    /// List people.
    List,
    /// Revoke a person: tokens and sessions end at once.
    Revoke {
        /// `per_…`
        id: PersonId,
    },
    /// Print a new sign-in link, valid once.
    Link {
        /// `per_…`
        id: PersonId,
    },
}

impl People {
    pub(crate) fn run(self, output: Output) -> Result<Exit, Failure> {
        let file =
            self.config.ok_or_else(|| Failure::usage("name the daemon's configuration with --config"))?;
        let config = Config::read(&file)?;
        runtime()?.block_on(async move {
            let (config, cluster) = with_database(config).await?;
            let db = Db::connect(config.database_url()?, 4).await?;
            let done = act(&db, &config, self.verb, output).await;
            drop(db);
            stop(cluster).await;
            done
        })
    }
}

async fn act(db: &Db, config: &Config, verb: Verb, output: Output) -> Result<Exit, Failure> {
    let mut tx = db.begin().await?;
    let result = match verb {
        Verb::Create { name, groups, admin } => {
            let token = random::secret(crate::auth::PERSON_PREFIX)?;
            let id = PersonId::new(clock::now(), random::id_bits()?);
            let groups: BTreeSet<String> = groups.into_iter().collect();
            let new = NewPerson { id, name: &name, groups: &groups, admin };
            people::create(&mut tx, &new, Some(&random::hash(&token)), "holdpoint").await?;
            let link = link(&mut tx, config, id).await?;
            serde_json::json!({ "id": id, "name": name, "token": token, "sign_in": link })
        }
        Verb::List => {
            let found = people::list(&mut tx).await?;
            let rows = found.iter().map(|person| {
                serde_json::json!({
                    "id": person.id, "name": person.name, "groups": person.groups, "admin": person.admin,
                    "revoked_at": person.revoked_at.map(crate::api::view::moment),
                })
            });
            serde_json::Value::Array(rows.collect())
        }
        Verb::Revoke { id } => {
            people::revoke(&mut tx, id, "holdpoint").await?;
            serde_json::json!({ "id": id, "revoked": true })
        }
        Verb::Link { id } => {
            people::get(&mut tx, id).await?;
            serde_json::json!({ "id": id, "sign_in": link(&mut tx, config, id).await? })
        }
    };
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    match output {
        Output::Json => print::json(&result)?,
        Output::Text => text(&result),
    }
    Ok(Exit::Ok)
}

async fn link(tx: &mut holdpoint_store::Conn, config: &Config, id: PersonId) -> Result<String, Failure> {
    let code = random::secret("")?;
    let ttl = time::Duration::seconds(i64::from(config.times.link_seconds));
    sessions::create_link(tx, id, &random::hash(&code), ttl, "holdpoint").await?;
    Ok(format!("{}/sign-in/{code}", config.url()))
}

/// One line a person or a value.
fn text(value: &serde_json::Value) {
    match value {
        serde_json::Value::Array(rows) => rows.iter().for_each(text),
        serde_json::Value::Object(map) => {
            let cells: Vec<String> = map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| {
                    format!("{key} {}", value.as_str().map_or_else(|| value.to_string(), print::plain))
                })
                .collect();
            print::out(&cells.join("  "));
        }
        other => print::out(&other.to_string()),
    }
}
