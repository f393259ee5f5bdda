//! What a call names: ids, names and ARNs, where the table or the noun says that they stand.

use super::subject::Subject;
use crate::table::scalar;
use crate::value::{Node, find, step};

/// The most names of one call that are effects of their own.
pub(super) const MOST: usize = 1_000;

/// One thing that is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// As people read it: without the head of an ARN.
    pub(super) shown: String,
    pub(super) identifiers: Vec<String>,
    /// The list that it is an item of.
    pub(super) item: Option<(String, usize)>,
}

/// Everything a call names, and what is wrong with how.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) all: Vec<Name>,
    /// Why it reaches whatever there is: an empty list, a wildcard.
    pub(super) everything: Option<String>,
}

/// Reads the names; `of` is the place that a row of the table gives.
pub(super) fn read(subject: &Subject<'_>, of: Option<&str>) -> Names {
    if let Some(of) = of {
        let places: Vec<String> = of.split('|').map(str::to_owned).collect();
        return at(subject, &places).unwrap_or_default();
    }
    at(subject, &places(subject)).or_else(|| index(subject)).unwrap_or_default()
}

/// Where the name of a noun stands, most likely first.
fn places(subject: &Subject<'_>) -> Vec<String> {
    let noun = subject.noun();
    let mut nouns = vec![noun.to_string()];
    // `DeleteTableReplica` has a `TableName`, and `ModifyInstanceAttribute` an `InstanceId`.
    let starts = noun.char_indices().skip(1).filter(|(_, c)| c.is_uppercase()).map(|(at, _)| at);
    let shorter: Vec<String> = starts.filter_map(|at| noun.get(..at)).map(str::to_owned).collect();
    nouns.extend(shorter.into_iter().rev());
    let mut places = Vec::new();
    for noun in nouns {
        let single = singular(&noun);
        if let Some(place) = subject.service.names.get(&noun).or_else(|| subject.service.names.get(&single)) {
            places.extend(place.split('|').map(str::to_owned));
        }
        for stem in [noun.clone(), single] {
            for end in [
                "Identifier",
                "Name",
                "Id",
                "Arn",
                "ARN",
                "Ids",
                "Names",
                "Identifiers",
                "Arns",
                "",
                "Url",
                "URL",
                "s",
            ] {
                places.push(format!("{stem}{end}"));
            }
        }
    }
    places.extend(["Name", "Id", "Arn", "ResourceArn", "ResourceName", "ResourceId"].map(str::to_owned));
    places
}

/// What the index says is named, where the parameters' names do not.
fn index(subject: &Subject<'_>) -> Option<Names> {
    let all: Vec<Name> = subject.call.resources.iter().take(1).map(|named| name(&named.id, None)).collect();
    (!all.is_empty()).then_some(Names { all, everything: None })
}

/// The names at the first of these places that has any.
fn at(subject: &Subject<'_>, places: &[String]) -> Option<Names> {
    for place in places {
        let parts: Vec<&str> = place.split('+').collect();
        let (last, first) = parts.split_last()?;
        let Some(found) = values(subject, last) else { continue };
        let prefix: Vec<String> = first
            .iter()
            .filter_map(|part| values(subject, part)?.into_iter().next().map(|(text, _)| text))
            .collect();
        let everything = everything(last, &found);
        let mut all: Vec<Name> = found
            .into_iter()
            .map(|(text, item)| {
                let mut whole = prefix.clone();
                whole.push(text);
                let mut named = name(&whole.join("/"), item);
                if prefix.is_empty() {
                    return named;
                }
                named.shown = whole.iter().map(|part| tail(part)).collect::<Vec<_>>().join("/");
                named
            })
            .collect();
        for named in &mut all {
            arn(subject, named);
        }
        return Some(Names { all, everything });
    }
    None
}

/// The ARN that the index could build for it.
fn arn(subject: &Subject<'_>, named: &mut Name) {
    for resource in &subject.call.resources {
        let Some(arn) = resource.arn.clone().filter(|arn| !named.identifiers.contains(arn)) else { continue };
        if named.identifiers.contains(&resource.id) {
            named.identifiers.push(arn);
        }
    }
}

