//! Stacks of CloudFormation: what a template in the call makes is judged by the reader of templates.

use holdpoint_core::HazardKind;

use super::Judged;
use super::subject::Subject;
use crate::{Patterns, ReadError, cloudformation};

/// Adds the effects of a template that is given, and says where none is.
pub(super) fn judge(subject: &Subject<'_>, judged: &mut Judged) -> Result<(), ReadError> {
    if !subject.is("cloudformation", &["CreateStack", "CreateStackSet"]) {
        return Ok(());
    }
    let Some(body) = subject.text("TemplateBody") else {
        says(judged, "the template lies elsewhere, so what it makes is not shown; hand in its change set");
        return Ok(());
    };
    let name = subject.text("StackName").or_else(|| subject.text("StackSetName")).unwrap_or("the stack");
    match cloudformation::read_with(body.as_bytes(), &Patterns::default()) {
        Ok(change) => {
            for mut effect in change.effects {
                effect.resource.address = format!("cloudformation stack {name}/{}", effect.resource.address);
                judged.whole.push(effect);
            }
        }
        Err(_) => says(judged, "its template cannot be read"),
    }
    Ok(())
}

fn says(judged: &mut Judged, says: &str) {
    for deed in &mut judged.deeds {
        deed.act.adds_hazard(HazardKind::Unknown, says);
    }
}
