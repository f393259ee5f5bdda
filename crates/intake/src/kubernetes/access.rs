//! Who may do what, and who gets in: roles, bindings, webhooks, services and network policies.

use std::collections::BTreeSet;

use holdpoint_core::{EffectKind, Hazard, HazardKind};

use super::item::{Item, hazard};
use super::object::{at, text, texts};
use crate::value::{Node, canonical};

pub(super) fn hazards(item: &Item, out: &mut Vec<Hazard>) {
    match item.name.known() {
        Some("Role" | "ClusterRole") => roles(item, out),
        Some("RoleBinding" | "ClusterRoleBinding") => bindings(item, out),
        Some("MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") => webhooks(item, out),
        Some("APIService") => services(item, out),
        Some("Service") => balancers(item, out),
        Some("NetworkPolicy") => policies(item, out),
        _ => {}
    }
}

fn writes(item: &Item) -> bool {
    matches!(item.effect, EffectKind::Create | EffectKind::Update | EffectKind::Replace)
}

/// Rules by which a holder gets more rights than the rules say. All verbs on all resources is the table's.
fn roles(item: &Item, out: &mut Vec<Hazard>) {
    if !writes(item) {
        return;
    }
    let was: BTreeSet<&'static str> = gains(&item.before).into_iter().map(|(says, _)| says).collect();
    for (says, pointer) in gains(&item.after) {
        if !was.contains(says) {
            out.push(hazard(HazardKind::Privilege, pointer, says));
        }
    }
}

fn gains(role: &Node<'_>) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for (n, rule) in role.get("rules").map(Node::items).unwrap_or_default().iter().enumerate() {
        let (verbs, resources, groups) =
            (texts(rule, "verbs"), texts(rule, "resources"), texts(rule, "apiGroups"));
        let verb = |list: &[&str]| verbs.iter().any(|verb| list.contains(verb));
        let on = |list: &[&str]| resources.iter().any(|resource| list.contains(resource));
        let writes = verb(&["*", "create", "update", "patch"]);
        let rights = groups.iter().any(|group| matches!(*group, "*" | "rbac.authorization.k8s.io"));
        let says = if verb(&["bind", "escalate"]) {
            "it lets its holder give rights that it does not have"
        } else if verb(&["impersonate"]) {
            "it lets its holder act as somebody else"
        } else if on(&["*"])
            && !verb(&["*"])
            && verb(&["create", "update", "patch", "delete", "deletecollection"])
        {
            "it lets its holder write every resource"
        } else if rights && writes && on(&["roles", "clusterroles", "rolebindings", "clusterrolebindings"]) {
            "it lets its holder write roles or bindings"
        } else if on(&["nodes/proxy"]) || (writes && on(&["serviceaccounts/token"])) {
            "it lets its holder act as a node or as any service account"
        } else {
            continue;
        };
        out.push((says, format!("/rules/{n}")));
    }
    out
}

fn bindings(item: &Item, out: &mut Vec<Hazard>) {
    let was = subjects(&item.before);
    if !writes(item) {
        let people = was.iter().any(|(kind, ..)| kind == "User" || kind == "Group");
        if item.effect == EffectKind::Delete && people {
            out.push(hazard(HazardKind::Lockout, "", "people get in by it, and it is deleted"));
        }
        return;
    }
    let now = subjects(&item.after);
    let other =
        item.before != Node::Null && text(&item.before, "roleRef.name") != text(&item.after, "roleRef.name");
    let all = text(&item.after, "roleRef.name") == "cluster-admin";
    for subject in &now {
        let (kind, name, _) = subject;
        let new = !was.contains(subject);
        if matches!(name.as_str(), "system:anonymous" | "system:unauthenticated")
            && kind != "ServiceAccount"
            && (new || other)
        {
            out.push(hazard(
                HazardKind::Exposure,
                "/subjects",
                format!("it gives rights to `{name}`, which is anybody"),
            ));
        } else if all && (new || other) {
            out.push(hazard(HazardKind::Privilege, "/subjects", format!("it gives every right to `{name}`")));
        }
    }
    if !was.is_empty() && now.is_empty() {
        out.push(hazard(HazardKind::Lockout, "/subjects", "nobody is left in it"));
    }
}

fn subjects(binding: &Node<'_>) -> BTreeSet<(String, String, String)> {
    let list = binding.get("subjects").map(Node::items).unwrap_or_default();
    let short = |node: &Node<'_>, key: &str| text(node, key).chars().take(100).collect::<String>();
    list.iter().map(|s| (short(s, "kind"), short(s, "name"), short(s, "namespace"))).collect()
}

