//! What is lost when a resource is destroyed, and what becomes of its backups.

use holdpoint_core::{Backup, Class, EffectKind, Hazard, HazardKind};

use super::{Subject, hazard, name};
use crate::table::Table;
use crate::value::Node;

pub(super) fn read(subject: &Subject<'_, '_>, class: Class, table: &Table, out: &mut Vec<Hazard>) -> Backup {
    let way = match (subject.effect, subject.deposed) {
        (EffectKind::Replace, _) => "is replaced",
        (_, true) => "is left over from a replace and is deleted",
        _ => "is deleted",
    };
    let backup = match class {
        Class::Data => {
            let (backup, says) = fate(subject, table);
            out.push(hazard(HazardKind::DataLoss, "", format!("it holds data and {way}; {says}")));
            if backup == Backup::RemovedWithIt {
                out.push(hazard(HazardKind::BackupLoss, "", says));
            }
            backup
        }
        Class::Key => {
            let (backup, says) = fate(subject, table);
            let evidence =
                format!("it is a key and {way}, and what it encrypts cannot be read without it; {says}");
            out.push(hazard(HazardKind::DataLoss, "", evidence));
            backup
        }
        Class::Backup => {
            out.push(hazard(HazardKind::BackupLoss, "", format!("it is a backup, or makes them, and {way}")));
            Backup::NotShown
        }
        _ => Backup::NotApplicable,
    };
    removals(subject, way, table, out);
    identity(subject, table, out);
    backup
}

fn fate(subject: &Subject<'_, '_>, table: &Table) -> (Backup, String) {
    let unset = Node::Null;
    let before = subject.before.unwrap_or(&unset);
    let row = table.fates(subject.kind).find(|row| row.when.iter().all(|condition| condition.holds(before)));
    match row {
        Some(row) => (row.backup, row.says.clone()),
        None => (Backup::NotShown, "the change shows no backup of it".to_owned()),
    }
}

fn removals(subject: &Subject<'_, '_>, way: &str, table: &Table, out: &mut Vec<Hazard>) {
    let replaced = subject.effect == EffectKind::Replace;
    for row in table.removals(subject.kind) {
        // What was left over no longer serves, and what is made anew first serves on.
        let serves_on = subject.deposed || (replaced && subject.create_before_destroy);
        if row.hazard == HazardKind::Capacity && serves_on || (replaced && !row.replace) {
            continue;
        }
        out.push(hazard(row.hazard, "", format!("{}, and {way}", row.says)));
    }
}

/// A replace forced by a new name is something else taking the place of the thing, as when a counted list shifts.
fn identity(subject: &Subject<'_, '_>, table: &Table, out: &mut Vec<Hazard>) {
    if subject.effect != EffectKind::Replace {
        return;
    }
    for attribute in table.identities(subject.kind).flat_map(|row| &row.attributes) {
        if let Some(pointer) = subject.forced_by.iter().find(|pointer| name(pointer) == *attribute) {
            let evidence = format!("`{attribute}` changes, so another thing takes its place");
            out.push(hazard(HazardKind::Cascade, pointer.clone(), evidence));
        }
    }
}
