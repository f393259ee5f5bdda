//! Asks the Change Calendars again and again: while one is closed, or AWS does not say, everything is frozen here.

use std::time::Duration;

use holdpoint_cloud::calendar::Calendar;
use holdpoint_core::{Frozen, Scope};

use crate::{AppState, clock};

/// Between two questions. A calendar turns at most this late.
const BETWEEN: Duration = Duration::from_secs(10);

pub(super) async fn run(app: AppState) {
    if app.config.ssm.calendars.is_empty() {
        return std::future::pending().await;
    }
    loop {
        let seen = app.runners.calendar(&app.config).await;
        if let Calendar::Unknown(why) = &seen {
            tracing::warn!(%why, "the change calendars do not answer, so everything is frozen");
        }
        app.hub.learn_calendar(frozen(&seen, &app.config.ssm.calendars));
        tokio::time::sleep(super::jittered(BETWEEN)).await;
    }
}

/// What is frozen before the calendars were asked for the first time.
pub(crate) fn unasked(names: &[String]) -> Option<Frozen> {
    let unknown = Calendar::Unknown("they were not asked yet".to_owned());
    if names.is_empty() { None } else { frozen(&unknown, names) }
}

fn frozen(seen: &Calendar, names: &[String]) -> Option<Frozen> {
    let soon = clock::now() + time::Duration::minutes(1);
    let (reason, until) = match seen {
        Calendar::Open(_) => return None,
        Calendar::Closed(until) => ("a change calendar is closed".to_owned(), until.unwrap_or(soon)),
        Calendar::Unknown(why) => {
            (format!("whether the change calendars are open is not known: {why}"), soon)
        }
    };
    Some(Frozen { scope: Scope::Everything, reason, by: names.join(", "), until })
}
