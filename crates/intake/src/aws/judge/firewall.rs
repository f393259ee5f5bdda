//! Rules that let addresses in.

use super::deed::Deed;
use super::subject::Subject;
use crate::ReadError;
use crate::hazard::lets_in;
use crate::table::is_like;

/// Adds what rules let in from everywhere.
pub(super) fn judge(subject: &Subject<'_>, deeds: &mut [Deed]) -> Result<(), ReadError> {
    let speaks = |types: &[String]| types.iter().any(|pattern| is_like(pattern, &subject.call.operation));
    for row in subject.service.world.iter().filter(|row| speaks(&row.types)) {
        for hazard in lets_in(row, &subject.parameters) {
            for deed in deeds.iter_mut() {
                deed.pointers.push((hazard.kind, hazard.attribute.clone()));
                deed.act.adds_hazard(hazard.kind, hazard.evidence.clone());
            }
        }
    }
    Ok(())
}
