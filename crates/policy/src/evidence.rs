//! What was read that made a rule fire: the facts its conditions look at, as phrases that continue "because".

use holdpoint_core::{Backup, Change, Continuity, Effect, EffectKind, Facts, HazardKind};

use crate::lint::Reads;
use crate::request::Totals;

/// About one effect. Never empty, so that no sentence ends in a colon.
pub(crate) fn of_effect(reads: &Reads, effect: &Effect) -> Vec<String> {
    let mut phrases = of_hazards(effect, |kind| reads.hazards.contains(&kind));
    if phrases.is_empty() && reads.any(&["backup"]) {
        phrases = of_hazards(effect, |kind| kind == HazardKind::BackupLoss);
    }
    if phrases.is_empty() && reads.any(&["backup"]) {
        phrases = of_hazards(effect, |kind| kind == HazardKind::DataLoss);
    }
    if phrases.is_empty() && reads.any(&["backup"]) && effect.backup != Backup::NotApplicable {
        phrases.push(backup(effect.backup).to_owned());
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
        phrases.push(class_of(effect));
    }
    phrases.dedup();
    phrases
}

fn of_hazards(effect: &Effect, concerned: impl Fn(HazardKind) -> bool) -> Vec<String> {
    let hazards =
        effect.hazards.iter().filter(|hazard| concerned(hazard.kind) && !hazard.evidence.is_empty());
    hazards.map(|hazard| hazard.evidence.clone()).collect()
}

/// About what surrounds the change. Often empty.
pub(crate) fn of_facts(reads: &Reads, facts: &Facts) -> Vec<String> {
    let mut phrases = Vec::new();
    if reads.any(&["continuity"])
        && let Continuity::Broken { why } = &facts.continuity
    {
        phrases.push(why.clone());
    }
    if reads.any(&["bound"]) && !facts.bound {
        let unbound = "only a rendering of the plan was handed in, not the plan that will be carried out";
        phrases.push(unbound.to_owned());
    }
    phrases
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
        Backup::RemovedWithIt => "no final snapshot is taken and its automated backups are deleted",
        Backup::Kept => "a final snapshot is taken, or its automated backups stay",
        Backup::Elsewhere => "a backup that this change does not touch is on record elsewhere",
        Backup::Guarded => "the provider refuses while it holds anything, or keeps it recoverable for days",
    }
}

/// About the change as a whole. Never empty.
pub(crate) fn of_change(reads: &Reads, totals: &Totals, change: &Change, facts: &Facts) -> Vec<String> {
    let mut phrases = of_facts(reads, facts);
    if names_destroyed(reads) {
        let (sources, backups) = (totals.destroys_sources, totals.destroys_backups);
        phrases.push(format!("{sources} that hold data and {backups} that are backups are destroyed"));
    }
    let destroys = totals.counts.destroys();
    if reads.any(&["destroys", "shareDestroyed", "deletes", "replaces"]) {
        phrases.push(match totals.estate {
            0 => format!("{destroys} are destroyed, and the change does not show of how many"),
            estate => format!("{destroys} of {estate} are destroyed"),
        });
    }
    if reads.any(&["creates"]) {
        phrases.push(format!("{} are created", totals.counts.create));
    }
    if reads.any(&["errored"]) && change.context.errored {
        phrases.push("the tool says that planning failed half-way".to_owned());
    }
    if reads.any(&["incomplete"]) && change.context.incomplete {
        phrases.push("the tool says that applying it leaves something undone".to_owned());
    }
    if phrases.is_empty() {
        phrases.push(format!("it has {} effects", totals.effects));
    }
    phrases
}

/// Whether a rule on the whole change looks at what holds data, so that its evidence lists it.
pub(crate) fn names_destroyed(reads: &Reads) -> bool {
    reads.any(&["destroysSources", "destroysBackups", "destroysData"])
}
