//! `holdpoint freeze`, `unfreeze`: the stop button, with a person's token.

use clap::Args;
use holdpoint_core::{Environment, Scope};

use crate::api::freeze::{FreezeView, NewFreeze};
use crate::cli::client::Connection;
use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, Output};

/// Stop everything, one agent, or one environment, at once and on every replica; or list what is frozen.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  holdpoint freeze --reason 'incident 4711' --for 2h\n  holdpoint freeze --environment production --reason 'launch day' --for 1d\n  holdpoint freeze --list"
)]
pub(crate) struct Freeze {
    /// Why; everyone who is stopped reads it.
    #[arg(long, required_unless_present = "list")]
    reason: Option<String>,
    /// How long, for example `30m`, `2h`, `1d`; at most 30 days. It then ends by itself.
    #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = seconds)]
    lasts: u32,
    /// Only this agent or pipeline (`agt_…`, `pip_…`).
    #[arg(long, value_name = "ID", conflicts_with = "environment")]
    agent: Option<String>,
    /// Only what reaches this environment; unknown counts as production.
    #[arg(long)]
    environment: Option<Environment>,
    /// List what is frozen now.
    #[arg(long)]
    list: bool,
}

impl Freeze {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let client = connection.open()?;
        let Some(reason) = self.reason.filter(|_| !self.list) else {
            let frozen: Vec<FreezeView> = client.read("/v1/freeze")?;
            show(&frozen, output)?;
            return Ok(Exit::Ok);
        };
        let scope = match (self.agent, self.environment) {
            (Some(id), _) => Scope::Agent(id),
            (None, Some(environment)) => Scope::Environment(environment),
            (None, None) => Scope::Everything,
        };
        let new = NewFreeze { scope: scope.key(), reason, seconds: self.lasts };
        let frozen: FreezeView = client.put("/v1/freeze", &new).map_err(Failure::from)?;
        show(&[frozen], output)?;
        Ok(Exit::Ok)
    }
}

/// Lift a freeze before its end.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  holdpoint unfreeze frz_01J9Z0M5E8Q1V7T3R2K4N6P8S0\n  holdpoint unfreeze --all"
)]
pub(crate) struct Unfreeze {
    /// The freeze (`frz_…`).
    #[arg(required_unless_present = "all")]
    id: Option<String>,
    /// Every freeze in force.
    #[arg(long, conflicts_with = "id")]
    all: bool,
}

impl Unfreeze {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let client = connection.open()?;
        let ids = match self.id {
            Some(id) => vec![id],
            None => {
                client.read::<Vec<FreezeView>>("/v1/freeze")?.into_iter().map(|freeze| freeze.id).collect()
            }
        };
        let mut lifted: Vec<FreezeView> = Vec::new();
        for id in ids {
            lifted.push(client.delete(&format!("/v1/freeze/{id}"))?);
        }
        show(&lifted, output)?;
        Ok(Exit::Ok)
    }
}

fn show(freezes: &[FreezeView], output: Output) -> Result<(), Failure> {
    if output == Output::Json {
        return print::json(&freezes);
    }
    if freezes.is_empty() {
        print::out("nothing is frozen");
    }
    for freeze in freezes {
        let end = match &freeze.lifted_at {
            Some(at) => format!("lifted {at}"),
            None => format!("until {}", freeze.until),
        };
        let (scope, by, reason) = (&freeze.scope, print::plain(&freeze.by), print::plain(&freeze.reason));
        print::out(&format!("{}  {scope}  {end}  by {by}: {reason}", freeze.id));
    }
    Ok(())
}

/// `90`, `90s`, `30m`, `2h`, `1d`.
fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is not a time; write for example 30m, 2h or 1d");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.strip_prefix(digits).unwrap_or("");
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    digits
        .parse::<u32>()
        .ok()
        .and_then(|count| count.checked_mul(factor))
        .filter(|s| *s > 0)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, expected) in [("90", 90), ("90s", 90), ("30m", 1_800), ("2h", 7_200), ("1d", 86_400)] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for wrong in ["", "h", "2w", "-1h", "0m", "1.5h", "99999999999d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
