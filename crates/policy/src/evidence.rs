//! What was read that made a rule fire: the facts its conditions look at, as phrases that continue "because".

mod around;

use holdpoint_core::{
    Backup, Change, Effect, EffectKind, Evidence, Facts, HazardKind, Point, Recovery, Seen,
};

use crate::explain::item;
use crate::lint::Reads;
use crate::looked::Looked;
use crate::totals::Totals;

/// All that evidence is read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) change: &'a Change,
    pub(crate) facts: &'a Facts,
    pub(crate) totals: &'a Totals,
    pub(crate) looked: &'a Looked<'a>,
}

impl Known<'_> {
    /// About one effect. Never empty, so that no sentence ends in a colon.
    pub(crate) fn of_effect(&self, reads: &Reads, effect: &Effect) -> Vec<String> {
        let mut phrases = of_manners(reads, effect);
        phrases.extend(of_hazards(effect, |kind| reads.hazards.contains(&kind)));
        if phrases.is_empty() && reads.any(&["toZero"]) {
            phrases = of_hazards(effect, |kind| kind == HazardKind::Capacity);
        }
        if phrases.is_empty() && reads.any(&["backup"]) {
            phrases = of_hazards(effect, |kind| kind == HazardKind::BackupLoss);
        }
        if phrases.is_empty() && reads.any(&["backup"]) {
            phrases = of_hazards(effect, |kind| kind == HazardKind::DataLoss);
        }
        if reads.any(&["backup"]) {
            let backup = self.looked.backup(effect);
            if backup != effect.backup || (phrases.is_empty() && backup != Backup::NotApplicable) {
                phrases.push(self::backup(backup).to_owned());
            }
            if let Some(recovery) = self.facts.recovery_of(&effect.resource.address) {
                phrases.extend(points(recovery));
            }
        }
        if let Some(why) = effect.deferred.as_deref().filter(|_| reads.any(&["deferred"])) {
            phrases.push(format!("the tool puts it off ({why})"));
        }
        if phrases.is_empty() && effect.effect == EffectKind::Replace {
            phrases.extend(effect.forced_by.iter().map(|pointer| {
                let name = pointer.trim_start_matches('/').replace('/', ".");
                format!("another `{name}` forces it to be made anew")
            }));
        }
        if phrases.is_empty() {
            // A rule that asks whether there is any hazard at all.
            phrases = of_hazards(effect, |_| reads.any(&["hazards"]) && reads.hazards.is_empty());
        }
        if phrases.is_empty() {
            phrases.push(class_of(effect));
        }
        phrases.dedup();
        phrases
    }

    /// What a rule on the whole change says of single resources.
    pub(crate) fn named(&self, reads: &Reads) -> Vec<Evidence> {
        if !reads.any(&["existing"]) {
            return Vec::new();
        }
        self.facts.existing.iter().take(10).map(|existing| item(&existing.address, &existing.says)).collect()
    }
}

fn of_manners(reads: &Reads, effect: &Effect) -> Vec<String> {
    let noted = effect.manners.iter().filter(|n| reads.manners.contains(&n.manner) && !n.evidence.is_empty());
    noted.map(|noted| noted.evidence.clone()).collect()
}

fn of_hazards(effect: &Effect, concerned: impl Fn(HazardKind) -> bool) -> Vec<String> {
    let hazards =
        effect.hazards.iter().filter(|hazard| concerned(hazard.kind) && !hazard.evidence.is_empty());
    hazards.map(|hazard| hazard.evidence.clone()).collect()
}

/// What it could be restored from, and what could not be looked at. What the change itself shows, its hazards say.
fn points(recovery: &Recovery) -> Vec<String> {
    let elsewhere = recovery.points.iter().filter(|point| point.seen != Seen::Document);
    let mut phrases: Vec<String> = elsewhere.take(5).map(point).collect();
    phrases.extend(recovery.unknown.iter().take(5).cloned());
    phrases
}

fn point(point: &Point) -> String {
    let seen = match point.seen {
        Seen::Document => "in the change",
        Seen::Inventory => "in an earlier change",
        Seen::Live => "in the live system",
        Seen::Operator => "by whoever runs Holdpoint",
    };
    let fate = if point.outlives { "stays" } else { "goes too, or went before" };
    let owner = point.owner.as_ref().map(|owner| format!(", kept by {owner}")).unwrap_or_default();
    let at = point.at.as_ref().map(|at| format!(", of {at}")).unwrap_or_default();
    format!("{} (seen {seen}{at}{owner}) {fate}", point.what)
}

fn class_of(effect: &Effect) -> String {
    let kind = &effect.resource.kind;
    let what = match effect.class.as_str() {
        "data" => "holds data",
        "backup" => "is a backup, or makes them",
        "key" => "is a key, without which what it encrypts is lost",
        "identity" => "says who may do what",
        "traffic" => "sends traffic",
        "network" => "is a part of the network",
        "compute" => "runs something",
        "watch" => "watches others",
        "unlisted" => "is a type that the resource table does not know",
        _ => "is of no graver class",
    };
    if kind.is_empty() { format!("it {what}") } else { format!("`{kind}` {what}") }
}

/// What becomes of the backups, as a phrase.
pub(crate) fn backup(backup: Backup) -> &'static str {
    match backup {
        Backup::NotApplicable => "no backup is concerned",
        Backup::NotShown => "the change shows no backup",
        Backup::RemovedWithIt => "its backups go with it, or went before it",
        Backup::Kept => "a final snapshot is taken, or its automated backups stay",
        Backup::Elsewhere => "a backup that this change does not touch is on record elsewhere",
        Backup::Guarded => "the provider refuses while it holds anything, or keeps it recoverable for days",
    }
}

/// Whether a rule on the whole change looks at what holds data, so that its evidence lists it.
pub(crate) fn names_destroyed(reads: &Reads) -> bool {
    reads.any(&["destroysSources", "destroysBackups", "destroysData"])
}

#[cfg(test)]
mod tests;
