//! What surrounds a change, and what is said of it as a whole.

use holdpoint_core::{Continuity, Facts, Freeze, Manner};

use super::{Known, names_destroyed};
use crate::lint::Reads;
use crate::request::is_bound;
use crate::text;

/// How many names, gaps or sources a phrase lists.
const FEW: usize = 3;

impl Known<'_> {
    /// About what surrounds the change. Often empty.
    pub(crate) fn of_facts(&self, reads: &Reads) -> Vec<String> {
        let facts = self.facts;
        let mut phrases = Vec::new();
        if reads.any(&["continuity"])
            && let Continuity::Broken { why } = &facts.continuity
        {
            phrases.push(why.clone());
        }
        if reads.any(&["bound"]) && !is_bound(self.change, facts) {
            let unbound = "only a rendering of the plan was handed in, not the plan that will be carried out";
            phrases.push(unbound.to_owned());
        }
        if reads.any(&["frozen"]) {
            phrases.extend(freeze(&facts.freeze));
        }
        if reads.any(&["budget", "escalated"]) {
            phrases.extend(facts.budget.evidence());
        }
        if reads.any(&["task"]) {
            phrases.extend(facts.task.evidence.iter().cloned());
        }
        if reads.any(&["unattended"]) {
            phrases.extend(self.unattended());
        }
        if reads.any(&["hasOrigin"]) {
            phrases.push("no person and no ticket stands behind it".to_owned());
        }
        if reads.any(&["answeredFor"]) {
            phrases.push("the agent is registered without an operator".to_owned());
        }
        if reads.any(&["resolved"]) {
            phrases.extend(unresolved(facts));
        }
        phrases
    }

    /// About the change as a whole. Never empty.
    pub(crate) fn of_change(&self, reads: &Reads) -> Vec<String> {
        let (change, totals) = (self.change, self.totals);
        let mut phrases = self.of_facts(reads);
        if names_destroyed(reads) {
            let (sources, backups) = (totals.destroys_sources, totals.destroys_backups);
            phrases.push(format!("{sources} that hold data and {backups} that are backups are destroyed"));
        }
        phrases.extend(self.counted(reads));
        if reads.any(&["dependents", "dataInReach"]) {
            phrases.extend(self.in_reach(reads.any(&["dataInReach"])));
        }
        if reads.any(&["regionsDestroyed"]) {
            let regions = self.facts.radius.iter().flat_map(|radius| &radius.regions_destroyed);
            let some: Vec<String> = regions.take(FEW.saturating_mul(3)).cloned().collect();
            phrases.push(format!("something is destroyed in {}", text::list(&some, "and")));
        }
        if reads.any(&["existing"]) {
            let some = self.facts.existing.iter().take(FEW);
            phrases.extend(some.map(|existing| format!("`{}`: {}", existing.address, existing.says)));
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

    fn counted(&self, reads: &Reads) -> Vec<String> {
        let totals = self.totals;
        let mut phrases = Vec::new();
        if reads.any(&["shareDestroyed", "deletes", "replaces"])
            || (reads.any(&["destroys", "destroysOthers", "destroysNamed"])
                && !reads.any(&["task", "resolved", "dependents", "dataInReach"]))
        {
            if totals.is_unbounded() {
                let noted = self.change.effects.iter().flat_map(|effect| &effect.manners);
                let all = noted.filter(|noted| noted.manner == Manner::SelectsAll);
                phrases.extend(all.take(FEW).map(|noted| noted.evidence.clone()));
            }
            let destroys = totals.counts.destroys();
            phrases.push(match totals.estate {
                0 => format!("{destroys} are destroyed, and the change does not show of how many"),
                estate => format!("{destroys} of {estate} are destroyed"),
            });
        }
        if reads.any(&["creates"]) {
            phrases.push(format!("{} are created", totals.counts.create));
        }
        phrases
    }

    fn unattended(&self) -> Vec<String> {
        let mut phrases = Vec::new();
        if self.facts.task.intent.unattended {
            phrases.push("it says of itself that it runs where nobody is asked any more".to_owned());
        }
        let noted = self.change.effects.iter().flat_map(|effect| &effect.manners);
        let starts = noted.filter(|noted| noted.manner == Manner::Unattended);
        phrases.extend(starts.take(FEW).map(|noted| noted.evidence.clone()));
        phrases
    }

    fn in_reach(&self, data_only: bool) -> Vec<String> {
        let Some(radius) = &self.facts.radius else { return Vec::new() };
        let behind = radius.listed.iter().filter(|fallen| fallen.hop > 0);
        let behind = behind.filter(|fallen| !data_only || crate::looked::holds_data(fallen.class));
        let names: Vec<String> = behind
            .take(FEW)
            .map(|fallen| match fallen.workspace.as_str() {
                "" => format!("`{}`", fallen.address),
                workspace => format!("`{}` in {workspace}", fallen.address),
            })
            .collect();
        let hops = radius.hops.len();
        let far = format!("they are up to {hops} {} away", if hops == 1 { "step" } else { "steps" });
        match names.is_empty() {
            true => vec![far],
            false => vec![format!("among them {}", text::list(&names, "and")), far],
        }
    }
}

fn freeze(freeze: &Freeze) -> Option<String> {
    match freeze {
        Freeze::None => None,
        Freeze::Frozen(frozen) => {
            Some(format!("{} froze it until {}: {}", frozen.by, frozen.until, frozen.reason))
        }
        Freeze::Unknown { why } => Some(format!("it could not be looked up: {why}")),
    }
}

fn unresolved(facts: &Facts) -> Vec<String> {
    let silent = facts.asked.iter().filter(|asked| !asked.answered);
    let mut phrases: Vec<String> = silent
        .take(FEW)
        .map(|asked| match asked.says.as_str() {
            "" => format!("the {} did not answer", asked.source),
            says => format!("the {} did not answer whole: {says}", asked.source),
        })
        .collect();
    if let Some(coverage) = facts.radius.as_ref().map(|radius| &radius.coverage)
        && coverage.shown
        && coverage.resolved < coverage.references
    {
        phrases
            .push(format!("{} of {} references could be followed", coverage.resolved, coverage.references));
        phrases.extend(coverage.gaps.iter().take(FEW).map(|gap| match gap.resource.as_str() {
            "" => gap.says.clone(),
            resource => format!("`{resource}`: {}", gap.says),
        }));
    }
    phrases
}
