//! The real machines behind the targets of an SSM command. An empty selector names nothing; it never means all.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::filters;
use super::view::View;
use crate::ask::{plain, tags, text, texts};

/// One part of a selector, as SSM takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `InstanceIds`, `tag:NAME`, `tag-key`, `resource-groups:Name`, or Automation's `ParameterValues` and
    /// `ResourceGroup`.
    pub key: String,
    /// Any of these.
    pub values: Vec<String>,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// `i-…`, or `mi-…` for one that is not of EC2.
    pub id: String,
    /// Its name by its tags or its host name.
    pub name: String,
    /// `Linux`, `Windows`, `MacOS`; empty where not known.
    pub platform: String,
    /// `Online`, `ConnectionLost`, `Inactive`; empty if SSM does not manage it, or that is not known.
    pub ping: String,
    /// EC2's state; empty where not known.
    pub state: String,
    /// Its tags, as anyone who may tag wrote them.
    pub tags: BTreeMap<String, String>,
}

/// What a selector resolves to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machines {
    /// The machines, by id.
    pub listed: Vec<Machine>,
    /// Whether the list is whole: every source that could add a machine answered to its end.
    pub whole: bool,
    /// Whether the selector means every machine that SSM manages in this account and region.
    pub every: bool,
    /// What could not be looked up.
    pub gaps: Vec<String>,
}

/// Resolves a selector: all of its parts must fit. Both SSM's inventory and EC2's tags are asked, because a machine that
/// registers a minute later is hit as well.
pub async fn machines(view: &View<'_>, targets: &[Target]) -> Machines {
    let mut found = Found::default();
    let usable =
        |target: &Target| !target.key.is_empty() && target.values.iter().any(|value| !value.is_empty());
    if targets.is_empty() || !targets.iter().all(usable) {
        found.gap("the selector is empty: it names no machine");
        return found.into_machines(false);
    }
    let star =
        |target: &Target| target.values.iter().any(|value| value == "*") && target.key == "InstanceIds";
    let every = targets.iter().all(star);
    let mut managed: Vec<Value> = Vec::new();
    let mut tagged: Vec<(String, Vec<String>)> = vec![("instance-state-name".to_owned(), alive())];
    for target in targets.iter().filter(|target| !star(target)) {
        match target.key.as_str() {
            "InstanceIds" | "ParameterValues" => {
                managed.push(json!({"Key": "InstanceIds", "Values": target.values}));
                tagged.push(("instance-id".to_owned(), target.values.clone()));
            }
            "resource-groups:Name" | "ResourceGroup" => {
                let ids = members(view, &target.values, &mut found).await;
                if ids.is_empty() {
                    return found.into_machines(false);
                }
                managed.push(json!({"Key": "InstanceIds", "Values": ids}));
                tagged.push(("instance-id".to_owned(), ids));
            }
            key if key.starts_with("tag:") || key == "tag-key" => {
                managed.push(json!({"Key": key, "Values": target.values}));
                tagged.push((key.to_owned(), target.values.clone()));
            }
            other => {
                found.gap(format!("`{}` is a kind of target that cannot be resolved here", plain(other)));
                return found.into_machines(false);
            }
        }
    }
    // EC2 has ids only of its own machines, and refuses a filter on others.
    for (_, values) in tagged.iter_mut().filter(|(name, _)| name == "instance-id") {
        values.retain(|id| id.starts_with("i-"));
    }
    let borrowed: Vec<(&str, &[String])> =
        tagged.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect();
    let (known, by_tag) = tokio::join!(
        view.list(
            "ssm",
            "DescribeInstanceInformation",
            json!({ "Filters": managed }),
            "InstanceInformationList"
        ),
        view.list("ec2", "DescribeInstances", filters(&borrowed), "reservationSet/instancesSet"),
    );
    found.add_tagged(by_tag);
    found.add_managed(known);
    found.into_machines(every)
}

fn alive() -> Vec<String> {
    ["pending", "running", "stopping", "stopped"].map(str::to_owned).to_vec()
}

/// The machines of resource groups.
async fn members(view: &View<'_>, groups: &[String], found: &mut Found) -> Vec<String> {
    let mut ids = Vec::new();
    for group in groups {
        let listed = view
            .list("resource-groups", "ListGroupResources", json!({ "Group": group }), "Resources/Identifier")
            .await;
        match listed {
            Ok(listed) => {
                if listed.more {
                    found.gap("a resource group has more members than were looked at");
                }
                let machines =
                    listed.rows.iter().filter(|row| text(row, "ResourceType").ends_with("Instance"));
                ids.extend(
                    machines.filter_map(|row| text(row, "ResourceArn").rsplit('/').next().map(str::to_owned)),
                );
            }
            Err(unanswered) => found.gap(unanswered.to_string()),
        }
    }
    if ids.is_empty() {
        found.gap("the resource group has no machine that was found");
    }
    ids
}

#[derive(Default)]
struct Found {
    machines: BTreeMap<String, Machine>,
    gaps: Vec<String>,
}

type Answer = Result<crate::ask::Rows, crate::ask::Unanswered>;

impl Found {
    fn gap(&mut self, says: impl Into<String>) {
        self.gaps.push(says.into());
    }

    fn listed(&mut self, answer: Answer) -> Vec<Value> {
        match answer {
            Ok(rows) => {
                if rows.more {
                    self.gap("there are more machines than were looked at");
                }
                rows.rows
            }
            Err(unanswered) => {
                self.gap(unanswered.to_string());
                Vec::new()
            }
        }
    }

    fn add_tagged(&mut self, answer: Answer) {
        for row in self.listed(answer) {
            let id = text(&row, "instanceId");
            let tags = tags(&row, "tagSet");
            let platform = if text(&row, "platform") == "windows" { "Windows" } else { "" };
            let machine = Machine {
                name: tags.get("Name").cloned().unwrap_or_default(),
                platform: platform.to_owned(),
                ping: String::new(),
                state: text(&row, "instanceState/name"),
                tags,
                id: id.clone(),
            };
            self.machines.insert(id, machine);
        }
    }

    fn add_managed(&mut self, answer: Answer) {
        for row in self.listed(answer) {
            let id = text(&row, "InstanceId");
            let machine =
                self.machines.entry(id.clone()).or_insert_with(|| Machine { id, ..Machine::default() });
            machine.ping = text(&row, "PingStatus");
            machine.platform = text(&row, "PlatformType");
            if machine.name.is_empty() {
                machine.name = [texts(&row, "Name"), texts(&row, "ComputerName")].concat().join(" ");
            }
        }
    }

    fn into_machines(mut self, every: bool) -> Machines {
        self.machines.remove("");
        self.gaps.sort();
        self.gaps.dedup();
        let whole = self.gaps.is_empty();
        Machines { listed: self.machines.into_values().collect(), whole, every, gaps: self.gaps }
    }
}

impl Machines {
    /// Those that SSM reaches now.
    #[must_use]
    pub fn online(&self) -> usize {
        self.listed.iter().filter(|machine| machine.ping == "Online").count()
    }
}
