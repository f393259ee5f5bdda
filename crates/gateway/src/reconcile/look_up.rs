//! Events of the last days, looked up in CloudTrail by the daemon itself: with its own identity, and with every role that
//! it makes agents' calls with.

use std::collections::HashSet;

use holdpoint_cloud::ask::{Asker, Times};
use holdpoint_cloud::credentials::{Bearer, Binding};
use holdpoint_cloud::look::View;
use holdpoint_cloud::trail::{Event, recent};
use holdpoint_core::Timestamp;
use time::Duration;
use tokio::time::Instant;

use crate::{ApiError, AppState, aws, clock};

/// The time that is looked up when none is said.
pub(super) const DAY: Duration = Duration::DAY;
/// CloudTrail answers two questions a second; nobody waits longer than this for it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
/// How often it is asked about one region of one account, each time for several pages.
const ROUNDS: usize = 20;
/// Whose questions these are, as CloudTrail shows it.
const ASKER: &str = "holdpoint-reconcile";

/// What was looked up.
#[derive(Default)]
pub(super) struct Found {
    pub(super) events: Vec<Event>,
    pub(super) unread: u64,
    /// Some of it is missing.
    pub(super) partial: bool,
    pub(super) sources: Vec<String>,
}

pub(super) async fn look_up(
    app: &AppState,
    regions: &[String],
    from: Timestamp,
    to: Timestamp,
) -> Result<Found, ApiError> {
    let gateway = crate::api::keys::gateway(app)?;
    let missing = |why: String| ApiError::Conflict("no_events", format!("CloudTrail cannot be asked: {why}"));
    let real = gateway.real(&app.config.aws.region).await.map_err(missing)?;
    let deadline = Instant::now() + PATIENCE;
    let mut found = Found::default();
    let (mut answered, mut refused) = (false, String::new());
    for binding in bindings(app) {
        let whose = binding.role.clone().unwrap_or_else(|| "the daemon's own identity".to_owned());
        let bearer = Bearer { agent: ASKER.to_owned(), change: None };
        let asker = Asker::new(gateway.sender.clone(), real.clone(), binding, bearer);
        for region in regions {
            match one(&asker, region, from, to, deadline, &mut found).await {
                Ok(()) => {
                    answered = true;
                    found.sources.push(format!("LookupEvents in {region} with {whose}"));
                }
                Err(why) => {
                    found.partial = true;
                    found.sources.push(format!("nothing from LookupEvents in {region} with {whose}: {why}"));
                    refused = why;
                }
            }
        }
    }
    if answered { Ok(found) } else { Err(missing(refused)) }
}

/// Everything that stands behind an agent.
fn bindings(app: &AppState) -> Vec<Binding> {
    let agents = app.config.aws.agents.keys().map(String::as_str);
    let mut seen = HashSet::new();
    std::iter::once("")
        .chain(agents)
        .map(|agent| aws::binding(&app.config, agent))
        .filter(|binding| seen.insert(binding.clone()))
        .collect()
}

/// Asks from the latest event backwards, until everything was said or the time is over.
async fn one(
    asker: &Asker,
    region: &str,
    from: Timestamp,
    to: Timestamp,
    deadline: Instant,
    found: &mut Found,
) -> Result<(), String> {
    let mut end = to;
    for round in 0..ROUNDS {
        let times = Times { now: clock::now(), deadline, cached: false };
        let (batch, more) = match recent(&View { asker, region, times }, from, end).await {
            Ok(answer) => answer,
            Err(why) if round == 0 => return Err(why.to_string()),
            Err(_) => break,
        };
        let oldest = batch.events.iter().map(|event| event.at).min();
        found.events.extend(batch.events);
        found.unread += batch.unread;
        if !more {
            return Ok(());
        }
        // Whole seconds are asked for; what is told twice is counted once.
        match oldest.map(|oldest| oldest + Duration::SECOND).filter(|oldest| *oldest < end) {
            Some(earlier) => end = earlier,
            None => break,
        }
    }
    found.partial = true;
    Ok(())
}
