//! What would let a change pass, in words for people and as JSON for the agent.

use holdpoint_core::Step;

use super::diff::path;
use crate::web::words;

/// A step in words, as a sentence with names between backticks.
pub(crate) fn phrase(step: &Step) -> String {
    match step {
        Step::Set { resource, attribute, value } => {
            format!("Set `{}` of `{resource}` to `{value}`.", path(attribute))
        }
        Step::LeaveOut { resource } => format!("Leave `{resource}` out of the change."),
        Step::TakeBackup { resource } => {
            format!("Take a backup of `{resource}` that the change does not touch.")
        }
        Step::Split { at_most } => {
            format!("Submit in smaller parts, each of which destroys at most {at_most}.")
        }
        Step::SubmitPlan => "Hand in the binary plan too.".to_owned(),
        Step::PlanAgain => "Plan again on the workspace's own state.".to_owned(),
        Step::NameTargets => "Name each target, and how many are expected.".to_owned(),
        Step::DropCredential => "Use the credential that Holdpoint gave, and no other.".to_owned(),
        Step::Wait { until: Some(until) } => format!("Come again after {until}."),
        Step::Wait { until: None } => "Come again when a person has ended what stops it.".to_owned(),
        Step::AskPeople { requirements } => format!("Have it released by {}.", words::people(requirements)),
    }
}

/// The steps as JSON that can be looked at and copied: everything that is not ASCII is escaped, so what is seen is
/// exactly what is copied.
pub(crate) fn json(steps: &[Step]) -> String {
    let text = serde_json::to_string_pretty(steps).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0_u16; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use holdpoint_core::Requirements;

    use super::*;

    #[test]
    fn what_is_copied_is_what_was_meant_and_hides_nothing() {
        let steps = vec![
            Step::LeaveOut { resource: "a\u{202e}b😀\"".to_owned() },
            Step::AskPeople { requirements: Requirements::one("dba", 2).unwrap() },
        ];
        let text = json(&steps);
        assert!(text.is_ascii() && text.contains("\\u202e"));
        assert_eq!(serde_json::from_str::<Vec<Step>>(&text).unwrap(), steps);
    }

    #[test]
    fn steps_read_as_sentences() {
        let set = Step::Set {
            resource: "aws_db_instance.a".to_owned(),
            attribute: "/skip_final_snapshot".to_owned(),
            value: "false".to_owned(),
        };
        assert_eq!(phrase(&set), "Set `skip_final_snapshot` of `aws_db_instance.a` to `false`.");
        let ask = Step::AskPeople { requirements: Requirements::one("dba", 2).unwrap() };
        assert_eq!(phrase(&ask), "Have it released by 2 people of dba.");
    }
}
