//! Requests by path: labels, query, headers and body together.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{Fault, Names, Parameters, fault, json, put, scalar, shaped, xml};
use crate::aws::Protocol;
use crate::aws::index::{Kind, Member, Place, Service, Shape, Type};

/// What a request by path is made of.
pub(crate) struct Parts<'a> {
    pub(crate) service: &'a Service,
    pub(crate) protocol: Protocol,
    pub(crate) input: Option<&'a Shape>,
    pub(crate) labels: Vec<(&'static str, String)>,
    /// Decoded pairs without those that the operation's path fixes.
    pub(crate) query: Vec<(&'a str, &'a str)>,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
    /// The length of a body that passes unread.
    pub(crate) length: Option<u64>,
}

/// Headers that say how the body travels, not what is asked for.
const TRANSPORT: [&str; 6] = [
    "content-length",
    "content-md5",
    "expect",
    "x-amz-content-sha256",
    "x-amz-decoded-content-length",
    "x-amz-trailer",
];

/// Headers that any call may have, and that the gateway looks at or drops.
const GENERAL: [&str; 8] = [
    "x-amz-account-id",
    "x-amz-api-version",
    "x-amz-date",
    "x-amz-outpost-id",
    "x-amz-s3session-token",
    "x-amz-security-token",
    "x-amz-te",
    "x-amz-user-agent",
];

/// The parameters, and the names that the model does not have.
pub(crate) fn rest(parts: &Parts<'_>) -> Result<(Parameters, Vec<String>), Fault> {
    let members = match parts.input {
        Some(Shape::Structure(members)) => members.as_slice(),
        _ => &[],
    };
    let (mut into, mut strange) = body(parts, members)?;
    for (name, text) in &parts.labels {
        let member = members.iter().find(|member| member.place == Place::Path && member.wire == *name);
        let (name, kind) = member.map_or((*name, Kind::Text), |member| (member.name, member.of.kind));
        put(&mut into, name, scalar::text(text, kind, name)?)?;
    }
    query(parts, members, &mut into, &mut strange)?;
    headers(parts, members, &mut into)?;
    other_headers(parts, members, &mut into, &mut strange)?;
    Ok((into, strange))
}

fn query(
    parts: &Parts<'_>,
    members: &[Member],
    into: &mut Parameters,
    strange: &mut Vec<String>,
) -> Result<(), Fault> {
    for (key, text) in &parts.query {
        if *key == "x-id" {
            continue;
        }
        let member = members.iter().find(|member| member.place == Place::Query && member.wire == *key);
        // A presigned URL may carry in its query what would be headers.
        let member = member.or_else(|| members.iter().find(|member| is_header(member, key)));
        let map = || {
            members.iter().find(|member| {
                member.place == Place::Query
                    && matches!(parts.service.shape_of(member.of), Some(Shape::Map { .. }))
            })
        };
        match (member, member.is_none().then(map).flatten()) {
            (Some(member), _) if is_transport(member.wire) => {}
            (Some(member), _) => match parts.service.shape_of(member.of) {
                Some(Shape::List { of, .. }) => {
                    let value = scalar::text(text, of.kind, member.name)?;
                    match into.entry(member.name).or_insert_with(|| Value::Array(Vec::new())) {
                        Value::Array(items) => items.push(value),
                        _ => return fault(format!("`{key}` is there more than once")),
                    }
                }
                _ => put(into, member.name, scalar::text(text, member.of.kind, member.name)?)?,
            },
            (None, Some(map)) => in_map(parts, map, key, text, into)?,
            (None, None) => {
                strange.push((*key).to_owned());
                put(into, key, Value::String((*text).to_owned()))?;
            }
        }
    }
    Ok(())
}

/// A pair that belongs to a map in the query; of lists in it there may be several.
fn in_map(
    parts: &Parts<'_>,
    map: &Member,
    key: &str,
    text: &str,
    into: &mut Parameters,
) -> Result<(), Fault> {
    let lists = match parts.service.shape_of(map.of) {
        Some(Shape::Map { value, .. }) => matches!(parts.service.shape_of(*value), Some(Shape::List { .. })),
        _ => false,
    };
    let value = Value::String(text.to_owned());
    let Value::Object(object) = into.entry(map.name).or_insert_with(|| Value::Object(Map::new())) else {
        return fault(format!("`{key}` is there more than once"));
    };
    match object.get_mut(key) {
        Some(Value::Array(items)) if lists => {
            items.push(value);
            Ok(())
        }
        _ if lists => put(object, key, Value::Array(vec![value])),
        _ => put(object, key, value),
    }
}

fn is_header(member: &Member, key: &str) -> bool {
    member.place == Place::Header && member.wire.eq_ignore_ascii_case(key)
}

fn is_transport(wire: &str) -> bool {
    let wire = wire.to_ascii_lowercase();
    TRANSPORT.contains(&wire.as_str())
        || wire.starts_with("x-amz-checksum-")
        || wire == "x-amz-sdk-checksum-algorithm"
}

