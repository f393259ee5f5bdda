//! Rules that let the whole world in.

use holdpoint_core::{EffectKind, Hazard, HazardKind};

use super::{Subject, hazard, name};
use crate::table::{Table, World, scalar};
use crate::value::{Node, find};

/// Sources that mean everybody. Two halves of the address space are everybody as well.
const EVERYBODY: [&str; 10] =
    ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "*", "Internet", "Any", "0.0.0.0"];

/// A range of ports that is open to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Open {
    pointer: String,
    source: String,
    protocol: String,
    from: u32,
    to: u32,
}

pub(super) fn read(subject: &Subject<'_, '_>, table: &Table, out: &mut Vec<Hazard>) {
    let Some(after) = subject.after else { return };
    for row in table.worlds(subject.kind) {
        let was = subject.before.map(|before| open(row, before)).unwrap_or_default();
        for range in open(row, after) {
            let covered = |old: &Open| {
                (old.protocol == "all" || old.protocol == range.protocol)
                    && old.from <= range.from
                    && range.to <= old.to
            };
            if is_ordinary(&range) || was.iter().any(covered) {
                continue;
            }
            let source =
                if subject.masked.covers(&range.pointer) { "a sensitive value" } else { &range.source };
            let verb = if subject.effect == EffectKind::Create { "lets" } else { "newly lets" };
            let evidence = format!("`{}` {verb} {source} in to {}", name(&range.pointer), ports(&range));
            out.push(hazard(HazardKind::Exposure, range.pointer.clone(), evidence));
        }
    }
}

/// What the rules of a request let in.
pub(super) fn asked(row: &World, root: &Node<'_>) -> Vec<Hazard> {
    let ranges = open(row, root).into_iter().filter(|range| !is_ordinary(range));
    let evidence =
        |range: &Open| format!("`{}` lets {} in to {}", name(&range.pointer), range.source, ports(range));
    ranges.map(|range| hazard(HazardKind::Exposure, range.pointer.clone(), evidence(&range))).collect()
}

/// Web ports are open on purpose, and a ping harms nobody.
fn is_ordinary(range: &Open) -> bool {
    let web = range.from == range.to && (range.from == 80 || range.from == 443);
    let ping = matches!(range.protocol.as_str(), "icmp" | "icmpv6" | "1" | "58");
    (web && range.protocol != "all") || ping
}

fn ports(range: &Open) -> String {
    let Open { protocol, from, to, .. } = range;
    match (from, to) {
        _ if protocol == "all" => "every port of every protocol".to_owned(),
        (0, 65535) => format!("every port of {protocol}"),
        (a, b) if a == b => format!("port {a}"),
        (a, b) => format!("ports {a} to {b}"),
    }
}

fn open(row: &World, root: &Node<'_>) -> Vec<Open> {
    let mut rules = Vec::new();
    for (pointer, node) in find(root, &row.rules) {
        match node {
            Node::Array(items) => {
                rules.extend(items.iter().enumerate().map(|(n, item)| (format!("{pointer}/{n}"), item)));
            }
            other => rules.push((pointer, other)),
        }
    }
    let mut found = Vec::new();
    for (base, rule) in rules {
        if row.only.iter().all(|condition| condition.holds(rule))
            && let Some((pointer, source)) = sources(row, rule)
        {
            for (protocol, from, to) in ranges(row, rule) {
                let pointer = format!("{base}{pointer}");
                found.push(Open { pointer, source: source.to_owned(), protocol, from, to });
            }
        }
    }
    found
}

fn sources<'n>(row: &World, rule: &'n Node<'_>) -> Option<(String, &'n str)> {
    row.sources.iter().flat_map(|attribute| find(rule, attribute)).find_map(|(pointer, node)| {
        let everybody = |node: &'n Node<'_>| node.as_str().filter(|text| EVERYBODY.contains(text));
        everybody(node).or_else(|| node.items().iter().find_map(everybody)).map(|text| (pointer, text))
    })
}

/// Protocol and ports of a rule; what does not say which ports means all of them.
fn ranges(row: &World, rule: &Node<'_>) -> Vec<(String, u32, u32)> {
    let mut found = Vec::new();
    for (_, block) in find(rule, &row.lets) {
        let blocks = match block {
            Node::Array(items) => items.iter().collect(),
            other => vec![other],
        };
        for block in blocks {
            let text =
                find(block, &row.protocol).first().and_then(|(_, node)| scalar(node)).map(str::to_lowercase);
            let protocol = match text.as_deref() {
                None | Some("-1" | "all" | "*") => "all".to_owned(),
                Some("6") => "tcp".to_owned(),
                Some("17") => "udp".to_owned(),
                Some(other) => other.chars().take(20).collect(),
            };
            if protocol == "all" && row.ports.is_empty() {
                found.push((protocol, 0, 65535));
                continue;
            }
            found.extend(ports_of(row, block).into_iter().map(|(from, to)| (protocol.clone(), from, to)));
        }
    }
    found
}

fn ports_of(row: &World, block: &Node<'_>) -> Vec<(u32, u32)> {
    let texts: Vec<&str> = row
        .ports
        .iter()
        .flat_map(|attribute| find(block, attribute))
        .flat_map(|(_, node)| scalar(node).into_iter().chain(node.items().iter().filter_map(scalar)))
        .filter(|text| !text.is_empty())
        .collect();
    if !row.ports.is_empty() {
        let range = |text: &str| {
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            // What does not read as ports is taken for all of them.
            from.trim().parse().ok().zip(to.trim().parse().ok()).unwrap_or((0, 65535))
        };
        return if texts.is_empty() { vec![(0, 65535)] } else { texts.into_iter().map(range).collect() };
    }
    let number = |attribute: &str| {
        let text = find(block, attribute).first().and_then(|(_, node)| scalar(node)).map(str::to_owned);
        text.and_then(|text| text.parse::<i64>().ok()).and_then(|n| u32::try_from(n).ok())
    };
    match (number(&row.from), number(&row.to)) {
        (Some(from), Some(to)) => vec![(from, to)],
        _ => vec![(0, 65535)],
    }
}
