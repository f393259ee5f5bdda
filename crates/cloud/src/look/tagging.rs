//! Tags of dependents that were found by another's description. They carry the signs of an environment, and the highest
//! environment of all that depends on a resource is the resource's own.

use serde_json::{Value, json};

use super::filters;
use super::seen::Seen;
use super::view::View;
use crate::ask::{rows, tags, text};

/// Machines, and resources with ARNs, that are asked about for one subject.
const MOST: usize = 100;

/// Fills in tags and names where the answers had none.
pub(super) async fn fill(view: &View<'_>, seen: &mut Seen) {
    let bare = |arn: bool| {
        let wanted = move |one: &&super::Dependent| {
            one.tags.is_empty()
                && if arn {
                    one.id.starts_with("arn:")
                } else {
                    one.kind == "aws_instance" && one.id.starts_with("i-")
                }
        };
        seen.dependents.iter().filter(wanted).map(|one| one.id.clone()).collect::<Vec<String>>()
    };
    let (mut machines, mut arns) = (bare(false), bare(true));
    let more = machines.len() > MOST || arns.len() > MOST;
    machines.truncate(MOST);
    arns.truncate(MOST);
    let (machines, tagged) = tokio::join!(
        async {
            if machines.is_empty() {
                return Ok(Value::Null);
            }
            view.ask("ec2", "DescribeInstances", filters(&[("instance-id", &machines)])).await
        },
        async {
            if arns.is_empty() {
                return Ok(Value::Null);
            }
            view.ask("tagging", "GetResources", json!({ "ResourceARNList": arns })).await
        },
    );
    if more {
        seen.gap(format!("the tags of more than {MOST} dependents were not looked at"));
    }
    for row in rows(&seen.aside(machines).unwrap_or_default(), "reservationSet/instancesSet") {
        name(seen, &text(row, "instanceId"), row, "tagSet");
    }
    for row in rows(&seen.aside(tagged).unwrap_or_default(), "ResourceTagMappingList") {
        name(seen, &text(row, "ResourceARN"), row, "Tags");
    }
}

fn name(seen: &mut Seen, id: &str, row: &Value, path: &str) {
    for one in seen.dependents.iter_mut().filter(|one| one.id == id) {
        one.tags = tags(row, path);
        if let Some(name) = one.tags.get("Name").filter(|name| !name.is_empty() && one.name == one.id) {
            one.name.clone_from(name);
        }
    }
}
