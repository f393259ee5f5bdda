//! Commands and automations of Systems Manager, as calls start them.

use holdpoint_core::{EffectKind, HazardKind};

use super::deed::Deed;
use super::subject::Subject;
use crate::ReadError;
use crate::act::Hidden;
use crate::ssm::{Run, Selector};
use crate::table::scalar;
use crate::value::{Node, find};

/// Operations that start a document on machines, now or later.
const STARTS: [&str; 9] = [
    "SendCommand",
    "StartAutomationExecution",
    "StartChangeRequestExecution",
    "CreateAssociation",
    "UpdateAssociation",
    "CreateAssociationBatch",
    "StartAssociationsOnce",
    "RegisterTaskWithMaintenanceWindow",
    "StartSession",
];

/// Replaces the deed of such a call by what its document does on each machine.
pub(super) fn judge(
    subject: &Subject<'_>,
    depth: usize,
    hidden: &mut Hidden,
    deeds: &mut Vec<Deed>,
) -> Result<(), ReadError> {
    if !subject.is("ssm", &STARTS) {
        return Ok(());
    }
    let Some(document) = subject.text("DocumentName").or_else(|| subject.text("Name")) else {
        for deed in deeds {
            deed.act.effect = EffectKind::Execute;
            deed.act.adds_hazard(HazardKind::Unknown, "what it starts, and where, is not shown");
        }
        return Ok(());
    };
    let automation = subject.is("ssm", &["StartAutomationExecution", "StartChangeRequestExecution"]);
    let run = Run {
        document: document.to_owned(),
        content: None,
        parameters: subject.parameters.get("Parameters").map_or(Node::Null, Node::owned),
        selectors: selectors(subject),
        resolved: None,
        concurrency: subject.text("MaxConcurrency").map(str::to_owned),
        region: subject.call.region.clone(),
        account: subject.call.account.clone(),
        machines: !automation,
    };
    *deeds = crate::ssm::deeds(&run, depth, hidden)?;
    if subject.parameters.get("TargetLocations").is_some_and(|places| !places.is_empty()) {
        for deed in deeds {
            deed.act
                .adds_manner(holdpoint_core::Manner::Everywhere, "it runs in several accounts or regions");
        }
    }
    Ok(())
}

fn selectors(subject: &Subject<'_>) -> Vec<Selector> {
    let texts =
        |node: &Node<'_>| node.items().iter().filter_map(scalar).map(str::to_owned).collect::<Vec<_>>();
    let mut out = Vec::new();
    for (_, node) in find(&subject.parameters, "Targets") {
        for target in node.items() {
            let key = target.get("Key").and_then(Node::as_str).unwrap_or_default().to_owned();
            out.push(Selector { key, values: target.get("Values").map(texts).unwrap_or_default() });
        }
    }
    for member in ["InstanceIds", "InstanceId", "Target"] {
        if let Some(node) = subject.parameters.get(member) {
            let values = node.as_str().map_or_else(|| texts(node), |one| vec![one.to_owned()]);
            out.push(Selector { key: "InstanceIds".to_owned(), values });
        }
    }
    out
}
