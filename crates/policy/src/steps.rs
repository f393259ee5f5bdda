//! What would pass, as steps that a program can take: each policy names its ways, and the effects fill them in.

use std::collections::BTreeSet;

use holdpoint_core::{Change, Class, Effect, EffectKind, Facts, Freeze, HazardKind, Step, Verdict};
use serde_json::Value;

use crate::annotation::Rule;
use crate::looked::Looked;
use crate::text;

/// How many steps a reason lists.
const MOST: usize = 10;

/// A value longer than this is not repeated.
const LONGEST: usize = 200;

/// Settings that make a deletion take its backups along, with the value that keeps them.
const KEEPS: [(&str, bool); 3] =
    [("skip_final_snapshot", false), ("delete_automated_backups", false), ("force_destroy", false)];

/// One way round a rule, as `@steps` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Give the attributes that were read the values they had, or the values that keep backups.
    Set,
    /// Leave out the resources that it is about; of a rule on the whole change, what is destroyed.
    LeaveOut,
    /// Leave out the backups that are destroyed.
    LeaveBackups,
    TakeBackup,
    Split(u64),
    SubmitPlan,
    PlanAgain,
    NameTargets,
    DropCredential,
    Wait,
}

impl Way {
    /// Reads `@steps("set,leave_out,split:9")`.
    pub(crate) fn list(text: Option<&str>) -> Result<Vec<Self>, String> {
        text.map_or(Ok(Vec::new()), |text| text.split(',').map(|word| Self::of(word.trim())).collect())
    }

    fn of(word: &str) -> Result<Self, String> {
        Ok(match word {
            "set" => Way::Set,
            "leave_out" => Way::LeaveOut,
            "leave_backups" => Way::LeaveBackups,
            "take_backup" => Way::TakeBackup,
            "submit_plan" => Way::SubmitPlan,
            "plan_again" => Way::PlanAgain,
            "name_targets" => Way::NameTargets,
            "drop_credential" => Way::DropCredential,
            "wait" => Way::Wait,
            _ => match word.strip_prefix("split:").and_then(|n| n.parse().ok()).filter(|n| *n > 0) {
                Some(at_most) => Way::Split(at_most),
                None => {
                    return Err(format!(
                        "`@steps` names `{word}`; known are set leave_out leave_backups take_backup split:N submit_plan \
                         plan_again name_targets drop_credential wait"
                    ));
                }
            },
        })
    }
}

/// The steps of a rule that fired for these effects, or for the change as a whole when there are none. At most ten, the
/// people of a hold always among them.
pub(crate) fn of(
    rule: &Rule,
    effects: &[&Effect],
    change: &Change,
    facts: &Facts,
    looked: &Looked<'_>,
) -> Vec<Step> {
    let mut steps = Steps::default();
    for way in &rule.ways {
        match way {
            Way::Set => effects.iter().take(MOST).for_each(|effect| steps.set(rule, effect)),
            Way::LeaveOut if effects.is_empty() => {
                let others = change.effects.iter().filter(|e| e.effect.destroys() && !looked.is_own(e));
                others.take(MOST).for_each(|effect| steps.leave_out(effect));
            }
            Way::LeaveOut => effects.iter().take(MOST).for_each(|effect| steps.leave_out(effect)),
            Way::LeaveBackups => {
                let backups =
                    change.effects.iter().filter(|e| e.effect.destroys() && e.class == Class::Backup);
                backups.take(MOST).for_each(|effect| steps.leave_out(effect));
            }
            Way::TakeBackup => {
                for effect in effects.iter().take(MOST) {
                    steps.push(Step::TakeBackup { resource: text::clean(&effect.resource.address) });
                }
            }
            // What is smaller already does not pass by being split.
            Way::Split(at_most) if change.counts().destroys() > *at_most => {
                steps.push(Step::Split { at_most: *at_most });
            }
            Way::Split(_) => {}
            Way::SubmitPlan => steps.push(Step::SubmitPlan),
            Way::PlanAgain => steps.push(Step::PlanAgain),
            Way::NameTargets => steps.push(Step::NameTargets),
            Way::DropCredential => steps.push(Step::DropCredential),
            Way::Wait => steps.push(Step::Wait { until: until(&facts.freeze) }),
        }
    }
    let mut steps = steps.0;
    if let Verdict::Hold { requirements } = &rule.verdict {
        steps.truncate(MOST.saturating_sub(1));
        steps.push(Step::AskPeople { requirements: requirements.clone() });
    }
    steps.truncate(MOST);
    steps
}

fn until(freeze: &Freeze) -> Option<String> {
    let Freeze::Frozen(frozen) = freeze else { return None };
    // Written as the facts are, so that both say the same moment in the same way.
    let value = serde_json::to_value(frozen).ok()?;
    value.get("until").and_then(Value::as_str).map(ToOwned::to_owned)
}

#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    fn push(&mut self, step: Step) {
        if self.0.len() < MOST && !self.0.contains(&step) {
            self.0.push(step);
        }
    }

    fn leave_out(&mut self, effect: &Effect) {
        self.push(Step::LeaveOut { resource: text::clean(&effect.resource.address) });
    }

    fn set(&mut self, rule: &Rule, effect: &Effect) {
        let Some(before) =
            effect.before.as_ref().and_then(|before| serde_json::from_str::<Value>(before.get()).ok())
        else {
            return;
        };
        if effect.effect.destroys() && rule.reads.any(&["backup"]) {
            for (name, keeps) in KEEPS {
                if before.get(name).and_then(Value::as_bool) == Some(!keeps) {
                    self.give(effect, &format!("/{name}"), &Value::Bool(keeps));
                }
            }
        }
        for pointer in concerned(rule, effect) {
            if let Some(value) = before.pointer(pointer).filter(|value| !value.is_null()) {
                self.give(effect, pointer, value);
            }
        }
    }

    fn give(&mut self, effect: &Effect, pointer: &str, value: &Value) {
        let value = value.to_string();
        if value.len() <= LONGEST && !effect.sensitive.iter().any(|masked| covers(masked, pointer)) {
            let (resource, attribute) = (text::clean(&effect.resource.address), text::clean(pointer));
            self.push(Step::Set { resource, attribute, value: text::clean(&value) });
        }
    }
}

/// The attributes that the rule's hazards were read from, and those that force a replace. What is deleted has no
/// attribute to give back.
fn concerned<'e>(rule: &Rule, effect: &'e Effect) -> BTreeSet<&'e str> {
    let kinds = |kind: HazardKind| {
        rule.reads.hazards.contains(&kind) || (rule.reads.any(&["toZero"]) && kind == HazardKind::Capacity)
    };
    let hazards = effect.hazards.iter().filter(|hazard| kinds(hazard.kind));
    let read = hazards.map(|hazard| hazard.attribute.as_str());
    let forced = effect.forced_by.iter().map(String::as_str);
    let all: BTreeSet<&str> = read.chain(forced).filter(|pointer| !pointer.is_empty()).collect();
    if effect.effect == EffectKind::Delete { BTreeSet::new() } else { all }
}

/// Whether one pointer is the other, or lies above or below it.
fn covers(masked: &str, pointer: &str) -> bool {
    let below =
        |a: &str, b: &str| b.strip_prefix(a).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    below(masked, pointer) || below(pointer, masked)
}

#[cfg(test)]
mod tests;
