//! Pods that reach out of their container: into the node, its network or its processes.

use std::collections::BTreeMap;

use holdpoint_core::{EffectKind, Hazard, HazardKind};

use super::item::{Item, hazard};
use super::object::{at, text, texts};
use crate::value::Node;

/// Where the pod stands in what makes pods.
const PLACES: [&str; 4] =
    ["spec.jobTemplate.spec.template.spec", "spec.template.spec", "template.spec", "spec"];

/// Capabilities that amount to the node.
const CAPABILITIES: [&str; 7] =
    ["ALL", "BPF", "DAC_READ_SEARCH", "NET_ADMIN", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE"];

pub(super) fn hazards(item: &Item, out: &mut Vec<Hazard>) {
    if item.effect == EffectKind::Delete || !item.part.is_empty() {
        return;
    }
    let was = reaches(&item.before);
    for (reach, pointer) in reaches(&item.after) {
        if !was.contains_key(&reach) {
            out.push(hazard(HazardKind::Privilege, pointer, reach));
        }
    }
}

/// The pod of an object, with its pointer.
pub(super) fn of<'n>(node: &'n Node<'static>) -> Option<(String, &'n Node<'static>)> {
    PLACES.iter().find_map(|place| {
        let pod = at(node, place)?;
        pod.get("containers").map(|_| (format!("/{}", place.replace('.', "/")), pod))
    })
}

/// Each way in which a pod reaches out, with where it is written.
fn reaches(node: &Node<'static>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let Some((base, pod)) = of(node) else { return out };
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod.get(key).is_some_and(Node::is_true) {
            out.insert(format!("`{key}` gives it what belongs to the node"), format!("{base}/{key}"));
        }
    }
    for (n, volume) in pod.get("volumes").map(Node::items).unwrap_or_default().iter().enumerate() {
        if volume.get("hostPath").is_some() {
            let path: String = text(volume, "hostPath.path").chars().take(100).collect();
            out.insert(format!("it mounts `{path}` of the node"), format!("{base}/volumes/{n}/hostPath"));
        }
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for (n, container) in pod.get(list).map(Node::items).unwrap_or_default().iter().enumerate() {
            let name: String = text(container, "name").chars().take(63).collect();
            let place = format!("{base}/{list}/{n}/securityContext");
            if at(container, "securityContext.privileged").is_some_and(Node::is_true) {
                out.insert(format!("its container `{name}` is privileged"), format!("{place}/privileged"));
            }
            for capability in texts(container, "securityContext.capabilities.add") {
                let capability = capability.trim_start_matches("CAP_");
                if CAPABILITIES.contains(&capability) {
                    out.insert(
                        format!("its container `{name}` has the capability {capability}"),
                        format!("{place}/capabilities"),
                    );
                }
            }
        }
    }
    out
}
