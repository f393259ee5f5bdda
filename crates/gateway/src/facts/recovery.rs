//! Recovery points of what a change destroys (rules R1 and R2).

use holdpoint_core::{Backup, Change, Effect, Point, Recovery, Seen};

/// For each destroyed resource that holds data: what the document shows, and what was found elsewhere. A point that the
/// change itself destroys does not outlive it, wherever it was seen.
pub(super) fn of(change: &Change, points: Vec<(String, Point)>, unknown: &[String]) -> Vec<Recovery> {
    let destroyed = |what: &str| {
        change
            .effects
            .iter()
            .any(|e| e.effect.destroys() && what.contains(&format!("`{}`", e.resource.address)))
    };
    let recovery = |effect: &Effect| {
        let address = &effect.resource.address;
        let mut of_it: Vec<Point> = shown(effect).into_iter().collect();
        for (_, point) in points.iter().filter(|(of, _)| of == address) {
            let outlives = point.outlives && !destroyed(&point.what);
            of_it.push(Point { outlives, ..point.clone() });
        }
        Recovery::of(address, effect.backup, of_it, unknown.to_vec())
    };
    change.effects.iter().filter(|e| e.destroys_data()).take(500).map(recovery).collect()
}

/// What the document itself says, as a point.
fn shown(effect: &Effect) -> Option<Point> {
    let (what, outlives) = match effect.backup {
        Backup::Kept => ("a final snapshot, or automated backups that stay", true),
        Backup::Guarded => ("the provider's own guard: it refuses, or keeps it recoverable for days", true),
        Backup::RemovedWithIt => ("its automated backups", false),
        Backup::NotApplicable | Backup::NotShown | Backup::Elsewhere => return None,
    };
    Some(Point { what: what.to_owned(), seen: Seen::Document, outlives, owner: None, at: None })
}
