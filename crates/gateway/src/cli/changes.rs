//! `holdpoint show`, `list`, `withdraw`, `cancel`, `approve`, `reject`.

use clap::Args;
use holdpoint_core::{Answer, StateName};

use crate::api::ChangeView;
use crate::api::list::Page;
use crate::cli::calls;
use crate::cli::client::{Connection, encoded};
use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, Output};
use crate::cli::submit;

/// Show one change.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  holdpoint show chg_01J9Z0M5E8Q1V7T3R2K4N6P8S0 --output json")]
pub(crate) struct Show {
    /// The change.
    change: String,
}

impl Show {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let view: ChangeView =
            connection.open()?.read(&format!("/v1/changes/{}?include=effects", self.change))?;
        match output {
            Output::Json => print::json(&view)?,
            Output::Text => {
                print::out(&print::change(&view));
                for effect in view.effects.iter().flatten() {
                    let word =
                        |key: &str| print::plain(effect.get(key).and_then(|v| v.as_str()).unwrap_or("?"));
                    print::out(&format!("  {:8} {}", word("effect"), word("address")));
                }
                view.calls.iter().for_each(|calls| print::out(&calls::text(calls)));
            }
        }
        Ok(Exit::Ok)
    }
}

/// List changes, newest first.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  holdpoint list --state held")]
pub(crate) struct List {
    /// Only these states, for example `held` or `applied,failed`.
    #[arg(long, value_delimiter = ',')]
    state: Vec<StateName>,
    /// Words from the requester's name, workspace or statement.
    #[arg(long)]
    search: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

impl List {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let mut path = format!("/v1/changes?limit={}", self.limit);
        if !self.state.is_empty() {
            let names: Vec<&str> = self.state.iter().map(|state| state.as_str()).collect();
            path += &format!("&state={}", encoded(&names.join(",")));
        }
        if let Some(search) = &self.search {
            path += &format!("&search={}", encoded(search));
        }
        let page: Page = connection.open()?.read(&path)?;
        match output {
            Output::Json => print::json(&page)?,
            Output::Text if page.changes.is_empty() => print::out("no changes"),
            Output::Text => {
                for view in &page.changes {
                    print::out(&format!("{}  {:9}  {}", view.id, view.state, print::plain(&view.headline)));
                }
            }
        }
        Ok(Exit::Ok)
    }
}

/// Take a change back, until it is claimed.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  holdpoint withdraw chg_01J9Z0M5E8Q1V7T3R2K4N6P8S0")]
pub(crate) struct Withdraw {
    /// The change.
    change: String,
}

impl Withdraw {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let path = format!("/v1/changes/{}/withdrawal", self.change);
        let view: ChangeView = connection.open()?.post(&path, &serde_json::json!({}))?;
        submit::finish(&view, output)?;
        Ok(Exit::Ok)
    }
}

/// Stop what the daemon is carrying out on machines: none is begun any more, and what runs is cancelled.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  holdpoint cancel chg_01J9Z0M5E8Q1V7T3R2K4N6P8S0")]
pub(crate) struct Cancel {
    /// The change.
    change: String,
}

impl Cancel {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let path = format!("/v1/changes/{}/cancellation", self.change);
        let view: ChangeView = connection.open()?.post(&path, &serde_json::json!({}))?;
        match output {
            Output::Json => print::json(&view)?,
            Output::Text => print::out(&print::change(&view)),
        }
        Ok(Exit::Ok)
    }
}

/// Say what became of an attempt whose outcome was lost, after looking at the real state; with a person's token.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  holdpoint resolve chg_01J9Z0M5E8Q1V7T3R2K4N6P8S0 applied --comment 'terraform plan shows no difference'"
)]
pub(crate) struct Resolve {
    /// The change.
    change: String,
    /// What was found: `applied` or `failed`.
    #[arg(value_parser = ["applied", "failed"])]
    outcome: String,
    /// What you looked at, and what it showed.
    #[arg(long)]
    comment: String,
}

impl Resolve {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let value = serde_json::json!({ "outcome": self.outcome, "comment": self.comment });
        let path = format!("/v1/changes/{}/resolution", self.change);
        let view: ChangeView = connection.open()?.post(&path, &value)?;
        submit::finish(&view, output)?;
        Ok(Exit::Ok)
    }
}

/// Answer for a held change, with a person's token.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  HOLDPOINT_TOKEN=hp_person_… holdpoint approve chg_01J9Z0M5E8Q1V7T3R2K4N6P8S0 --comment 'snapshot checked'"
)]
pub(crate) struct Decide {
    /// The change.
    change: String,
    /// Required to reject, and to approve what destroys data.
    #[arg(long, default_value = "")]
    comment: String,
    /// The digest you looked at; without it, the digest that is shown now.
    #[arg(long)]
    digest: Option<String>,
}

impl Decide {
    pub(crate) fn run(
        self,
        answer: Answer,
        connection: &Connection,
        output: Output,
    ) -> Result<Exit, Failure> {
        let client = connection.open()?;
        let digest = match self.digest {
            Some(digest) => digest,
            None => {
                let view: ChangeView = client.read(&format!("/v1/changes/{}", self.change))?;
                print::say(&format!("{}\n{}", print::plain(&view.headline), print::reasons(&view.reasons)));
                view.digest
            }
        };
        let value = serde_json::json!({ "digest": digest, "answer": answer, "comment": self.comment });
        let view: ChangeView = client.post(&format!("/v1/changes/{}/approvals", self.change), &value)?;
        match output {
            Output::Json => print::json(&view)?,
            Output::Text => print::out(&print::change(&view)),
        }
        Ok(Exit::Ok)
    }
}
