//! One request to what it does.

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};

use super::graphql::{self, Operation};
use super::words::Words;
use super::{Request, selector};
use crate::act::{Act, Hidden};
use crate::table::Table;
use crate::value::{Node, parse};

/// More targets than this in one list are one effect that selects all, so that a list cannot be longer than what is read.
const MOST_TARGETS: usize = 5_000;

pub(super) fn acts(request: &Request, words: &Words, hidden: &mut Hidden) -> Vec<Act> {
    let host = host(&request.url);
    hide(request, words, hidden);
    let body = parse(request.body.trim()).ok();
    let mut acts = match mutations(request, body.as_ref()) {
        Some(Operation::Reads) => vec![plain(request, EffectKind::Read, Class::Other)],
        Some(Operation::Mutates(fields)) => {
            fields.iter().map(|(field, arguments)| mutation(&host, field, arguments, words)).collect()
        }
        None => rest(request, body.as_ref(), words, &host),
    };
    let credential = credential(request, words);
    for act in &mut acts {
        act.text.clone_from(&request.text);
        if act.effect == EffectKind::Read {
            continue;
        }
        if let Some(says) = &credential {
            act.adds_manner(Manner::ForeignCredential, says.clone());
        }
    }
    acts
}

/// The GraphQL that a request carries: in its body, or in its query.
fn mutations(request: &Request, body: Option<&Node<'_>>) -> Option<Operation> {
    let named = request.url.to_ascii_lowercase().contains("graphql");
    let inside = body.and_then(|body| body.get("query")).and_then(Node::as_str);
    if let Some(text) = inside {
        return match graphql::operation(text) {
            None if named => Some(Operation::Mutates(vec![("unreadable".to_owned(), String::new())])),
            read => read,
        };
    }
    if named && body.is_none() && !request.body.is_empty() {
        return graphql::operation(&request.body)
            .or_else(|| Some(Operation::Mutates(vec![("unreadable".to_owned(), String::new())])));
    }
    None
}

fn mutation(host: &str, field: &str, arguments: &str, words: &Words) -> Act {
    let class = words.class(field);
    let noun = noun(field, words);
    // The last long word of the arguments is most often the identifier; without one, the field stands for itself.
    let target = arguments
        .split(|c: char| !(c.is_alphanumeric() || "-_./:@".contains(c)))
        .rfind(|word| word.len() > 5);
    let address = format!("{host} {noun}/{}", target.unwrap_or(field));
    match words.destroys(field) {
        Some(word) => {
            let act = Act::new(EffectKind::Delete, &format!("http_{noun}"), address).class(class);
            let act = permanent(act, field, words);
            unlisted(act, &format!("the field `{field}` has `{word}` in its name"))
        }
        None => Act::new(EffectKind::Update, &format!("http_{noun}"), address)
            .class(class)
            .hazard(HazardKind::Unknown, format!("what the mutation `{field}` does is not shown")),
    }
}

fn permanent(act: Act, name: &str, words: &Words) -> Act {
    let name: String = name.chars().take(100).collect();
    if words.is_permanent(&name) {
        act.manner(Manner::Permanent, format!("`{name}` cannot be taken back"))
    } else {
        act
    }
}

/// What is deleted, and of what class nobody knows, may be anything.
fn unlisted(act: Act, says: &str) -> Act {
    match act.class {
        Some(Class::Data) => act.hazard(HazardKind::DataLoss, says),
        Some(Class::Backup) => act.hazard(HazardKind::BackupLoss, says),
        Some(Class::Key) => act.hazard(HazardKind::DataLoss, says),
        Some(Class::Identity) => act.hazard(HazardKind::Lockout, says),
        Some(Class::Traffic | Class::Network | Class::Compute) => act.hazard(HazardKind::Capacity, says),
        Some(Class::Watch) => act.hazard(HazardKind::ProtectionOff, says),
        _ => act.hazard(HazardKind::Unknown, format!("{says}, and what it is for is not known")),
    }
}

