//! Where a document runs: machines by their ids, or whatever a selector reaches.

use holdpoint_core::Manner;

use super::Run;
use crate::aws::is_wild;

/// `{"key", "values"}`, as the API has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selector {
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// A machine that a selector was found to reach.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolved {
    pub(crate) instance: String,
    pub(crate) name: String,
    /// What its tags and its platform say, as text.
    pub(crate) says: Vec<(String, String)>,
}

/// One machine, or what is known of several.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) address: String,
    pub(super) identifiers: Vec<String>,
    /// Why nobody can tell which machines these are.
    pub(super) unclear: Option<String>,
}

/// All places, and what is to be said of how they are reached.
#[derive(Debug)]
pub(super) struct Reach {
    pub(super) places: Vec<Place>,
    pub(super) manners: Vec<(Manner, String)>,
    /// No machine is named, and none is meant.
    pub(super) nowhere: bool,
}

pub(super) fn of(run: &Run) -> Reach {
    let mut manners = Vec::new();
    if let Some(says) = everything(run) {
        manners.push((Manner::SelectsAll, says));
    }
    let nowhere = run.selectors.is_empty();
    let mut places: Vec<Place> = match &run.resolved {
        Some(resolved) => resolved.iter().map(machine).collect(),
        None => run.selectors.iter().flat_map(selected).collect(),
    };
    if places.is_empty() {
        let unclear = run.machines.then(|| "it names no machine".to_owned());
        let address = format!("ssm document {}", run.document);
        places.push(Place { address, identifiers: vec![run.document.clone()], unclear });
    }
    let known = run.resolved.is_some() || places.iter().all(|place| place.unclear.is_none());
    if !nowhere && let Some(says) = at_once(run.concurrency.as_deref(), places.len(), known) {
        manners.push((Manner::Everywhere, says));
    }
    Reach { places, manners, nowhere }
}

fn machine(resolved: &Resolved) -> Place {
    let name = if resolved.name.is_empty() { String::new() } else { format!(" ({})", resolved.name) };
    let mut identifiers = vec![resolved.instance.clone()];
    identifiers.extend(Some(resolved.name.clone()).filter(|name| !name.is_empty()));
    Place { address: format!("ec2 instance {}{name}", resolved.instance), identifiers, unclear: None }
}

fn selected(selector: &Selector) -> Vec<Place> {
    let by_id = selector.key.eq_ignore_ascii_case("InstanceIds")
        || selector.key.eq_ignore_ascii_case("ParameterValues");
    if by_id && !selector.values.iter().any(|value| is_wild(value)) {
        let place = |id: &String| Place {
            address: format!("ec2 instance {id}"),
            identifiers: vec![id.clone()],
            unclear: None,
        };
        return selector.values.iter().map(place).collect();
    }
    let values = selector.values.join(", ");
    vec![Place {
        address: format!(
            "ec2 instances with {}={}",
            selector.key,
            if values.is_empty() { "(nothing)" } else { &values }
        ),
        identifiers: Vec::new(),
        unclear: Some(format!("which machines have `{}` of `{values}` is not shown", selector.key)),
    }]
}

/// An empty or wildcard selector is never taken for all, and is never let pass for less.
fn everything(run: &Run) -> Option<String> {
    run.selectors.iter().find_map(|selector| {
        let key = &selector.key;
        if selector.values.is_empty() {
            return Some(format!("the target `{key}` has no values, and so is no limit"));
        }
        let wild = selector.values.iter().find(|value| is_wild(value) || value.trim() == "All")?;
        Some(format!("the target `{key}` is `{wild}`, which stands for whatever there is"))
    })
}

/// Whether all machines are reached at the same time. Without a limit, Systems Manager runs on fifty at once.
fn at_once(concurrency: Option<&str>, count: usize, known: bool) -> Option<String> {
    let several = count > 1 || !known;
    let text = concurrency.map(str::trim).filter(|text| !text.is_empty());
    let Some(text) = text else {
        return (several && (count > 5 || !known))
            .then(|| "no limit is set on how many run at the same time".to_owned());
    };
    let all = match text.strip_suffix('%') {
        Some(share) => share.trim().parse::<f64>().map_or(true, |share| share >= 100.0),
        None => text.parse::<usize>().map_or(true, |limit| !known || limit >= count),
    };
    (several && all).then(|| format!("`{text}` of them run at the same time, which is all"))
}