/// A value, and which item of which list it is.
type Value = (String, Option<(String, usize)>);

/// The scalar values at a dotted path, upper or lower case at its start, and where in a list each stands. `None` when
/// there is nothing at the path at all; an empty list when the list there is empty.
fn values(subject: &Subject<'_>, path: &str) -> Option<Vec<Value>> {
    let mut lower = path.to_owned();
    if let Some(first) = lower.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let found = [path, &lower]
        .into_iter()
        .map(|path| find(&subject.parameters, path))
        .find(|found| !found.is_empty())?;
    let mut out = Vec::new();
    let mut seen = false;
    for (pointer, node) in found {
        match node {
            Node::Array(items) => {
                seen = true;
                for (n, item) in items.iter().enumerate() {
                    out.extend(scalar(item).map(|text| (text.to_owned(), Some((pointer.clone(), n)))));
                }
            }
            other => {
                let Some(text) = scalar(other) else { continue };
                seen = true;
                out.push((text.to_owned(), item(&pointer)));
            }
        }
    }
    seen.then_some(out)
}

/// `/Delete/Objects/3/Key` is a part of the third item of `/Delete/Objects`.
fn item(pointer: &str) -> Option<(String, usize)> {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let at = parts.iter().position(|part| part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty())?;
    let list = parts.iter().take(at).fold(String::new(), |pointer, part| step(&pointer, part));
    Some((list, parts.get(at)?.parse().ok()?))
}

fn everything(place: &str, found: &[Value]) -> Option<String> {
    if found.is_empty() {
        return Some(format!("`{place}` is empty, and so is no limit"));
    }
    let wild = found.iter().find(|(text, _)| is_wild(text))?;
    Some(match wild.0.trim() {
        "" => format!("`{place}` has an empty text in it"),
        text => format!("`{place}` has `{text}` in it, which stands for whatever there is"),
    })
}

/// Whether a name stands for all there are.
pub(crate) fn is_wild(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text == "*" || text == "%" || text.ends_with(":*") || text.ends_with("/*")
}

/// One name: its ARN and the name within it.
pub(super) fn name(text: &str, item: Option<(String, usize)>) -> Name {
    let shown = tail(text);
    let mut identifiers = vec![text.to_owned()];
    if shown != text {
        identifiers.push(shown.clone());
    }
    Name { shown, identifiers, item }
}

/// What an ARN is of; the name itself, of what is none. `arn:aws:kms:…:key/0ab` is `0ab`, a queue's address its name.
pub(crate) fn tail(text: &str) -> String {
    let cut = |text: &str| text.chars().take(200).collect::<String>();
    if text.starts_with("arn:") {
        let resource = text.splitn(6, ':').nth(5).unwrap_or(text);
        let plain = resource
            .rsplit_once(':')
            .map_or(resource, |(kind, name)| if kind.contains('/') { resource } else { name });
        // `loadbalancer/app/web/50dc` and `service/prod/web` say more than their end.
        let parts: Vec<&str> = plain.split('/').collect();
        return match parts.as_slice() {
            [_, rest @ ..] if !rest.is_empty() => cut(&rest.join("/")),
            _ => cut(plain),
        };
    }
    match text.split_once("://") {
        Some((_, rest)) => cut(rest.rsplit('/').next().unwrap_or(rest)),
        None => cut(text),
    }
}

/// One of several.
pub(super) fn singular(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for end in ["sses", "shes", "ches", "xes"] {
        if noun.ends_with(end) {
            return noun.strip_suffix("es").unwrap_or(noun).to_owned();
        }
    }
    match noun.strip_suffix('s') {
        Some(stem) if !noun.ends_with("ss") && !noun.ends_with("us") && !noun.ends_with("is") => {
            stem.to_owned()
        }
        _ => noun.to_owned(),
    }
}
