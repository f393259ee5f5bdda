//! AdmissionReview documents: one request to the server each.

use std::borrow::Cow;

use holdpoint_core::{EffectKind, Hazard, HazardKind, Manner};

use super::WORDS;
use super::item::{Item, hazard};
use super::object::{Name, at, clean, text};
use crate::ReadError;
use crate::value::{Node, canonical};

/// The kinds behind the names of resources whose parts are spoken to.
const PLURALS: [(&str, &str); 12] = [
    ("certificatesigningrequests", "CertificateSigningRequest"),
    ("cronjobs", "CronJob"),
    ("daemonsets", "DaemonSet"),
    ("deployments", "Deployment"),
    ("jobs", "Job"),
    ("namespaces", "Namespace"),
    ("nodes", "Node"),
    ("pods", "Pod"),
    ("replicasets", "ReplicaSet"),
    ("replicationcontrollers", "ReplicationController"),
    ("services", "Service"),
    ("statefulsets", "StatefulSet"),
];

/// Reads one request.
pub(super) fn read(review: &Node<'static>, place: &str) -> Result<Option<Item>, ReadError> {
    let wrong = |path: &str| {
        let path = format!("{place}.{path}").trim_start_matches('.').to_owned();
        ReadError::WrongPart { path, what: WORDS.what }
    };
    let Some(request @ Node::Object(_)) = review.get("request") else {
        let says = "this is the answer to an AdmissionReview, without its request";
        return match review.get("response") {
            Some(_) => Err(ReadError::NotThis { what: WORDS.what, says, hand_in: WORDS.hand_in }),
            None => Err(wrong("request")),
        };
    };
    let operation = text(request, "operation");
    if operation.is_empty() {
        return Err(wrong("request.operation"));
    }
    let part = text(request, "subResource").to_owned();
    let status = part == "status" || part == "finalize";
    let side = |key: &str| request.get(key).cloned().map_or(Node::Null, |node| clean(node, status));
    let (before, after) = (side("oldObject"), side("object"));
    let name = named(request, &part, &before, &after).ok_or_else(|| wrong("request.kind"))?;
    let nameless = name.name == "*";
    let mut item = Item::new(name, EffectKind::Update, before, after);
    item.request = true;
    if !part.is_empty() {
        item.address = format!("{}/{part}", item.address);
    }
    item.part = part;
    item.beside = beside(request);
    operate(&mut item, operation, request);
    if nameless && item.effect == EffectKind::Delete {
        item.manners
            .push((Manner::SelectsAll, "it names no object, and deletes a whole collection".to_owned()));
    }
    if request.get("dryRun").is_some_and(Node::is_true) {
        item.effect = EffectKind::Read;
        item.hazards.clear();
        item.manners.clear();
    }
    let same = item.effect == EffectKind::Update && item.hazards.is_empty() && item.before == item.after;
    Ok((!same).then_some(item))
}

/// Which object a request is about, by what the request says rather than by what the object calls itself.
fn named(request: &Node<'_>, part: &str, before: &Node<'_>, after: &Node<'_>) -> Option<Name> {
    let own = if *after == Node::Null || !part.is_empty() { Name::of(before) } else { Name::of(after) };
    let kind = text(request, "kind.kind");
    let resource = text(request, "resource.resource");
    let by_plural = PLURALS.iter().find(|(plural, _)| *plural == resource).map(|(_, kind)| *kind);
    let kind = match (part.is_empty(), by_plural) {
        (true, _) if !kind.is_empty() => kind,
        (false, Some(kind)) => kind,
        (false, None) if !resource.is_empty() => resource,
        _ if !own.kind.is_empty() => &own.kind,
        _ => return None,
    };
    let group = if part.is_empty() { at(request, "kind.group") } else { at(request, "resource.group") };
    let given = |key: &str, own: &str| {
        let said = text(request, key);
        if said.is_empty() { own.to_owned() } else { said.to_owned() }
    };
    let namespace = if kind == "Namespace" { String::new() } else { given("namespace", &own.namespace) };
    let group = group.and_then(Node::as_str).map_or(own.group, str::to_owned);
    Some(Name { group, kind: kind.to_owned(), namespace, name: given("name", &own.name) })
}

