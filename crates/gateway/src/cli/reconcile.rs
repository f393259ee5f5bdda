//! `holdpoint reconcile`: writes in CloudTrail that no change explains, with a person's token.

use std::path::PathBuf;

use clap::Args;
use holdpoint_cloud::trail::{self, Event, Explanation};
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, format_description::well_known::Iso8601};

use crate::api::reconcile::{NewReconciliation, ReconciliationView};
use crate::api::view::moment;
use crate::cli::client::Connection;
use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, Output};
use crate::reconcile::{Finding, TrailEvent};

/// List writes on guarded accounts that no change of Holdpoint's explains, by CloudTrail's events.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  holdpoint reconcile --from 2026-11-27 AWSLogs/\n  holdpoint reconcile --lookup --region eu-central-1 --region us-east-1\n\nExit: 0 every write is explained, 75 some are not, or something could not be looked at."
)]
pub(crate) struct Reconcile {
    /// Files and folders of events, as CloudTrail delivers them or as they were exported (.json, .json.gz, .jsonl).
    #[arg(value_name = "FILE|DIR", required_unless_present = "lookup")]
    paths: Vec<PathBuf>,
    /// From when on: a date or an RFC 3339 time, UTC.
    #[arg(long, value_name = "TIME", value_parser = moment_of)]
    from: Option<OffsetDateTime>,
    /// Until when.
    #[arg(long, value_name = "TIME", value_parser = moment_of)]
    to: Option<OffsetDateTime>,
    /// Have the daemon ask CloudTrail itself (LookupEvents: management events of 90 days, the last day by default).
    #[arg(long, requires = "region")]
    lookup: bool,
    /// A region to look up; events of global services are in us-east-1.
    #[arg(long, value_name = "REGION", requires = "lookup")]
    region: Vec<String>,
}

impl Reconcile {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let client = connection.open()?;
        let new = self.read()?;
        let made: ReconciliationView = client.post("/v1/reconciliations", &new).map_err(Failure::from)?;
        match output {
            Output::Json => print::json(&made)?,
            Output::Text => print::out(&text(&made)),
        }
        // Where there is nothing to look at, nothing was shown either.
        let clean = made.looked_at > 0 && made.unexplained == 0 && made.unread == 0 && !made.partial;
        Ok(if clean { Exit::Ok } else { Exit::Held })
    }

    fn read(self) -> Result<NewReconciliation, Failure> {
        let mut new = NewReconciliation {
            from: self.from.map(moment),
            to: self.to.map(moment),
            look_up: self.region,
            ..NewReconciliation::default()
        };
        for path in &self.paths {
            let unreadable = |path: &std::path::Path, why: trail::Unreadable| {
                let says = match why {
                    trail::Unreadable::File { .. } => why.to_string(),
                    why => format!("{}: {why}", path.display()),
                };
                Failure::new(Exit::Unreadable, "no_events", says)
            };
            for file in trail::files(path).map_err(|why| unreadable(path, why))? {
                let batch = trail::read(&file).map_err(|why| unreadable(&file, why))?;
                new.unread += batch.unread;
                for event in batch.events.iter().filter(|event| within(event, self.from, self.to)) {
                    // What nobody has to explain, whatever was carried out, need not be sent.
                    match trail::explains(event, &[]) {
                        Explanation::Exempt(_) => new.exempt += 1,
                        _ => new.events.push(TrailEvent::from(event)),
                    }
                }
            }
            new.sources.push(path.display().to_string());
        }
        Ok(new)
    }
}

fn within(event: &Event, from: Option<OffsetDateTime>, to: Option<OffsetDateTime>) -> bool {
    from.is_none_or(|from| event.at >= from) && to.is_none_or(|to| event.at <= to)
}

/// `2026-11-28`, or `2026-11-28T10:00:00Z`.
fn moment_of(text: &str) -> Result<OffsetDateTime, String> {
    let day = || Date::parse(text, &Iso8601::DATE).map(|day| day.midnight().assume_utc());
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| day())
        .map_err(|_| format!("`{text}` is no time; write 2026-11-28 or 2026-11-28T10:00:00Z"))
}

fn text(made: &ReconciliationView) -> String {
    let mut lines: Vec<String> = made.findings.iter().map(finding).collect();
    let listed = u64::try_from(made.findings.len()).unwrap_or(u64::MAX);
    if made.unexplained > listed {
        lines.push(format!("… and {} more, earlier", made.unexplained - listed));
    }
    lines.push(format!(
        "{} of {} events from {} to {} are unexplained writes; {} are explained by changes, {} need no explanation, \
         {} are of accounts that are not guarded",
        made.unexplained, made.looked_at, made.from, made.to, made.explained, made.exempt, made.elsewhere
    ));
    if made.looked_at == 0 {
        lines.push("no event of this time was found, so nothing is shown by it".to_owned());
    }
    if made.unread > 0 {
        lines.push(format!("{} records could not be read; each may be a write", made.unread));
    }
    if made.partial {
        lines.push("part of the time could not be looked at; files show all of it".to_owned());
        lines.extend(made.sources.iter().map(|source| format!("  {}", print::plain(source))));
    }
    lines.join("\n")
}

fn finding(finding: &Finding) -> String {
    let on = if finding.resources.is_empty() {
        String::new()
    } else {
        format!(" on {}", finding.resources.join(", "))
    };
    let refused = finding.error.as_ref().map(|code| format!(" (refused: {code})")).unwrap_or_default();
    let line = format!(
        "{}  {}:{}{on}{refused}  in {} {}  by {}  event {}",
        finding.at,
        finding.service,
        finding.operation,
        finding.account,
        finding.region,
        finding.who,
        finding.event_id
    );
    format!("{}\n    {}", print::plain(&line), print::plain(&finding.says))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_day_or_a_moment() {
        let day = moment_of("2026-11-28").unwrap();
        assert_eq!(moment(day), "2026-11-28T00:00:00Z");
        assert_eq!(moment_of("2026-11-28T02:00:00+02:00").unwrap(), day);
        assert!(moment_of("yesterday").is_err() && moment_of("").is_err());
    }

    #[test]
    fn files_are_sent_without_what_needs_no_explanation() {
        let file = std::env::temp_dir().join(format!("holdpoint-reconcile-{}.json", std::process::id()));
        let record = |at: &str, read_only: bool| {
            serde_json::json!({ "eventTime": at, "eventSource": "ec2.amazonaws.com", "eventName": "X",
                "eventID": at, "readOnly": read_only, "userIdentity": { "type": "IAMUser" },
                "requestParameters": { "password": "hunter2" } })
        };
        let records = [
            record("2026-11-27T10:00:00Z", false),
            record("2026-11-28T10:00:00Z", false),
            record("2026-11-28T11:00:00Z", true),
        ];
        std::fs::write(&file, serde_json::json!({ "Records": records }).to_string()).unwrap();
        let reconcile = Reconcile {
            paths: vec![file.clone()],
            from: moment_of("2026-11-28").ok(),
            to: None,
            lookup: false,
            region: Vec::new(),
        };
        let new = reconcile.read().unwrap();
        std::fs::remove_file(&file).unwrap();
        assert_eq!((new.events.len(), new.exempt, new.unread), (1, 1, 0));
        assert!(!serde_json::to_string(&new).unwrap().contains("hunter2"));
    }
}
