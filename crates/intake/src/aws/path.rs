//! Operations by method, path and query.

use std::borrow::Cow;

use super::choose::{Choice, Found, choose};
use super::head::{Head, percent};
use super::index::{Operation, Place, Service, Shape};
use super::recognise::unknown;
use super::{Protocol, Refused};

/// What a path and query gave for the operation that was chosen.
pub(crate) struct Matched<'a> {
    pub(crate) labels: Vec<(&'static str, String)>,
    /// The query without what the operation's path fixes.
    pub(crate) query: Vec<(&'a str, &'a str)>,
}

/// How well an operation fits: literal segments, fixed query, required keys that are there, and whether the path has a
/// last slash as the operation's has.
type Rank = (usize, usize, usize, bool);

/// The operation that fits best among these services.
pub(crate) fn find<'h>(
    head: &'h Head<'_>,
    services: &[&'static Service],
) -> Result<(Choice, Matched<'h>), Refused> {
    let mut best: Vec<Found> = Vec::new();
    let mut best_rank: Option<Rank> = None;
    for service in eligible(head, services)? {
        for (segments, exact) in paths(head, service)?.into_iter().zip([true, false]) {
            for operation in service.by_path(head.request.method, segments.len()) {
                let Some(rank) = rank(head, service, operation, &segments, exact) else { continue };
                if best_rank.is_none_or(|best| rank > best) {
                    (best_rank, best) = (Some(rank), Vec::new());
                }
                if best_rank == Some(rank) {
                    best.push((service, operation));
                }
            }
        }
    }
    let what = || format!("{} {}", head.request.method, head.request.path);
    let choice = choose(head, best).ok_or_else(|| unknown(head, &what()))?;
    let matched = matched(head, &choice).ok_or_else(|| unknown(head, &what()))?;
    Ok((choice, matched))
}

/// S3 and its control plane sign alike; only the latter takes an account or an Outpost in a header.
fn eligible(head: &Head<'_>, services: &[&'static Service]) -> Result<Vec<&'static Service>, Refused> {
    let account = head.header("x-amz-account-id")?.is_some() || head.header("x-amz-outpost-id")?.is_some();
    let fits = |service: &&&Service| match service.name {
        "s3" => !account,
        "s3control" => account,
        _ => true,
    };
    Ok(services.iter().filter(fits).copied().collect())
}

/// The segments of the path, in the spellings that a server takes for the same: with and without a last slash.
fn paths<'h>(head: &'h Head<'_>, service: &Service) -> Result<Vec<Vec<&'h str>>, Refused> {
    let Some(path) = head.path.strip_prefix('/').or(head.path.is_empty().then_some("")) else {
        return Err(head.refuse("The path does not begin with a slash."));
    };
    let mut segments: Vec<&str> = path.split('/').collect();
    if service.speaks(Protocol::S3) {
        match bucket(head.request.host) {
            Some("") => {}
            Some(bucket) => segments.insert(0, bucket),
            None => {
                return Err(head.refuse(
                    "This host is no bucket's. Access points and Outposts are not understood; name the bucket.",
                ));
            }
        }
        if segments.len() == 2 && segments.last() == Some(&"") {
            segments.pop();
        }
        return Ok(vec![segments]);
    }
    for segment in &segments {
        if matches!(percent(segment).as_deref(), None | Some("." | "..")) {
            return Err(head.refuse("The path has a broken escape, or goes up or nowhere."));
        }
    }
    let mut other = segments.clone();
    match other.last() {
        Some(&"") if other.len() > 1 => drop(other.pop()),
        Some(&"") | None => return Ok(vec![segments]),
        Some(_) => other.push(""),
    }
    Ok(vec![segments, other])
}