/// A part without the certificate that controllers write into it.
fn without_bundle(node: &Node<'_>) -> Node<'static> {
    match node.owned() {
        Node::Object(members) => Node::Object(
            members
                .into_iter()
                .filter(|(key, _)| key != "caBundle")
                .map(|(key, value)| (key, without_bundle(&value)))
                .collect(),
        ),
        Node::Array(items) => Node::Array(items.iter().map(without_bundle).collect()),
        other => other,
    }
}

fn webhooks(item: &Item, out: &mut Vec<Hazard>) {
    let hooks = |node: &Node<'_>| without_bundle(node.get("webhooks").unwrap_or(&Node::Null));
    let (was, is) = (hooks(&item.before), hooks(&item.after));
    if !writes(item) || was == is {
        return;
    }
    let mutating = item.is("MutatingWebhookConfiguration");
    let says =
        if mutating { "it can rewrite what everybody writes" } else { "it decides what everybody may write" };
    out.push(hazard(HazardKind::Privilege, "/webhooks", says));
    for (n, hook) in is.items().iter().enumerate() {
        let every = hook.get("rules").map(Node::items).unwrap_or_default().iter().any(|rule| {
            let star = |key: &str| texts(rule, key).iter().any(|t| *t == "*" || *t == "*/*");
            star("resources") && star("apiGroups")
        });
        let fails = text(hook, "failurePolicy") != "Ignore";
        let free = hook.get("namespaceSelector").is_none_or(Node::is_empty)
            && hook.get("objectSelector").is_none_or(Node::is_empty);
        if every && fails && free && !was.items().contains(hook) {
            let evidence =
                "it is asked about everything, and nobody can write anything while it does not answer";
            out.push(hazard(HazardKind::Lockout, format!("/webhooks/{n}"), evidence));
        }
    }
}

fn services(item: &Item, out: &mut Vec<Hazard>) {
    let spec = |node: &Node<'_>| canonical(&without_bundle(node.get("spec").unwrap_or(&Node::Null)));
    if item.effect == EffectKind::Delete {
        out.push(hazard(HazardKind::Lockout, "", "a part of the API is served by it, and it is deleted"));
    } else if writes(item) && spec(&item.before) != spec(&item.after) {
        out.push(hazard(
            HazardKind::Privilege,
            "/spec",
            "it serves a part of the API, and sees what everybody sends there",
        ));
    }
}

/// A balancer that the whole world reaches.
fn balancers(item: &Item, out: &mut Vec<Hazard>) {
    let wide = |node: &Node<'_>| {
        let ranges = texts(node, "spec.loadBalancerSourceRanges");
        let open = ranges.is_empty()
            || ranges
                .iter()
                .any(|range| matches!(*range, "0.0.0.0/0" | "::/0" | "0.0.0.0/1" | "128.0.0.0/1"));
        text(node, "spec.type") == "LoadBalancer" && open && !internal(node)
    };
    if writes(item) && wide(&item.after) && !wide(&item.before) {
        let web = |port: &Node<'_>| matches!(port.get("port").and_then(Node::as_number), Some(80.0 | 443.0));
        let ports = at(&item.after, "spec.ports").map(Node::items).unwrap_or_default();
        // A new balancer on web ports is there on purpose; one that was not open before is not.
        if item.before == Node::Null && !ports.is_empty() && ports.iter().all(web) {
            return;
        }
        let evidence = "its load balancer lets everybody in: no `loadBalancerSourceRanges` say otherwise";
        out.push(hazard(HazardKind::Exposure, "/spec/type", evidence));
    }
    let outside = |node: &Node<'_>| {
        texts(node, "spec.externalIPs").into_iter().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    if writes(item) && !outside(&item.after).is_subset(&outside(&item.before)) {
        out.push(hazard(
            HazardKind::Exposure,
            "/spec/externalIPs",
            "it takes the traffic of addresses outside of the cluster",
        ));
    }
}

fn internal(service: &Node<'_>) -> bool {
    let all = at(service, "metadata.annotations").map(Node::members).unwrap_or_default();
    all.iter().any(|(key, value)| {
        let value = value.as_str().unwrap_or_default();
        let named = key.contains("internal") && value != "false";
        named || value.eq_ignore_ascii_case("internal")
    })
}

/// A network policy that lets more through than before.
fn policies(item: &Item, out: &mut Vec<Hazard>) {
    for (list, peers, key, way) in [("ingress", "from", "Ingress", "in"), ("egress", "to", "Egress", "out")] {
        let was = open(&item.before, list, peers);
        let fresh: Vec<_> =
            open(&item.after, list, peers).into_iter().filter(|rule| !was.contains(rule)).collect();
        // One more policy only lets more through where others hold back, and what names ports is meant.
        let all = fresh.iter().any(|(ports, _)| ports == "null");
        let opens = match item.effect {
            EffectKind::Create => all && way == "in",
            EffectKind::Update | EffectKind::Replace => !fresh.is_empty(),
            _ => false,
        };
        if let Some((_, n)) = fresh.first().filter(|_| opens) {
            out.push(hazard(
                HazardKind::Exposure,
                format!("/spec/{list}/{n}"),
                format!("a rule lets everything {way}"),
            ));
        }
        let Some((before, after)) = item.both() else { continue };
        let holds = |node: &Node<'_>| match at(node, "spec.policyTypes") {
            Some(types) => types.items().iter().any(|t| t.as_str() == Some(key)),
            None => way == "in" || at(node, "spec.egress").is_some(),
        };
        if holds(before) && !holds(after) {
            out.push(hazard(
                HazardKind::Exposure,
                "/spec/policyTypes",
                format!("it no longer holds back what goes {way}"),
            ));
        }
    }
}

/// Rules that name no peers, or the whole world: their ports, and which they are.
fn open(policy: &Node<'_>, list: &str, peers: &str) -> Vec<(String, usize)> {
    let rules = at(policy, "spec").and_then(|spec| spec.get(list)).map(Node::items).unwrap_or_default();
    let world = |peer: &Node<'_>| matches!(text(peer, "ipBlock.cidr"), "0.0.0.0/0" | "::/0");
    let mut out = Vec::new();
    for (n, rule) in rules.iter().enumerate() {
        let named = rule.get(peers).map(Node::items).unwrap_or_default();
        if named.is_empty() || named.iter().any(world) {
            let ports = rule.get("ports").filter(|ports| !ports.is_empty());
            out.push((ports.map_or_else(|| "null".to_owned(), canonical), n));
        }
    }
    out
}
