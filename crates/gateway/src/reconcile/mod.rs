//! Reconciliation with CloudTrail: which writes on guarded accounts no change of Holdpoint's explains. It is looked for
//! in the daemon, which knows what it carried out; what was found is recorded.

mod event;
mod guarded;
mod look_up;
mod made;
mod matching;
#[cfg(test)]
mod policies;

use std::collections::{BTreeSet, HashSet};

use holdpoint_cloud::credentials::session_name;
use holdpoint_cloud::trail::Event;
use holdpoint_core::Timestamp;
use holdpoint_store::aws::reconciliations::{self, NewReconciliation, Reconciliation};
use holdpoint_store::people::Person;

pub(crate) use event::TrailEvent;
pub(crate) use matching::Finding;

use crate::{ApiError, AppState, clock};

/// Unexplained writes that are kept of one reconciliation; all of them are counted.
pub(crate) const KEPT: usize = 1_000;

/// What is to be reconciled.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The beginning of the time; the first event's when absent.
    pub(crate) from: Option<Timestamp>,
    /// The end; the last event's when absent.
    pub(crate) to: Option<Timestamp>,
    /// Events from files.
    pub(crate) events: Vec<Event>,
    /// Where those come from, in words.
    pub(crate) sources: Vec<String>,
    /// Regions whose events the daemon looks up by itself.
    pub(crate) regions: Vec<String>,
    /// Events that whoever read the files left out, since they read only or AWS did them by itself.
    pub(crate) exempt: u64,
    /// Records that could not be read.
    pub(crate) unread: u64,
}

/// Looks for writes that nothing explains, and records what was found.
pub(crate) async fn reconcile(app: &AppState, by: &Person, asked: Asked) -> Result<Reconciliation, ApiError> {
    let (mut events, mut sources, mut unread, mut partial) =
        (asked.events, asked.sources, asked.unread, false);
    let now = clock::now();
    if !asked.regions.is_empty() {
        let to = asked.to.unwrap_or(now);
        let from = asked.from.unwrap_or(to - look_up::DAY);
        let found = look_up::look_up(app, &asked.regions, from, to).await?;
        events.extend(found.events);
        sources.extend(found.sources);
        unread += found.unread;
        partial |= found.partial;
    }
    let times = || events.iter().map(|event| event.at);
    let looked_up = |otherwise: Timestamp| (!asked.regions.is_empty()).then_some(otherwise);
    let from =
        asked.from.or_else(|| looked_up(asked.to.unwrap_or(now) - look_up::DAY)).or_else(|| times().min());
    let to = asked.to.or_else(|| looked_up(now)).or_else(|| times().max());
    let (from, to) = (from.unwrap_or(now), to.unwrap_or(now));
    if from > to {
        return Err(ApiError::BadRequest("the time to reconcile ends before it begins".to_owned()));
    }
    let mut seen = HashSet::new();
    // The same event may stand in several files, and in several regions.
    events.retain(|event| {
        event.at >= from && event.at <= to && (event.id.is_empty() || seen.insert(event.id.clone()))
    });
    let made = made::made(app, from, to).await?;
    partial |= made.more;
    let sessions = sessions(app).await?;
    let mut found =
        matching::matched(&events, &made.carried, guarded::accounts(&app.config).as_ref(), &sessions);
    found.counts.looked_at += asked.exempt;
    found.counts.exempt += asked.exempt;
    found.counts.unread = unread;
    let findings = serde_json::to_string(&found.findings)?;
    let mut tx = app.db.begin().await?;
    let new = NewReconciliation {
        made_by: by.id,
        from,
        to,
        sources: &sources,
        counts: found.counts,
        partial,
        findings: &findings,
    };
    reconciliations::record(&mut tx, &new).await?;
    let recorded = reconciliations::latest(&mut tx, 1).await?.pop();
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    app.hub.recorded();
    if found.counts.unexplained > 0 {
        tracing::warn!(unexplained = found.counts.unexplained, "writes that no change explains");
    }
    recorded.ok_or_else(|| ApiError::Internal("what was recorded is not there".to_owned()))
}

/// The unexplained writes that were kept of it.
pub(crate) fn findings(of: &Reconciliation) -> Result<Vec<Finding>, ApiError> {
    Ok(serde_json::from_str(&of.findings)?)
}

/// The names that sessions of Holdpoint's own carry.
async fn sessions(app: &AppState) -> Result<BTreeSet<String>, ApiError> {
    let agents = holdpoint_store::agents::list(&mut *app.db.conn().await?).await?;
    Ok(agents.iter().map(|agent| session_name(&agent.name)).collect())
}