fn headers(parts: &Parts<'_>, members: &[Member], into: &mut Parameters) -> Result<(), Fault> {
    for member in members.iter().filter(|member| member.place == Place::Header && !is_transport(member.wire))
    {
        let mut found = parts.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(member.wire));
        let Some((_, text)) = found.next() else { continue };
        if found.next().is_some() {
            return fault(format!("the header `{}` is there more than once", member.wire));
        }
        let Some(text) = header_text(member, text.trim()) else { continue };
        let value = match parts.service.shape_of(member.of) {
            Some(Shape::List { of, .. }) => list(&text, *of, member.name)?,
            _ if member.json => decoded(&text)?,
            _ => scalar::text(&text, member.of.kind, member.name)?,
        };
        put(into, member.name, value)?;
    }
    for member in members.iter().filter(|member| member.place == Place::Headers) {
        let mut object = Map::new();
        for (name, value) in parts.headers {
            let rest = name.get(..member.wire.len()).filter(|head| head.eq_ignore_ascii_case(member.wire));
            if let (Some(_), Some(key)) = (rest, name.get(member.wire.len()..)) {
                put(&mut object, key, Value::String(value.trim().to_owned()))?;
            }
        }
        if !object.is_empty() {
            put(into, member.name, Value::Object(object))?;
        }
    }
    Ok(())
}

/// Headers of AWS's own that the model does not have: they may change what is done, and so they count.
fn other_headers(
    parts: &Parts<'_>,
    members: &[Member],
    into: &mut Parameters,
    strange: &mut Vec<String>,
) -> Result<(), Fault> {
    let known = |name: &str| {
        GENERAL.contains(&name)
            || is_transport(name)
            || members.iter().any(|member| match member.place {
                Place::Header => member.wire.eq_ignore_ascii_case(name),
                Place::Headers => name.starts_with(&member.wire.to_ascii_lowercase()),
                _ => false,
            })
    };
    for (name, value) in parts.headers.iter().filter(|(name, _)| name.starts_with("x-amz-") && !known(name)) {
        strange.push(name.clone());
        put(into, name, Value::String(value.trim().to_owned()))?;
    }
    Ok(())
}

/// A header's text; `aws-chunked` says how the body travels and is no encoding of the object.
fn header_text(member: &Member, text: &str) -> Option<String> {
    if !member.wire.eq_ignore_ascii_case("content-encoding") {
        return Some(text.to_owned());
    }
    let kept: Vec<_> =
        text.split(',').map(str::trim).filter(|one| !one.eq_ignore_ascii_case("aws-chunked")).collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

fn list(text: &str, of: Type, name: &str) -> Result<Value, Fault> {
    let items = text.split(',').map(|item| scalar::text(item.trim(), of.kind, name));
    items.collect::<Result<_, _>>().map(Value::Array)
}

/// JSON in base 64 in a header.
fn decoded(text: &str) -> Result<Value, Fault> {
    let Ok(bytes) = STANDARD.decode(text) else { return fault("a header is not base 64") };
    String::from_utf8(bytes).map_or_else(|_| fault("a header is not UTF-8"), |text| Ok(Value::String(text)))
}

fn body(parts: &Parts<'_>, members: &[Member]) -> Result<(Parameters, Vec<String>), Fault> {
    let empty = || Ok((Map::new(), Vec::new()));
    if let Some(payload) = members.iter().find(|member| member.payload) {
        let mut into = Map::new();
        let (value, strange) = match () {
            () if payload.streaming => (Some(unread(parts.length)), Vec::new()),
            () if parts.body.is_empty() => (None, Vec::new()),
            () => whole(parts, payload).map(|(value, strange)| (Some(value), strange))?,
        };
        if let Some(value) = value {
            put(&mut into, payload.name, value)?;
        }
        return Ok((into, strange));
    }
    if parts.body.iter().all(u8::is_ascii_whitespace) {
        return empty();
    }
    match (parts.protocol, parts.input) {
        (Protocol::RestXml | Protocol::S3, _) => {
            let root = xml::read(parts.body)?;
            let mut reader = xml::ByShape { service: parts.service, strange: Vec::new() };
            let parameters = reader.structure(&root, members)?;
            Ok((parameters, reader.strange))
        }
        (_, input) => {
            let tree = json(parts.body)?;
            let shape = Shape::Structure(Vec::new());
            match super::json::top(&tree, input.unwrap_or(&shape), parts.service)? {
                Value::Object(object) => Ok((object, Vec::new())),
                _ => fault("the body is not a JSON object"),
            }
        }
    }
}

/// A body that is one member.
fn whole(parts: &Parts<'_>, payload: &Member) -> Result<(Value, Vec<String>), Fault> {
    let xml = matches!(parts.protocol, Protocol::RestXml | Protocol::S3);
    match payload.of.kind {
        Kind::Blob => Ok((Value::String(STANDARD.encode(parts.body)), Vec::new())),
        Kind::Text => match std::str::from_utf8(parts.body) {
            Ok(text) => Ok((Value::String(text.to_owned()), Vec::new())),
            Err(_) => fault("the body is not UTF-8"),
        },
        _ if xml => {
            let root = xml::read(parts.body)?;
            let mut reader = xml::ByShape { service: parts.service, strange: Vec::new() };
            let value = reader.value(&root, payload.of, payload.name)?;
            Ok((value, reader.strange))
        }
        _ => Ok((shaped(&json(parts.body)?, payload.of, parts.service, Names::Wire)?, Vec::new())),
    }
}

/// What stands for a body that passes unread.
fn unread(length: Option<u64>) -> Value {
    let mut object = Map::new();
    object.insert("$bytes".to_owned(), length.map_or(Value::Null, Value::from));
    Value::Object(object)
}
