//! Which machines a selector means, asked before a change is judged: what is approved is a list, never a selector.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ssm::types::{InstanceInformation, InstanceInformationStringFilter, PingStatus};

use super::{Runner, Trouble};

/// One condition on machines; several must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `InstanceIds`, `tag:NAME` or `tag-key`.
    pub key: String,
    /// Any of these.
    pub values: Vec<String>,
}

/// A machine that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Machine {
    /// Its id: `i-…` or `mi-…`.
    pub instance: String,
    /// Its name, as its own agent reports it.
    pub name: Option<String>,
    /// Its system: `Linux`, `Windows` or `MacOS`.
    pub platform: Option<String>,
    /// Whether its agent answered lately.
    pub online: bool,
    /// The tags that the selector itself shows. The inventory of Systems Manager has no others.
    pub tags: BTreeMap<String, String>,
}

/// Why a selector names no machines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Nothing was selected: that never means all.
    #[error("the selector is empty; name instances or tags")]
    Empty,
    /// Everything was selected.
    #[error("the selector `{0}` would mean every machine; name instances or tags")]
    Everything(String),
    /// A kind of selector whose machines cannot be told beforehand.
    #[error("machines cannot be selected by `{0}`; use `InstanceIds`, `tag:NAME` or `tag-key`")]
    Unsupported(String),
    /// Not the form of an id.
    #[error("`{0}` is not the id of a machine")]
    NotAnInstance(String),
    /// The selector holds for no machine.
    #[error("no machine matches the selector")]
    Nothing,
    /// Machines that Systems Manager does not know, in this account and region.
    #[error("Systems Manager does not manage {}", .0.join(", "))]
    Unknown(Vec<String>),
    /// More than one execution takes.
    #[error("the selector means more than {} machines; submit it in waves", Target::MOST)]
    TooMany,
    /// AWS gave no answer.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

const ASK: &str = "DescribeInstanceInformation";
const PAGE: i32 = 50;

impl Target {
    /// The most machines of one change: what one execution takes.
    pub const MOST: usize = 50;
}

impl Runner {
    /// The machines that all of `targets` select, ordered by id, each once.
    ///
    /// # Errors
    /// If the selector is empty, means everything or nothing, or names what Systems Manager does not manage.
    pub async fn resolve(&self, targets: &[Target]) -> Result<Vec<Machine>, ResolveError> {
        let (named, filters) = read(targets)?;
        let mut found: Option<BTreeMap<String, Machine>> = None;
        // AWS does not combine tags with other filters in one question.
        if !named.is_empty() {
            let known = self.ask(vec![filter("InstanceIds", named.iter().cloned())?]).await?;
            let missing: Vec<String> = named.iter().filter(|id| !known.contains_key(*id)).cloned().collect();
            if !missing.is_empty() {
                return Err(ResolveError::Unknown(missing));
            }
            found = Some(known);
        }
        for target in filters {
            let mut matching = self.ask(vec![filter(&target.key, target.values.iter().cloned())?]).await?;
            note_tag(target, &mut matching);
            found = Some(match found {
                None => matching,
                Some(before) => both(before, matching),
            });
        }
        let found: Vec<Machine> = found.unwrap_or_default().into_values().collect();
        match found.len() {
            0 => Err(ResolveError::Nothing),
            count if count > Target::MOST => Err(ResolveError::TooMany),
            _ => Ok(found),
        }
    }

    /// All pages of one question, by id.
    async fn ask(
        &self,
        filters: Vec<InstanceInformationStringFilter>,
    ) -> Result<BTreeMap<String, Machine>, ResolveError> {
        let mut found = BTreeMap::new();
        let mut next = None;
        // A selector of tags may cut a long list short, so more than one execution takes is read; no fleet is.
        for _ in 0..40 {
            let question = self.client.describe_instance_information().max_results(PAGE);
            let question = question.set_filters(Some(filters.clone())).set_next_token(next);
            let answer = question.send().await.map_err(|error| Trouble::of(ASK, &error))?;
            for information in answer.instance_information_list() {
                let machine = machine(information)?;
                found.insert(machine.instance.clone(), machine);
            }
            next = answer.next_token;
            if next.as_deref().is_none_or(str::is_empty) {
                return Ok(found);
            }
        }
        Err(ResolveError::TooMany)
    }
}

