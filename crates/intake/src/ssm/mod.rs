//! Commands to run on machines by Systems Manager: a document, its parameters, and where it runs.
//!
//! The document is JSON: `{"document": {"name", "version"?, "hash"?, "content"?}, "parameters": {…}, "targets":
//! [{"key", "values"}], "instances": […], "concurrency"?, "error_limit"?, "region"?, "account"?, "resolved":
//! [{"instance", "name"?, "tags"?, "platform"?}]?}`. `resolved` is what the targets were found to be; without it, a
//! target that names no instance by its id reaches nobody knows what.

mod commands;
mod documents;
mod reach;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use reach::{Resolved, Selector};
pub use read::read_with;

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};

use crate::ReadError;
use crate::act::{Act, Hidden};
use crate::aws::Deed;
use crate::value::Node;

/// A document to run, and where.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) document: String,
    /// The document's own content, where it is known.
    pub(crate) content: Option<Node<'static>>,
    pub(crate) parameters: Node<'static>,
    pub(crate) selectors: Vec<Selector>,
    /// What the selectors were found to be.
    pub(crate) resolved: Option<Vec<Resolved>>,
    /// As Systems Manager takes it: a number, or a share such as `10%`.
    pub(crate) concurrency: Option<String>,
    pub(crate) region: String,
    pub(crate) account: Option<String>,
    /// It runs on machines; an automation that names none runs by itself.
    pub(crate) machines: bool,
}

/// As many machines get deeds of their own for what is destroyed on each.
const MOST_EACH: usize = 50;

/// What it does: one `execute` for each machine, and beside it what the commands destroy there.
pub(crate) fn deeds(run: &Run, depth: usize, hidden: &mut Hidden) -> Result<Vec<Deed>, ReadError> {
    let done = documents::done(run, depth, hidden)?;
    let reach = reach::of(run);
    let mut out = Vec::new();
    for place in &reach.places {
        let mut act =
            Act::new(EffectKind::Execute, "aws_instance", place.address.clone()).class(Class::Compute);
        if !run.machines && reach.nowhere {
            "aws_ssm_document".clone_into(&mut act.kind);
            act.class = Some(Class::Other);
        }
        for (kind, says) in &done.hazards {
            act.adds_hazard(*kind, says.clone());
        }
        for (manner, says) in done.manners.iter().chain(&reach.manners) {
            act.adds_manner(*manner, says.clone());
        }
        if let Some(says) = &place.unclear {
            act.adds_hazard(HazardKind::Unknown, says.clone());
        }
        act.text.clone_from(&done.text);
        out.push(Deed { identifiers: place.identifiers.clone(), ..Deed::new(act) });
    }
    let each = reach.places.len() <= MOST_EACH;
    let places: Vec<String> = match each {
        true => reach.places.iter().map(|place| place.address.clone()).collect(),
        false => vec![format!("each of {} machines", reach.places.len())],
    };
    for place in places {
        for act in &done.acts {
            let mut act = act.clone();
            act.address = format!("{place}: {}", act.address);
            let grave = act.is_grave();
            for (manner, says) in reach.manners.iter().filter(|_| grave) {
                act.adds_manner(*manner, says.clone());
            }
            if !each {
                act.adds_manner(Manner::SelectsAll, "it is done on more machines than are told one by one");
            }
            out.push(Deed::new(act));
        }
    }
    out.extend(done.deeds);
    Ok(out)
}
