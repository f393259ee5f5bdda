//! Looking again before a grant is claimed.

use std::collections::BTreeSet;

use holdpoint_core::{
    Change, Continuity, Difference, Facts, Fallen, Graph, Point, Radius, Seen, Source, radius,
};
use holdpoint_store::changes::StoredChange;
use holdpoint_store::workspaces;

use super::live::Question;
use super::{Asker, bare, in_time, inventory, live, merge, recovery};
use crate::AppState;

/// What has become graver since the change was judged. `given` is the artefact that is about to be carried out. Only what
/// can have changed is looked at again; the rest is as it was judged.
///
/// # Errors
/// If the database fails, or the inventory that the verdict rested on does not answer now.
pub(crate) async fn again(
    app: &AppState,
    stored: &StoredChange,
    change: &Change,
    given: &Source,
    asker: &Asker<'_>,
) -> Result<Vec<Difference>, holdpoint_store::Error> {
    let mut now = stored.facts.clone();
    if let Some(workspace) = stored.source.workspace.as_deref() {
        let seen = workspaces::seen(&mut *app.db.conn().await?, workspace).await?;
        let continuity = Continuity::of(given, seen.as_ref());
        if matches!(continuity, Continuity::Broken { .. }) {
            now.continuity = continuity;
        }
    }
    let workspace = stored.source.workspace.as_deref();
    match in_time(app.config.facts.timeout(), inventory::ask(app, change, workspace, asker)).await {
        // Silence refuses the claim and voids nothing: it may be asked again. Where the verdict did without the
        // inventory, people released it knowing that.
        Err(why) if stored.facts.asked.iter().any(|asked| asked.source == "inventory" && asked.answered) => {
            let what = format!("the inventory did not answer: {why}");
            return Err(holdpoint_store::Error::Unavailable(what));
        }
        Err(_) => {}
        Ok(mut found) => {
            let mut graph = bare(change);
            merge::take(&mut graph, workspace, &found.reach);
            look(app, stored, change, &mut graph, &mut found.points, &mut now).await?;
            take_in(&mut now, &radius(&graph, change), workspace);
            if !now.recovery.is_empty() {
                now.recovery = recovery::of(change, found.points, &[]);
            }
            // What the change itself is about to create is not there yet, unless somebody else made it.
            now.existing.extend(found.existing);
        }
    }
    Ok(stored.facts.graver(&now))
}

/// Asks the live sources again, about what they can be asked about: a stored change does not say how they call its
/// resources. What they saw then counts where they cannot be asked.
async fn look(
    app: &AppState,
    stored: &StoredChange,
    change: &Change,
    graph: &mut Graph,
    points: &mut Vec<(String, Point)>,
    now: &mut Facts,
) -> Result<(), holdpoint_store::Error> {
    if change.graph.nodes().is_empty() {
        for recovery in &stored.facts.recovery {
            let live = recovery.points.iter().filter(|point| point.seen == Seen::Live);
            points.extend(live.map(|point| (recovery.resource.clone(), point.clone())));
        }
        return Ok(());
    }
    let question = Question { change, workspace: stored.source.workspace.as_deref() };
    for (name, answer) in live::ask(&app.look_ups, &question, app.config.facts.timeout()).await {
        match answer {
            Ok(found) => {
                points.extend(found.points.clone());
                for (sign, why) in &found.signs {
                    now.environment.raise(*sign, why);
                }
                found.into_graph(graph);
            }
            Err(why) if stored.facts.asked.iter().any(|asked| asked.source == name && asked.answered) => {
                let what = format!("{name} did not answer: {why}");
                return Err(holdpoint_store::Error::Unavailable(what));
            }
            Err(_) => {}
        }
    }
    Ok(())
}

/// Adds the dependents that were not known then. Those that the document itself showed are still counted.
fn take_in(now: &mut Facts, found: &Radius, workspace: Option<&str>) {
    let mut known = now.radius.take().unwrap_or_default();
    // The document's own resources were listed without a workspace.
    let key = |fallen: &Fallen| {
        let own = workspace == Some(fallen.workspace.as_str());
        (if own { String::new() } else { fallen.workspace.clone() }, fallen.address.clone())
    };
    let listed: BTreeSet<(String, String)> = known.listed.iter().map(key).collect();
    let whole = known.listed.len() < holdpoint_core::MAX_LISTED / 2;
    for fallen in found.listed.iter().filter(|fallen| fallen.hop > 0) {
        if whole && !listed.contains(&key(fallen)) {
            let hop = fallen.hop.saturating_sub(1) as usize;
            known.hops.resize(known.hops.len().max(hop.saturating_add(1)), 0);
            if let Some(count) = known.hops.get_mut(hop) {
                *count = count.saturating_add(1);
            }
            known.listed.push(fallen.clone());
        }
    }
    for (sign, why) in &found.environments {
        now.environment.raise(*sign, why);
    }
    now.radius = Some(known);
}
