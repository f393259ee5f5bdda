//! Policy documents within the parameters, wherever they stand: what they grant, whom they let in, whom they lock out.

use holdpoint_core::{EffectKind, HazardKind};

use super::deed::Deed;
use super::subject::Subject;
use crate::hazard::said_in;
use crate::table::Reads;
use crate::value::{Node, parse};

/// Grants of S3 that reach beyond an account.
const EVERYBODY: [&str; 2] = ["/global/AllUsers", "/global/AuthenticatedUsers"];

/// Adds the hazards of documents to the first deed; what only reads carries none.
pub(super) fn judge(subject: &Subject<'_>, deeds: &mut [Deed]) {
    let Some(deed) = deeds.first_mut().filter(|deed| deed.act.effect != EffectKind::Read) else { return };
    let mut found = Vec::new();
    walk(subject, "", &subject.parameters, &mut found);
    for (kind, says) in found {
        deed.act.adds_hazard(kind, says);
    }
}

/// Whether the call sets a policy whose document it carries, so that the document tells what it grants.
pub(super) fn tells(subject: &Subject<'_>) -> bool {
    let sets = subject.call.operation.ends_with("Policy")
        && !matches!(subject.verb(), "attach" | "detach" | "delete");
    let is_one = |node: &Node<'_>| {
        node.as_str()
            .is_some_and(|text| parse(text.trim()).is_ok_and(|policy| policy.get("Statement").is_some()))
    };
    sets && subject.parameters.members().iter().any(|(_, value)| is_one(value))
}

fn walk(subject: &Subject<'_>, key: &str, node: &Node<'_>, out: &mut Vec<(HazardKind, String)>) {
    match node {
        Node::String(text) => {
            if EVERYBODY.iter().any(|group| text.contains(group)) {
                out.push((HazardKind::Exposure, format!("`{key}` lets everybody in")));
            }
            if !text.trim_start().starts_with(['{', '[']) {
                return;
            }
            match parse(text.trim()) {
                Ok(document) if document.get("Statement").is_some() => policy(subject, key, &document, out),
                Ok(inner) => walk(subject, key, &inner, out),
                Err(_) if key.to_lowercase().contains("policy") => {
                    out.push((HazardKind::Unknown, format!("`{key}` cannot be read")));
                }
                Err(_) => {}
            }
        }
        Node::Array(items) => items.iter().for_each(|item| walk(subject, key, item, out)),
        Node::Object(members) if node.get("Statement").is_some() && key.to_lowercase().contains("policy") => {
            policy(subject, key, node, out);
            members.iter().for_each(|(name, value)| walk(subject, name, value, out));
        }
        Node::Object(members) => members.iter().for_each(|(name, value)| walk(subject, name, value, out)),
        _ => {}
    }
}

fn policy(subject: &Subject<'_>, key: &str, document: &Node<'_>, out: &mut Vec<(HazardKind, String)>) {
    let trust = key.to_lowercase().contains("assumerole") || subject.is("iam", &["UpdateAssumeRolePolicy"]);
    let kinds: &[Reads] = if trust { &[Reads::Trust] } else { &[Reads::Grants, Reads::Resource] };
    for reads in kinds {
        for (kind, says) in said_in(*reads, document) {
            // Every key's policy says "every action on every resource" of the key itself.
            let own = kind == HazardKind::Privilege && *reads == Reads::Grants && names_somebody(document);
            if !own {
                out.push((kind, format!("`{key}` {says}")));
            }
        }
    }
    strangers(subject, key, document, out);
    if subject.is("kms", &["PutKeyPolicy"]) && !keeps_root(document) {
        let says = format!("`{key}` leaves the account itself without rights over the key");
        out.push((HazardKind::Lockout, says));
    }
    if subject.call.service == "organizations" && denies(document) {
        out.push((HazardKind::Lockout, format!("`{key}` denies something to whole accounts")));
    }
}

fn statements<'n, 'a>(document: &'n Node<'a>) -> Vec<&'n Node<'a>> {
    match document.get("Statement") {
        Some(Node::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

fn is(statement: &Node<'_>, effect: &str) -> bool {
    statement.get("Effect").and_then(Node::as_str) == Some(effect)
}

fn names_somebody(document: &Node<'_>) -> bool {
    statements(document).iter().any(|statement| statement.get("Principal").is_some())
}

fn denies(document: &Node<'_>) -> bool {
    let all = |node: &Node<'_>| {
        let star = |text: &str| text == "*";
        node.as_str().is_some_and(star) || node.items().iter().any(|item| item.as_str().is_some_and(star))
    };
    let every = |key: &str, statement: &Node<'_>| statement.get(key).is_some_and(all);
    statements(document).into_iter().any(|statement| {
        is(statement, "Deny")
            && every("Action", statement)
            && statement.get("Condition").is_none_or(Node::is_empty)
    })
}

fn principals<'n>(statement: &'n Node<'_>) -> Vec<&'n str> {
    let Some(principal) = statement.get("Principal") else { return Vec::new() };
    let aws = principal.get("AWS").unwrap_or(principal);
    aws.as_str().into_iter().chain(aws.items().iter().filter_map(Node::as_str)).collect()
}

/// Whether the account, or somebody by name, may still do everything with the key.
fn keeps_root(document: &Node<'_>) -> bool {
    let root = |text: &&str| {
        text.ends_with(":root") || (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()))
    };
    let every = |statement: &Node<'_>| {
        let action = |node: &Node<'_>| node.as_str().is_some_and(|text| text == "kms:*" || text == "*");
        statement.get("Action").is_some_and(|node| action(node) || node.items().iter().any(action))
    };
    statements(document)
        .into_iter()
        .any(|statement| is(statement, "Allow") && every(statement) && principals(statement).iter().any(root))
}

/// Accounts other than the call's own that are let in.
fn strangers(subject: &Subject<'_>, key: &str, document: &Node<'_>, out: &mut Vec<(HazardKind, String)>) {
    let Some(own) = &subject.call.account else { return };
    let account = |text: &str| {
        let id = if text.starts_with("arn:") { text.split(':').nth(4).unwrap_or_default() } else { text };
        (id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())).then(|| id.to_owned())
    };
    for statement in statements(document).into_iter().filter(|statement| is(statement, "Allow")) {
        let stranger = principals(statement).into_iter().filter_map(account).find(|id| id != own);
        if let Some(stranger) = stranger {
            out.push((HazardKind::Exposure, format!("`{key}` lets account {stranger} in")));
            return;
        }
    }
}