fn rest(request: &Request, body: Option<&Node<'_>>, words: &Words, host: &str) -> Vec<Act> {
    let said = said(request, body, words);
    let method = overridden(request);
    let reads = matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
    let destroys = match method.as_str() {
        "DELETE" | "PURGE" => Some(format!("the method is `{method}`")),
        _ => said.iter().find_map(|(place, word)| {
            let found = words.destroys(word)?;
            // `GET /pending_delete` looks; a word of deleting in a filter is about deleting, not doing it.
            let looks = reads && !(place == "path" && word.to_ascii_lowercase().starts_with(&found));
            (!looks).then(|| format!("its {place} has `{found}`"))
        }),
    };
    let path = path(&request.url);
    let class = words.class(&path);
    match destroys {
        Some(says) => targets(request, body, words, host)
            .into_iter()
            .map(|target| {
                let mut act =
                    Act::new(EffectKind::Delete, &format!("http_{}", noun(&path, words)), target.address);
                act.class = Some(class);
                act.manners = target.manners;
                let mut act = unlisted(act, &says);
                for (_, word) in &said {
                    act = permanent(act, word, words);
                }
                act
            })
            .collect(),
        None if reads => vec![plain(request, EffectKind::Read, Class::Other)],
        None => vec![
            plain(request, EffectKind::Update, class)
                .hazard(HazardKind::Unknown, format!("what the API does with this `{method}` is not shown")),
        ],
    }
}

/// A method that a header puts in the place of the one on the line.
fn overridden(request: &Request) -> String {
    let header = request.headers.iter().find(|(name, _)| {
        ["x-http-method-override", "x-method-override", "x-http-method"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    });
    header.map_or_else(|| request.method.clone(), |(_, method)| method.trim().to_owned()).to_ascii_uppercase()
}

/// The words that decide what a request does, each with its place.
fn said(request: &Request, body: Option<&Node<'_>>, words: &Words) -> Vec<(String, String)> {
    let path = path(&request.url);
    let segments = path.split('/').filter(|part| !part.is_empty());
    let mut said: Vec<(String, String)> = segments.map(|part| ("path".to_owned(), part.to_owned())).collect();
    for (name, value) in selector::query(&request.url) {
        said.push(("query".to_owned(), name.to_owned()));
        if words.decides.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            said.push(("query".to_owned(), value.to_owned()));
        }
    }
    match body {
        Some(body) => deciding(body, words, &mut said),
        // A form, or something that is no JSON: `action=delete&id=7`.
        None => {
            for pair in request.body.split('&') {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                if name.len() < 100 {
                    said.push(("body".to_owned(), name.to_owned()));
                }
                if words.decides.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    said.push(("body".to_owned(), value.to_owned()));
                }
            }
        }
    }
    said
}

fn deciding(node: &Node<'_>, words: &Words, said: &mut Vec<(String, String)>) {
    for (name, value) in node.members() {
        let decides = words.decides.iter().any(|known| known.eq_ignore_ascii_case(name));
        match value {
            Node::String(text) if decides => said.push(("body".to_owned(), text.to_string())),
            Node::Bool(false) | Node::Null => {}
            Node::String(_) | Node::Number(_) => {}
            _ => said.push(("body".to_owned(), name.to_string())),
        }
        deciding(value, words, said);
    }
    for item in node.items() {
        deciding(item, words, said);
    }
}

struct Target {
    address: String,
    manners: Vec<(Manner, String)>,
}