/// What belongs to the request and is in neither object. Who asks does not: the same request of another is judged by
/// who hands it in.
fn beside(request: &Node<'_>) -> String {
    let parts = ["operation", "subResource", "dryRun", "options"];
    parts.map(|key| request.get(key).map(canonical).unwrap_or_default()).join("\n")
}

fn operate(item: &mut Item, operation: &str, request: &Node<'_>) {
    let part = item.part.clone();
    let (before, after) = (item.before == Node::Null, item.after == Node::Null);
    item.known = !before || operation == "CREATE";
    if part.is_empty() && (operation == "UPDATE" && (before || after) || operation == "CREATE" && after) {
        let evidence = "the request does not show the object before and after";
        item.hazards.push(hazard(HazardKind::Unknown, "", evidence));
    }
    item.effect = match (operation, part.as_str()) {
        ("CREATE", "eviction") => EffectKind::Delete,
        ("CREATE", "") => EffectKind::Create,
        ("CREATE" | "UPDATE", _) => EffectKind::Update,
        ("DELETE", _) => EffectKind::Delete,
        _ => EffectKind::Execute,
    };
    if item.effect == EffectKind::Delete {
        deleted(item, request);
    }
    if part == "scale" {
        item.before = scale(&item.before);
        item.after = scale(&item.after);
    }
    item.hazards.extend(asked(operation, &part, item));
}

fn deleted(item: &mut Item, request: &Node<'_>) {
    item.orphans = text(request, "options.propagationPolicy") == "Orphan"
        || at(request, "options.orphanDependents").is_some_and(Node::is_true);
    let grace = at(request, "options.gracePeriodSeconds")
        .or_else(|| at(request, "object.deleteOptions.gracePeriodSeconds"));
    if grace.and_then(Node::as_number) == Some(0.0) {
        item.manners
            .push((Manner::Forced, "`gracePeriodSeconds` is 0, so nothing is given time to end".to_owned()));
    }
    if item.part == "eviction" && item.before == Node::Null {
        item.before = std::mem::replace(&mut item.after, Node::Null);
    }
    item.after = Node::Null;
}

/// A Scale leaves `replicas` out when it is 0.
fn scale(node: &Node<'static>) -> Node<'static> {
    if *node == Node::Null {
        return Node::Null;
    }
    let zero = || Node::Number(Cow::Borrowed("0"));
    let replicas = at(node, "spec.replicas").filter(|n| **n != Node::Null).cloned().unwrap_or_else(zero);
    let object = |key: &'static str, node| Node::Object(vec![(Cow::Borrowed(key), node)]);
    object("spec", object("replicas", replicas))
}

/// What asking for this itself is a hazard of.
fn asked(operation: &str, part: &str, item: &Item) -> Option<Hazard> {
    let kind = item.name.kind.as_str();
    let whole = |kind, evidence: &str| Some(hazard(kind, "", evidence));
    match (operation, part) {
        ("CONNECT", "proxy") if kind == "Node" => {
            whole(HazardKind::Privilege, "it speaks to the kubelet of a node, which runs anything")
        }
        ("CONNECT", _) => whole(
            HazardKind::Unknown,
            "it opens a connection into the cluster, and what goes over it is not shown",
        ),
        ("CREATE" | "UPDATE" | "DELETE", "" | "status" | "scale" | "eviction" | "binding" | "resize") => None,
        (_, "token") => whole(HazardKind::Privilege, "it makes a token with the rights of a service account"),
        (_, "approval") => {
            whole(HazardKind::Privilege, "it approves a certificate, with which somebody gets in")
        }
        (_, "ephemeralcontainers") => {
            whole(HazardKind::Privilege, "it puts a container into a pod that runs")
        }
        (_, "finalize") => whole(
            HazardKind::ProtectionOff,
            "it ends the deletion of a namespace without waiting for what is in it",
        ),
        ("CREATE" | "UPDATE" | "DELETE", _) => {
            whole(HazardKind::Unknown, "it speaks to a part of the object that this build does not know")
        }
        _ => whole(HazardKind::Unknown, "its operation is one that this build does not know"),
    }
}