/// The bucket in a host name of S3's virtual-host style, empty where it is in the path; nothing for a host of AWS that
/// is neither.
fn bucket(host: &str) -> Option<&str> {
    let lower = host.to_ascii_lowercase();
    let name = lower.rsplit_once(':').map_or(lower.as_str(), |(name, _)| name);
    let suffix = [".amazonaws.com", ".amazonaws.com.cn"].iter().find(|suffix| name.ends_with(**suffix));
    let Some(labels) = suffix.and_then(|suffix| name.strip_suffix(suffix)) else { return Some("") };
    let own = |label: &str| {
        matches!(label, "s3" | "s3-accelerate" | "s3-fips" | "s3-external-1")
            || is_zonal(label)
            || is_old_regional(label)
    };
    // A bucket's name may have dots, and one may be called `s3`: the last label that is S3's own is meant.
    let mut found = None;
    let mut from = 0;
    for label in labels.split('.') {
        if own(label) {
            found = Some(host.get(..from)?.strip_suffix('.').unwrap_or_default());
        }
        from += label.len() + 1;
    }
    found
}

fn is_zonal(label: &str) -> bool {
    label.starts_with("s3express-")
}

/// `s3-us-west-2`, as host names had it once.
fn is_old_regional(label: &str) -> bool {
    label
        .strip_prefix("s3-")
        .is_some_and(|region| region.matches('-').count() >= 2 && !region.starts_with("accesspoint"))
}

fn rank(
    head: &Head<'_>,
    service: &Service,
    operation: &Operation,
    segments: &[&str],
    exact: bool,
) -> Option<Rank> {
    let pattern = operation.pattern.as_ref()?;
    pattern.labels(&plain(segments))?;
    let fixed = |key: &str, wanted: &str| {
        let mut found = head.query.iter().filter(|(name, _)| name == key);
        let first = found.next().is_some_and(|(_, value)| wanted.is_empty() || value == wanted);
        first && found.next().is_none()
    };
    if !pattern.fixed.iter().all(|(key, wanted)| fixed(key, wanted)) {
        return None;
    }
    let members = match operation.input.and_then(|at| service.shape(at)) {
        Some(Shape::Structure(members)) => members.as_slice(),
        _ => &[],
    };
    let in_query = |wire: &str| head.query.iter().any(|(name, _)| name.eq_ignore_ascii_case(wire));
    let in_headers =
        |wire: &str| head.request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wire));
    let mut required = members.iter().filter(|member| member.required);
    let there = |place, wire: &str| match place {
        Place::Query => head.query.iter().any(|(name, _)| name == wire),
        _ => in_headers(wire) || in_query(wire),
    };
    if !required.clone().all(|member| there(member.place, member.wire)) {
        return None;
    }
    // A sub-resource that the operation does not know makes it another operation of S3.
    let strict = service.speaks(Protocol::S3);
    let knows = |key: &str| {
        key == "x-id"
            || pattern.fixed.iter().any(|(fixed, _)| *fixed == key)
            || members.iter().any(|member| match member.place {
                Place::Query => member.wire == key,
                Place::Header => member.wire.eq_ignore_ascii_case(key),
                _ => false,
            })
    };
    if strict && !head.query.iter().all(|(key, _)| knows(key)) {
        return None;
    }
    let required = required.by_ref().count();
    Some((pattern.literals, pattern.fixed.len(), required, exact))
}

/// The segments with literals decoded, so that an escaped letter does not hide one.
fn plain<'s>(segments: &'s [&'s str]) -> Vec<Cow<'s, str>> {
    segments.iter().map(|segment| percent(segment).unwrap_or(Cow::Borrowed(segment))).collect()
}

fn matched<'h>(head: &'h Head<'_>, choice: &Choice) -> Option<Matched<'h>> {
    let pattern = choice.operation.pattern.as_ref()?;
    let paths = paths(head, choice.service).ok()?;
    let labels = paths.iter().find_map(|segments| {
        let plain = plain(segments);
        let found = pattern.labels(&plain)?.into_iter();
        Some(found.map(|(name, parts)| (name, parts.join("/"))).collect())
    })?;
    let fixed = |key: &str| pattern.fixed.iter().any(|(fixed, _)| *fixed == key);
    let query = head.query.iter().filter(|(key, _)| !fixed(key));
    Some(Matched { labels, query: query.map(|(key, value)| (key.as_ref(), value.as_ref())).collect() })
}