/// One for each identifier in a list, else the path.
fn targets(request: &Request, body: Option<&Node<'_>>, words: &Words, host: &str) -> Vec<Target> {
    let path = path(&request.url);
    let mut manners = selector::manners(request, body, words);
    if let Some(part) = path.split('/').find(|part| selector::is_blank(part)) {
        manners.push((
            Manner::SelectsAll,
            format!("`{part}` is not filled in, so how many there are is not shown"),
        ));
    }
    let listed = body.and_then(|body| selector::list(body, words));
    let noun = noun(&path, words);
    match listed {
        Some(ids) if !ids.is_empty() && ids.len() <= MOST_TARGETS => ids
            .into_iter()
            .map(|id| {
                let address = format!("{host} {noun}/{id}");
                let mut manners = manners.clone();
                if id.contains("...") || id.contains('…') {
                    manners.push((Manner::SelectsAll, "the list is not written out".to_owned()));
                }
                Target { address, manners }
            })
            .collect(),
        Some(ids) => {
            let says = format!("the list has {} targets", ids.len());
            manners.push((Manner::SelectsAll, says));
            vec![Target { address: format!("{host}{path}"), manners }]
        }
        None => vec![Target { address: format!("{host}{path}"), manners }],
    }
}

fn plain(request: &Request, effect: EffectKind, class: Class) -> Act {
    let address = format!("{}{}", host(&request.url), path(&request.url));
    Act::new(effect, "http_request", address).class(class)
}

/// The noun that a path or a field is about: its last word that is neither an identifier nor a verb.
fn noun(name: &str, words: &Words) -> String {
    let candidates = name.split('/').rev().flat_map(|segment| {
        let parts = super::words::parts(segment);
        let id = parts.iter().any(|part| part.chars().any(|c| c.is_ascii_digit()));
        if id || selector::is_blank(segment) { Vec::new() } else { parts }
    });
    let mut nouns = candidates.filter(|part| words.destroys(part).is_none() && part.len() < 40);
    let noun = nouns.next().unwrap_or_else(|| "resource".to_owned());
    noun.strip_suffix("es")
        .filter(|stem| stem.ends_with('x'))
        .or_else(|| noun.strip_suffix('s'))
        .unwrap_or(&noun)
        .to_owned()
}

fn host(url: &str) -> String {
    let Some((_, rest)) = url.split_once("://") else { return String::new() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
}

fn path(url: &str) -> String {
    let rest = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"));
    rest.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// A credential that the request brings along.
fn credential(request: &Request, words: &Words) -> Option<String> {
    let header = request.headers.iter().find(|(name, _)| words.is_credential(name));
    if let Some((name, _)) = header {
        return Some(format!("the header `{name}` brings a credential along"));
    }
    if user(&request.url).is_some() {
        return Some("the address brings a user's name and password along".to_owned());
    }
    let table = Table::get().ok()?;
    let named = selector::query(&request.url).into_iter().find(|(name, value)| {
        !value.is_empty() && (table.secrets.names(name) || ["key", "sig", "access_key"].contains(name))
    });
    named.map(|(name, _)| format!("the query's `{name}` brings a credential along"))
}

fn user(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit_once('@').map(|(user, _)| user)
}

fn hide(request: &Request, words: &Words, hidden: &mut Hidden) {
    for (_, value) in request.headers.iter().filter(|(name, _)| words.is_credential(name)) {
        hidden.add(value);
        let bare = value.split_once(' ').map_or(value.as_str(), |(_, rest)| rest);
        hidden.add(bare);
    }
    if let Some(user) = user(&request.url) {
        hidden.add(user.split_once(':').map_or(user, |(_, password)| password));
    }
    let Ok(table) = Table::get() else { return };
    for (name, value) in selector::query(&request.url) {
        if table.secrets.names(name) || ["key", "sig", "access_key"].contains(&name) {
            hidden.add(value);
        }
    }
    if let Ok(body) = parse(request.body.trim()) {
        secrets(&body, table, hidden);
    } else {
        for (name, value) in request.body.split('&').filter_map(|pair| pair.split_once('=')) {
            if table.secrets.names(name) {
                hidden.add(value);
            }
        }
    }
}

fn secrets(node: &Node<'_>, table: &Table, hidden: &mut Hidden) {
    for (name, value) in node.members() {
        if let Some(text) = value.as_str().filter(|_| table.secrets.names(name)) {
            hidden.add(text);
        }
        secrets(value, table, hidden);
    }
    for item in node.items() {
        secrets(item, table, hidden);
    }
}
