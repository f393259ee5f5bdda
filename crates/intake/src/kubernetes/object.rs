//! What an object is called, and what of it is no part of a change.

use std::borrow::Cow;

use super::WORDS;
use crate::ReadError;
use crate::value::Node;

/// Groups whose kinds the resource table speaks of by their plain name.
const GROUPS: [&str; 22] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "gateway.networking.k8s.io",
    "groupsnapshot.storage.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
    "snapshot.storage.k8s.io",
    "storage.k8s.io",
    "velero.io",
];

/// Metadata that the server writes, and that changes without anybody's doing.
const SERVERS: [&str; 5] =
    ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink"];

/// Which object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Name {
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Name {
    /// What an object calls itself.
    pub(super) fn of(node: &Node<'_>) -> Self {
        let text = |node: Option<&Node<'_>>, key: &str| {
            node.and_then(|node| node.get(key)).and_then(Node::as_str).unwrap_or_default().to_owned()
        };
        let metadata = node.get("metadata");
        let version = text(Some(node), "apiVersion");
        let mut name = text(metadata, "name");
        if name.is_empty() {
            // The server makes up the rest.
            name = format!("{}*", text(metadata, "generateName"));
        }
        Self {
            group: version.split_once('/').map(|(group, _)| group.to_owned()).unwrap_or_default(),
            kind: text(Some(node), "kind"),
            namespace: text(metadata, "namespace"),
            name,
        }
    }

    /// `Deployment.apps`, and `Namespace` for the group without a name.
    pub(super) fn kind(&self) -> String {
        if self.group.is_empty() { self.kind.clone() } else { format!("{}.{}", self.kind, self.group) }
    }

    /// `prod/Deployment.apps/web`.
    pub(super) fn address(&self) -> String {
        let own = format!("{}/{}", self.kind(), self.name);
        if self.namespace.is_empty() { own } else { format!("{}/{own}", self.namespace) }
    }

    /// The kind by which the resource table knows it; none for kinds of other groups.
    pub(super) fn known(&self) -> Option<&str> {
        GROUPS.contains(&self.group.as_str()).then_some(self.kind.as_str())
    }
}

/// Whether a document is an object; otherwise what it is instead.
pub(super) fn check(node: &Node<'_>, at: &str) -> Result<(), ReadError> {
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    let has = |key: &str| node.get(key).is_some();
    let not = |says| Err(ReadError::NotThis { what: WORDS.what, says, hand_in: WORDS.hand_in });
    let (version, kind) = (text("apiVersion"), text("kind"));
    if version.is_empty() || kind.is_empty() {
        return if !matches!(node, Node::Object(_)) {
            not("a document in it is not an object")
        } else if has("Resources") || has("AWSTemplateFormatVersion") || has("Changes") {
            not("this is a CloudFormation template or change set")
        } else if has("planned_values") || has("resource_changes") {
            not("this is a Terraform plan")
        } else if has("clusters") && has("users") {
            not("this is a kubeconfig file")
        } else {
            not("`apiVersion` or `kind` is missing")
        };
    }
    match (kind, version.split('/').next().unwrap_or_default()) {
        ("Config", "v1") => not("this is a kubeconfig file"),
        ("Status", "v1") => not("this is an answer of the server"),
        ("Kustomization", "kustomize.config.k8s.io") => {
            not("this is a kustomization: render it with `kubectl kustomize`")
        }
        ("Event" | "EventList", "audit.k8s.io") => not("this is an entry of the audit log"),
        _ => {
            let metadata = node.get("metadata");
            let named = metadata.is_some_and(|m| {
                ["name", "generateName"]
                    .iter()
                    .any(|key| m.get(key).and_then(Node::as_str).is_some_and(|t| !t.is_empty()))
            });
            if named {
                return Ok(());
            }
            let at = at.trim_start_matches('.');
            let path = if at.is_empty() { "metadata.name".to_owned() } else { format!("{at}.metadata.name") };
            Err(ReadError::WrongPart { path, what: WORDS.what })
        }
    }
}

/// An object without what the server writes. The uid stays, because another object of the same name is another object.
pub(super) fn clean(node: Node<'static>, status: bool) -> Node<'static> {
    let Node::Object(members) = node else { return Node::Null };
    let mut out: Vec<(Cow<'static, str>, Node<'static>)> = Vec::new();
    for (key, value) in members {
        match (key.as_ref(), value) {
            ("status", _) if !status => {}
            ("metadata", Node::Object(metadata)) => {
                let kept = metadata
                    .into_iter()
                    .filter(|(key, value)| !SERVERS.contains(&key.as_ref()) && *value != Node::Null);
                out.push((key, Node::Object(kept.collect())));
            }
            (_, value) => out.push((key, value)),
        }
    }
    Node::Object(out)
}

/// The value at dotted keys.
pub(super) fn at<'n, 'a>(node: &'n Node<'a>, path: &str) -> Option<&'n Node<'a>> {
    path.split('.').try_fold(node, |node, key| node.get(key))
}

/// The text at dotted keys.
pub(super) fn text<'n>(node: &'n Node<'_>, path: &str) -> &'n str {
    at(node, path).and_then(Node::as_str).unwrap_or_default()
}

/// The texts of a list at dotted keys.
pub(super) fn texts<'n>(node: &'n Node<'_>, path: &str) -> Vec<&'n str> {
    at(node, path).map(Node::items).unwrap_or_default().iter().filter_map(Node::as_str).collect()
}