/// The instances named one by one, and the other conditions.
fn read(targets: &[Target]) -> Result<(BTreeSet<String>, Vec<&Target>), ResolveError> {
    let mut named: Option<BTreeSet<String>> = None;
    let mut filters = Vec::new();
    for target in targets {
        if target.values.is_empty() || target.values.iter().any(|value| value.trim().is_empty()) {
            return Err(ResolveError::Empty);
        }
        if let Some(all) = target.values.iter().find(|value| value.contains('*')) {
            return Err(ResolveError::Everything(all.clone()));
        }
        match target.key.as_str() {
            "InstanceIds" | "InstanceId" => {
                if let Some(other) = target.values.iter().find(|value| !is_instance(value)) {
                    return Err(ResolveError::NotAnInstance(super::output::short(other, 64)));
                }
                let ids: BTreeSet<String> = target.values.iter().cloned().collect();
                named = Some(match named {
                    None => ids,
                    Some(before) => before.intersection(&ids).cloned().collect(),
                });
            }
            "tag-key" => filters.push(target),
            key if key.strip_prefix("tag:").is_some_and(|name| !name.trim().is_empty()) => {
                filters.push(target)
            }
            key => return Err(ResolveError::Unsupported(super::output::short(key, 64))),
        }
    }
    match named {
        Some(named) if named.is_empty() => Err(ResolveError::Nothing),
        None if filters.is_empty() => Err(ResolveError::Empty),
        Some(named) if named.len() > Target::MOST => Err(ResolveError::TooMany),
        named => Ok((named.unwrap_or_default(), filters)),
    }
}

/// `i-` or `mi-`, and eight to seventeen hexadecimal digits.
pub(super) fn is_instance(text: &str) -> bool {
    text.strip_prefix("mi-").or_else(|| text.strip_prefix("i-")).is_some_and(|digits| {
        (8..=17).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
    })
}

fn filter(
    key: &str,
    values: impl Iterator<Item = String>,
) -> Result<InstanceInformationStringFilter, ResolveError> {
    let built =
        InstanceInformationStringFilter::builder().key(key).set_values(Some(values.collect())).build();
    built.map_err(|_| ResolveError::Empty)
}

fn machine(information: &InstanceInformation) -> Result<Machine, Trouble> {
    let instance = information.instance_id().filter(|id| is_instance(id));
    Ok(Machine {
        instance: instance.ok_or_else(|| Trouble::incomplete(ASK, "usable instance id"))?.to_owned(),
        name: information
            .name()
            .or(information.computer_name())
            .filter(|name| !name.is_empty())
            .map(|name| super::output::short(name, 255)),
        platform: information.platform_type().map(|platform| platform.as_str().to_owned()),
        online: information.ping_status() == Some(&PingStatus::Online),
        tags: BTreeMap::new(),
    })
}

/// A machine found by one value of a tag has that value.
fn note_tag(target: &Target, machines: &mut BTreeMap<String, Machine>) {
    if let (Some(name), [value]) = (target.key.strip_prefix("tag:"), target.values.as_slice()) {
        for machine in machines.values_mut() {
            machine.tags.insert(name.to_owned(), value.clone());
        }
    }
}

fn both(before: BTreeMap<String, Machine>, other: BTreeMap<String, Machine>) -> BTreeMap<String, Machine> {
    let mut other = other;
    before
        .into_iter()
        .filter_map(|(id, mut machine)| {
            machine.tags.extend(other.remove(&id)?.tags);
            Some((id, machine))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(key: &str, values: &[&str]) -> Target {
        Target { key: key.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    #[test]
    fn no_selector_means_all() {
        assert_eq!(read(&[]), Err(ResolveError::Empty));
        for key in ["InstanceIds", "tag:Env", "tag-key"] {
            assert_eq!(read(&[target(key, &[])]), Err(ResolveError::Empty), "{key}");
            assert_eq!(read(&[target(key, &[" "])]), Err(ResolveError::Empty), "{key}");
            for all in ["*", "i-*", "prod*"] {
                assert_eq!(read(&[target(key, &[all])]), Err(ResolveError::Everything(all.into())), "{key}");
            }
        }
        assert_eq!(
            read(&[target("InstanceIds", &["i-0123456789abcdef0"]), target("InstanceIds", &["i-00000001"])]),
            Err(ResolveError::Nothing)
        );
    }

    #[test]
    fn other_selectors_are_refused() {
        for key in
            ["resource-groups:Name", "ParameterValues", "aws:NoOpAutomationTag", "tag:", "PingStatus", ""]
        {
            assert_eq!(read(&[target(key, &["a"])]), Err(ResolveError::Unsupported(key.into())));
        }
    }

    #[test]
    fn ids_have_a_form() {
        for id in ["i-0123456789abcdef0", "i-01234567", "mi-0123456789abcdef0"] {
            assert!(is_instance(id), "{id}");
        }
        for id in [
            "",
            "i-",
            "i-1",
            "i-0123456789ABCDEF0",
            "i-0123456789abcdef00",
            "x-0123456789abcdef0",
            "i-01234567 ",
        ] {
            assert!(!is_instance(id), "{id}");
        }
    }
}
