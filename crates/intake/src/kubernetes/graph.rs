//! What depends on what among the objects of a document.

use std::collections::BTreeMap;

use holdpoint_core::{EffectKind, Graph, Link, Node as Place};

use super::item::Item;
use super::object::{Name, at, text};
use super::pod;
use crate::table::Table;
use crate::value::Node;

/// The graph of everything that a document shows. Whether it shows what depends on an object is only known where all
/// there is was handed in, or nothing goes.
pub(super) fn of(items: &[Item], beside: &[Node<'static>], whole: bool, table: &Table) -> Graph {
    let mut graph = Graph::default();
    graph.shown = whole || !items.iter().any(|item| item.effect.destroys() && !is_leaf(item));
    let mut objects: Vec<(Name, String, &Node<'static>)> = Vec::new();
    for item in items.iter().filter(|item| item.part.is_empty() || item.part == "scale") {
        let address = item.address.clone();
        let exists = item.before != Node::Null || item.effect != EffectKind::Create;
        graph.node(place(&item.name, &address, exists, table));
        let shown = if item.after == Node::Null { &item.before } else { &item.after };
        objects.push((item.name.clone(), address, shown));
    }
    for node in beside {
        let name = Name::of(node);
        let address = name.address();
        graph.node(place(&name, &address, true, table));
        objects.push((name, address, node));
    }
    let index = Index::of(&objects);
    for (name, address, node) in &objects {
        let Some(from) = graph.find(address) else { continue };
        let mut links = Vec::new();
        owners(name, node, &index, &mut links);
        references(name, node, &index, &mut links);
        selectors(name, node, &objects, &mut links);
        for (to, how) in links {
            if let Some(to) = graph.find(&to) {
                graph.edge(from, to, how);
                graph.resolved = graph.resolved.saturating_add(1);
            }
        }
    }
    graph.settle();
    graph
}

/// Nothing depends on one of these by its name.
fn is_leaf(item: &Item) -> bool {
    matches!(item.name.known(), Some("Event" | "Job" | "Lease" | "Pod"))
}

fn place(name: &Name, address: &str, exists: bool, table: &Table) -> Place {
    Place {
        address: address.to_owned(),
        kind: name.kind(),
        class: table.class("", name.known()),
        exists,
        ..Place::default()
    }
}

/// Addresses by kind, namespace and name, and by uid.
struct Index {
    named: BTreeMap<(String, String, String), String>,
    uids: BTreeMap<String, String>,
}

impl Index {
    fn of(objects: &[(Name, String, &Node<'static>)]) -> Self {
        let mut index = Self { named: BTreeMap::new(), uids: BTreeMap::new() };
        for (name, address, node) in objects {
            index
                .named
                .insert((name.kind.clone(), name.namespace.clone(), name.name.clone()), address.clone());
            let uid = text(node, "metadata.uid");
            if !uid.is_empty() {
                index.uids.insert(uid.to_owned(), address.clone());
            }
        }
        index
    }

    fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<String> {
        self.named.get(&(kind.to_owned(), namespace.to_owned(), name.to_owned())).cloned()
    }
}

type Links = Vec<(String, Link)>;

fn owners(name: &Name, node: &Node<'_>, index: &Index, out: &mut Links) {
    out.extend(index.find("Namespace", "", &name.namespace).map(|to| (to, Link::Owner)));
    for owner in at(node, "metadata.ownerReferences").map(Node::items).unwrap_or_default() {
        let by_name = || {
            let (kind, owner) = (text(owner, "kind"), text(owner, "name"));
            index.find(kind, &name.namespace, owner).or_else(|| index.find(kind, "", owner))
        };
        let found = index.uids.get(text(owner, "uid")).cloned().or_else(by_name);
        out.extend(found.map(|to| (to, Link::Owner)));
    }
    if name.kind == "CustomResourceDefinition" {
        return;
    }
    // A custom object lives by the definition of its kind.
    let definition = index.named.iter().find(|((kind, _, called), _)| {
        kind == "CustomResourceDefinition"
            && !name.group.is_empty()
            && called.ends_with(&format!(".{}", name.group))
    });
    out.extend(definition.map(|(_, to)| (to.clone(), Link::Owner)));
}

fn references(name: &Name, node: &Node<'static>, index: &Index, out: &mut Links) {
    let mut link = |kind: &str, namespace: &str, called: &str| {
        out.extend(index.find(kind, namespace, called).map(|to| (to, Link::Reference)));
    };
    let own = name.namespace.as_str();
    match name.kind.as_str() {
        "HorizontalPodAutoscaler" => {
            link(text(node, "spec.scaleTargetRef.kind"), own, text(node, "spec.scaleTargetRef.name"))
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            let kind = text(node, "roleRef.kind");
            link(kind, if kind == "Role" { own } else { "" }, text(node, "roleRef.name"));
            for subject in node.get("subjects").map(Node::items).unwrap_or_default() {
                link(text(subject, "kind"), text(subject, "namespace"), text(subject, "name"));
            }
        }
        "PersistentVolumeClaim" => {
            link("PersistentVolume", "", text(node, "spec.volumeName"));
            link("StorageClass", "", text(node, "spec.storageClassName"));
        }
        "VolumeSnapshot" => {
            link("PersistentVolumeClaim", own, text(node, "spec.source.persistentVolumeClaimName"))
        }
        "Ingress" => {
            link("IngressClass", "", text(node, "spec.ingressClassName"));
            let mut services = Vec::new();
            named(node, "service", &mut services);
            services.iter().for_each(|service| link("Service", own, service));
        }
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" => {
            let mut services = Vec::new();
            listed(node, "backendRefs", &mut services);
            services.iter().for_each(|service| link("Service", own, service));
            for parent in at(node, "spec.parentRefs").map(Node::items).unwrap_or_default() {
                let namespace = text(parent, "namespace");
                link("Gateway", if namespace.is_empty() { own } else { namespace }, text(parent, "name"));
            }
        }
        _ => {}
    }
    if let Some((_, pod)) = pod::of(node) {
        pod_references(pod, own, &mut link);
    }
}

fn pod_references(pod: &Node<'_>, own: &str, link: &mut impl FnMut(&str, &str, &str)) {
    link("ServiceAccount", own, text(pod, "serviceAccountName"));
    link("PriorityClass", "", text(pod, "priorityClassName"));
    for secret in items(pod, "imagePullSecrets") {
        link("Secret", own, text(secret, "name"));
    }
    for volume in items(pod, "volumes") {
        link("ConfigMap", own, text(volume, "configMap.name"));
        link("Secret", own, text(volume, "secret.secretName"));
        link("PersistentVolumeClaim", own, text(volume, "persistentVolumeClaim.claimName"));
        for source in at(volume, "projected.sources").map(Node::items).unwrap_or_default() {
            link("ConfigMap", own, text(source, "configMap.name"));
            link("Secret", own, text(source, "secret.name"));
        }
    }
    for list in ["containers", "initContainers"] {
        for container in items(pod, list) {
            for from in items(container, "envFrom") {
                link("ConfigMap", own, text(from, "configMapRef.name"));
                link("Secret", own, text(from, "secretRef.name"));
            }
            for variable in items(container, "env") {
                link("ConfigMap", own, text(variable, "valueFrom.configMapKeyRef.name"));
                link("Secret", own, text(variable, "valueFrom.secretKeyRef.name"));
            }
        }
    }
}

fn items<'n, 'a>(node: &'n Node<'a>, key: &str) -> &'n [Node<'a>] {
    node.get(key).map(Node::items).unwrap_or_default()
}

/// The names of objects under a key, wherever it stands.
fn named(node: &Node<'_>, key: &str, out: &mut Vec<String>) {
    match node {
        Node::Array(items) => items.iter().for_each(|item| named(item, key, out)),
        Node::Object(members) => {
            for (name, value) in members {
                if name == key && !text(value, "name").is_empty() {
                    out.push(text(value, "name").to_owned());
                } else {
                    named(value, key, out);
                }
            }
        }
        _ => {}
    }
}

/// The names in lists under a key, wherever it stands.
fn listed(node: &Node<'_>, key: &str, out: &mut Vec<String>) {
    match node {
        Node::Array(items) => items.iter().for_each(|item| listed(item, key, out)),
        Node::Object(members) => {
            for (name, value) in members {
                if name == key {
                    out.extend(value.items().iter().map(|item| text(item, "name").to_owned()));
                } else {
                    listed(value, key, out);
                }
            }
        }
        _ => {}
    }
}

/// Whom a selector matches: pods, and what makes them.
fn selectors(name: &Name, node: &Node<'static>, objects: &[(Name, String, &Node<'static>)], out: &mut Links) {
    let selector = match name.kind.as_str() {
        "Service" => at(node, "spec.selector"),
        "PodDisruptionBudget" => at(node, "spec.selector.matchLabels"),
        "NetworkPolicy" => at(node, "spec.podSelector.matchLabels"),
        _ => None,
    };
    let Some(selector) = selector.filter(|selector| !selector.is_empty()) else { return };
    for (other, address, object) in objects.iter().filter(|(other, ..)| other.namespace == name.namespace) {
        if pod::of(object).is_none() {
            continue;
        }
        let path = match other.kind.as_str() {
            "Pod" => "metadata.labels",
            "CronJob" => "spec.jobTemplate.spec.template.metadata.labels",
            _ => "spec.template.metadata.labels",
        };
        let labels = at(object, path);
        let matches = selector
            .members()
            .iter()
            .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value));
        if matches {
            out.push((address.clone(), Link::Selector));
        }
    }
}
