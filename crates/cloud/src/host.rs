//! Which host an operation lives on, and which hosts are AWS. Nothing becomes part of a host name unless it is on a
//! list or of a shape that can name nothing else.

mod recognise;
mod region;
#[cfg(test)]
mod tests;

pub use recognise::{Destination, recognise};
pub use region::partition;

use region::Partition;

/// A host, and the region that a signature for it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The host name.
    pub name: String,
    /// The region to sign for: not always the one that was asked for.
    pub region: String,
}

/// Why there is no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nowhere {
    /// Not a region that is known.
    #[error("`{0}` is not a region of AWS that is known here")]
    Region(String),
    /// Not an endpoint prefix.
    #[error("`{0}` cannot be the first part of an endpoint")]
    Prefix(String),
    /// A host prefix needs a value that is missing or cannot be part of a host name.
    #[error("the host name needs {0}, and the request has none that can be part of a host name")]
    Label(String),
}

/// Endpoints whose host is not `PREFIX.REGION.SUFFIX`.
const EXCEPTIONS: &str = include_str!("host/exceptions.tsv");

/// The host of a service in a region, by the endpoint prefix of its model.
pub fn of(prefix: &str, region: &str) -> Result<Host, Nowhere> {
    let partition = region::of(region).ok_or_else(|| Nowhere::Region(region.to_owned()))?;
    if !prefix.split('.').all(is_label) {
        return Err(Nowhere::Prefix(prefix.to_owned()));
    }
    let (template, signs) =
        exception(prefix, region, partition).unwrap_or(("{prefix}.{region}.{suffix}", "{region}"));
    let fill = |template: &str| {
        template
            .replace("{prefix}", prefix)
            .replace("{region}", region)
            .replace("{suffix}", partition.suffix)
            .replace("{dual}", partition.dual)
    };
    Ok(Host { name: fill(template), region: fill(signs) })
}

/// The line of the table for this prefix, partition and region, if there is one: host and signing region.
fn exception(prefix: &str, region: &str, partition: &Partition) -> Option<(&'static str, &'static str)> {
    EXCEPTIONS.lines().find_map(|line| {
        let mut fields = line.split('\t');
        let (name, partitions, only) = (fields.next()?, fields.next()?, fields.next()?);
        let here = name == prefix
            && (partitions == "*" || partitions.split(',').any(|one| one == partition.name))
            && (only == "*" || only == region);
        if here { Some((fields.next()?, fields.next()?)) } else { None }
    })
}

/// The same host with an operation's host prefix, such as `{AccountId}.` or `sync-`, whose labels `value` gives.
pub fn prefixed<'v>(
    host: &Host,
    template: &str,
    value: impl Fn(&str) -> Option<&'v str>,
) -> Result<Host, Nowhere> {
    let mut prefix = String::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        let (label, after) = after.split_once('}').ok_or_else(|| Nowhere::Prefix(template.to_owned()))?;
        let value = value(label)
            .filter(|value| fits(label, value))
            .ok_or_else(|| Nowhere::Label(label.to_owned()))?;
        prefix.push_str(literal);
        prefix.push_str(value);
        rest = after;
    }
    prefix.push_str(rest);
    let name = format!("{prefix}{}", host.name);
    if name.len() > 253 || !name.to_ascii_lowercase().split('.').all(is_label) {
        return Err(Nowhere::Prefix(template.to_owned()));
    }
    Ok(Host { name, region: host.region.clone() })
}

/// An account id is twelve digits; any other value is one label of a host name.
fn fits(label: &str, value: &str) -> bool {
    if label == "AccountId" {
        return value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit());
    }
    is_label(&value.to_ascii_lowercase())
}

/// One label of a host name: letters, digits and inner hyphens.
fn is_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-')
}
