//! Gathering the facts that a change is judged on: what the document shows, what the database remembers, and what live
//! look-ups find. Each source has a time limit; one that is slow or down is said in the facts and never kept as an
//! answer. Counting budgets and looking for a freeze belong to the transaction that records the verdict, so they are
//! not here.

mod again;
mod aws;
mod inventory;
mod live;
mod merge;
mod recovery;

use std::future::Future;
use std::time::Duration;

use holdpoint_core::{
    Actor, Asked, Change, EffectKind, Environment, Facts, Format, Graph, Intent, SeenState, Source, Task,
    radius,
};

use crate::AppState;

pub(crate) use again::again;
pub(crate) use aws::{AwsLookUp, count_below};
pub(crate) use inventory::{Lessons, learn, teach};
pub(crate) use live::{LookUp, Question};

/// What is known of whoever asks, and of what it says it is about to do.
#[derive(Debug, Clone)]
pub(crate) struct Asker<'a> {
    pub(crate) requester: &'a Actor,
    pub(crate) session: Option<&'a str>,
    pub(crate) intent: &'a Intent,
    /// The environment an operator configured for the requester, and what says so.
    pub(crate) configured: Option<(Environment, String)>,
}

/// The facts that need no database and no network: all that `check` on the command line has.
pub(crate) fn offline(
    change: &Change,
    source: &Source,
    asker: &Asker<'_>,
    seen: Option<&SeenState>,
) -> Facts {
    let mut facts = Facts::gather(source, &change.context, asker.configured.clone(), seen);
    facts.reach(radius(&change.graph, change));
    facts.recovery = recovery::of(change, Vec::new(), &[]);
    settle(&mut facts, change, asker);
    facts
}

/// The facts of a change, from every source there is.
pub(crate) async fn gather(
    app: &AppState,
    change: &Change,
    source: &Source,
    asker: &Asker<'_>,
    seen: Option<&SeenState>,
) -> Facts {
    let mut facts = Facts::gather(source, &change.context, asker.configured.clone(), seen);
    let workspace = source.workspace.as_deref();
    let wants = Wants::of(change);
    let mut points = Vec::new();
    let mut unknown = Vec::new();
    if wants.nothing() {
        facts.reach(radius(&change.graph, change));
    } else {
        let mut graph = merge::copy(&change.graph, change);
        let limit = app.config.facts.timeout();
        let remembered = in_time(limit, inventory::ask(app, change, workspace, asker)).await;
        match remembered {
            Ok(remembered) => {
                merge::take(&mut graph, workspace, &remembered.reach);
                points.extend(remembered.points);
                facts.existing = remembered.existing;
                facts.own = remembered.own;
                facts.asked.push(answered("inventory", remembered.reach.complete));
            }
            Err(why) => {
                unknown.push(format!("the inventory did not answer: {why}"));
                facts.asked.push(silent("inventory", why));
            }
        }
        if change.format == Format::Aws && wants.dependents {
            match in_time(limit, aws::own(app, change, asker)).await {
                Ok(own) => facts.own.extend(own),
                Err(why) => facts.asked.push(silent("calls", why)),
            }
        }
        let question = Question { change, workspace };
        for (name, answer) in live::ask(&app.look_ups, &question, limit).await {
            match answer {
                Ok(found) => {
                    points.extend(found.points.clone());
                    for (sign, why) in &found.signs {
                        facts.environment.raise(*sign, why);
                    }
                    found.into_graph(&mut graph);
                    facts.asked.push(answered(name, true));
                }
                Err(why) => {
                    unknown.push(format!("{name} did not answer: {why}"));
                    facts.asked.push(silent(name, why));
                }
            }
        }
        facts.reach(radius(&graph, change));
    }
    facts.recovery = recovery::of(change, points, &unknown);
    settle(&mut facts, change, asker);
    facts
}

/// What follows from the others: the task is compared with the environment that was found.
fn settle(facts: &mut Facts, change: &Change, asker: &Asker<'_>) {
    facts.task = Task::of(asker.intent, change, asker.requester, facts.environment.is);
}

/// What a change makes worth asking for. Most changes endanger nothing and create nothing that could exist, and cost no
/// look-up at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wants {
    pub(crate) dependents: bool,
    pub(crate) existing: bool,
}

impl Wants {
    pub(crate) fn of(change: &Change) -> Self {
        let endangers = |e: &holdpoint_core::Effect| {
            e.effect.destroys() || (e.effect != EffectKind::Read && !e.hazards.is_empty())
        };
        Self {
            dependents: change.effects.iter().any(endangers),
            existing: change.effects.iter().any(|e| e.effect == EffectKind::Create),
        }
    }

    fn nothing(self) -> bool {
        !self.dependents && !self.existing
    }
}

fn answered(source: &str, whole: bool) -> Asked {
    let says = if whole { "" } else { "there is more than is looked at" };
    Asked { source: source.to_owned(), answered: whole, says: says.to_owned() }
}

fn silent(source: &str, says: String) -> Asked {
    Asked { source: source.to_owned(), answered: false, says }
}

/// An answer within the limit, or why there is none.
async fn in_time<T>(limit: Duration, asking: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    match tokio::time::timeout(limit, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer within {} ms", limit.as_millis())),
    }
}

/// A graph without its content, for callers that only have the stored halves of a change.
pub(crate) fn bare(change: &Change) -> Graph {
    merge::copy(&Graph::default(), change)
}

#[cfg(test)]
mod tests;
