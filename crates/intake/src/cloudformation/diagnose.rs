//! Naming what a document is that is no template.

use super::{not_this, wrong};
use crate::ReadError;
use crate::value::Node;

/// Whether a document is a template, or none at all; otherwise what it is instead.
pub(super) fn template(node: &Node<'_>) -> Result<(), ReadError> {
    if *node == Node::Null {
        return Ok(());
    }
    let Some(resources) = node.get("Resources").filter(|_| node.get("apiVersion").is_none()) else {
        return Err(not_this(instead(node)));
    };
    let Node::Object(members) = resources else { return Err(wrong("Resources")) };
    for (id, resource) in members.iter().filter(|(id, _)| !id.starts_with("Fn::")) {
        let typed = resource.get("Type").and_then(Node::as_str).is_some_and(|kind| !kind.is_empty());
        let properties = matches!(resource.get("Properties"), None | Some(Node::Object(_) | Node::Null));
        if !typed || !properties {
            let part = if typed { "Properties" } else { "Type" };
            return Err(wrong(&format!("Resources.{}.{part}", id.chars().take(200).collect::<String>())));
        }
    }
    Ok(())
}

fn instead(node: &Node<'_>) -> &'static str {
    let has = |key: &str| node.get(key).is_some();
    if !matches!(node, Node::Object(_)) {
        "the top of the document is not an object"
    } else if has("apiVersion") && has("kind") {
        "this is a Kubernetes object"
    } else if has("planned_values") || has("resource_changes") || has("terraform_version") {
        "this is a Terraform plan"
    } else if has("Summaries") {
        "this is a list of change sets"
    } else if has("Stacks") || has("StackResources") || has("StackResourceSummaries") || has("StackEvents") {
        "this says how stacks are, not how they change"
    } else if has("Id") && has("StackId") {
        "this is the answer of `create-change-set`, which shows no change"
    } else if has("TemplateBody") {
        "this is one template in an envelope"
    } else {
        "it has neither `Changes` nor `Resources`"
    }
}
