//! Policy documents: what they grant, whom they trust, whom they let in.

use std::borrow::Cow;

use holdpoint_core::{EffectKind, Hazard, HazardKind};

use super::{Subject, hazard, name};
use crate::table::{Reads, Table};
use crate::value::{Node, canonical, find, parse};

pub(super) fn read(subject: &Subject<'_, '_>, table: &Table, out: &mut Vec<Hazard>) {
    let Some(after) = subject.after else { return };
    for row in table.documents(subject.kind) {
        let was: Vec<String> = subject
            .before
            .map(|before| find(before, &row.attribute))
            .unwrap_or_default()
            .into_iter()
            .flat_map(|(_, node)| findings(row.reads, node).into_iter().map(|(_, _, id)| id))
            .collect();
        let will = find(after, &row.attribute);
        for (pointer, node) in &will {
            for (kind, evidence, id) in findings(row.reads, node) {
                if !was.contains(&id) {
                    out.push(hazard(kind, pointer.clone(), format!("`{}` {evidence}", name(pointer))));
                }
            }
        }
        unseen(subject, &row.attribute, row.reads, &will, out);
    }
}

/// A grant that nobody can see yet. On a new resource that is the rule, because it speaks of others that are new; on
/// one that has a policy now, what it turns into must be seen.
fn unseen(
    subject: &Subject<'_, '_>,
    attribute: &str,
    reads: Reads,
    will: &[(String, &Node<'_>)],
    out: &mut Vec<Hazard>,
) {
    let pointer = format!("/{}", attribute.replace('.', "/"));
    let shown = will.iter().any(|(_, node)| !node.is_empty());
    let grants = matches!(reads, Reads::Grants | Reads::Trust | Reads::Bindings);
    if subject.effect == EffectKind::Update && grants && !shown && subject.is_unknown(&pointer) {
        let evidence =
            format!("`{attribute}` is only known afterwards, so nobody can see yet what it grants");
        out.push(hazard(HazardKind::Unknown, pointer, evidence));
    }
}

/// A policy document that is put together while the change is carried out: its statements can be seen where its own
/// text cannot.
pub(crate) fn deferred_policy(kind: &str, after: &Node<'_>, _table: &Table) -> Option<Hazard> {
    if kind != "aws_iam_policy_document" {
        return None;
    }
    find(after, "statement").into_iter().flat_map(|(_, node)| node.items()).find_map(|statement| {
        let allows = statement.get("effect").is_none_or(|e| e.as_str() != Some("Deny"));
        let list = |key: &str| statement.get(key).map(strings).unwrap_or_default();
        let grants = allows && reaches_all(&list("actions"), !list("not_actions").is_empty());
        (grants && list("resources").iter().any(|r| r == "*")).then(|| {
            hazard(HazardKind::Privilege, "/statement", "a statement allows every action on every resource")
        })
    })
}

/// What a document does that is a hazard: its kind, the phrase, and what tells it from another.
pub(super) fn findings(reads: Reads, node: &Node<'_>) -> Vec<(HazardKind, &'static str, String)> {
    match reads {
        Reads::Rules => rules(node),
        _ => {
            let parsed = node.as_str().map(parse);
            // Some formats write the document itself, and not its text.
            let document = match &parsed {
                Some(Ok(document)) => document,
                Some(Err(_)) => return Vec::new(),
                None => node,
            };
            match reads {
                Reads::Bindings => bindings(document),
                _ => list(document.get("Statement")).iter().flat_map(|s| statement(reads, s)).collect(),
            }
        }
    }
}

/// As [`findings`], of one statement.
pub(super) fn statement(reads: Reads, statement: &Node<'_>) -> Option<(HazardKind, &'static str, String)> {
    let allows = statement.get("Effect").and_then(Node::as_str) == Some("Allow");
    let denies = statement.get("Effect").and_then(Node::as_str) == Some("Deny");
    let conditional = statement.get("Condition").is_some_and(|c| !c.is_empty());
    let texts = |key: &str| statement.get(key).map(strings).unwrap_or_default();
    let found = |kind, says| Some((kind, says, canonical(statement)));
    match reads {
        Reads::Grants => {
            let inverted = statement.get("NotAction").is_some();
            let everywhere =
                texts("Resource").iter().any(|r| r == "*") || statement.get("NotResource").is_some();
            if allows && everywhere && reaches_all(&texts("Action"), inverted) {
                return found(
                    HazardKind::Privilege,
                    "allows every action, or every right over rights, on every resource",
                );
            }
            None
        }
        Reads::Trust if allows && !conditional && everybody(statement) => {
            found(HazardKind::Privilege, "lets anybody take on the role")
        }
        Reads::Resource if allows && !conditional && everybody(statement) => {
            found(HazardKind::Exposure, "lets anybody in, without a condition")
        }
        Reads::Resource
            if denies && !conditional && everybody(statement) && reaches_all(&texts("Action"), false) =>
        {
            found(HazardKind::Lockout, "denies everything to everybody, administrators included")
        }
        _ => None,
    }
}

/// Every action there is, or every action on identities, which gives the rest.
fn reaches_all(actions: &[Cow<'_, str>], inverted: bool) -> bool {
    let all = |action: &Cow<'_, str>| {
        let action = action.to_ascii_lowercase();
        action.bytes().all(|b| b == b'*' || b == b':') && action.contains('*') || action == "iam:*"
    };
    inverted || actions.iter().any(all)
}

fn everybody(statement: &Node<'_>) -> bool {
    let star = |node: &Node<'_>| strings(node).iter().any(|text| text == "*");
    match statement.get("Principal") {
        Some(principal @ Node::Object(_)) => principal.get("AWS").is_some_and(star),
        Some(other) => star(other),
        None => statement.get("NotPrincipal").is_some(),
    }
}

/// Google's policies: roles that give all others, and members that are everybody.
fn bindings(document: &Node<'_>) -> Vec<(HazardKind, &'static str, String)> {
    const ROLES: [&str; 4] =
        ["roles/owner", "roles/editor", "roles/iam.securityAdmin", "roles/resourcemanager.organizationAdmin"];
    let mut out = Vec::new();
    for binding in document.get("bindings").map(Node::items).unwrap_or_default() {
        let role = binding.get("role").and_then(Node::as_str).unwrap_or_default();
        for member in binding.get("members").map(strings).unwrap_or_default() {
            if member == "allUsers" || member == "allAuthenticatedUsers" {
                out.push((HazardKind::Exposure, "lets anybody in", format!("{role} {member}")));
            } else if ROLES.contains(&role) {
                out.push((
                    HazardKind::Privilege,
                    "gives a role that gives all others",
                    format!("{role} {member}"),
                ));
            }
        }
    }
    out
}

fn rules(node: &Node<'_>) -> Vec<(HazardKind, &'static str, String)> {
    let has = |rule: &Node<'_>, key: &str| {
        rule.get(key).map(strings).unwrap_or_default().iter().any(|text| text == "*")
    };
    let grants = |rule: &&Node<'_>| has(rule, "verbs") && has(rule, "resources");
    let found =
        |rule: &Node<'_>| (HazardKind::Privilege, "allows every verb on every resource", canonical(rule));
    node.items().iter().filter(grants).map(found).collect()
}

/// One or many, as policy documents write lists.
fn list<'n, 'a>(node: Option<&'n Node<'a>>) -> Vec<&'n Node<'a>> {
    match node {
        Some(Node::Array(items)) => items.iter().collect(),
        Some(other) => vec![other],
        None => Vec::new(),
    }
}

fn strings<'n>(node: &'n Node<'_>) -> Vec<Cow<'n, str>> {
    list(Some(node)).into_iter().filter_map(|item| item.as_str().map(Cow::Borrowed)).collect()
}
