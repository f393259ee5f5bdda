//! Machines of EC2: the volumes that go with them, who sends them traffic, what could bring their data back.

use futures_util::future::join_all;
use holdpoint_core::Link;
use serde_json::{Value, json};

use super::seen::{Dependent, Seen};
use super::view::View;
use super::{Subject, filters, volume};
use crate::ask::{rows, text, truth};

/// Target groups that are asked whether they send to it.
const MOST_GROUPS: usize = 20;

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = [subject.id.clone()];
    let (main, attribute, volumes, scaling, addresses, groups) = tokio::join!(
        view.ask("ec2", "DescribeInstances", json!({"InstanceId.1": subject.id})),
        view.ask(
            "ec2",
            "DescribeInstanceAttribute",
            json!({"InstanceId": subject.id, "Attribute": "disableApiTermination"})
        ),
        view.list("ec2", "DescribeVolumes", filters(&[("attachment.instance-id", &id)]), "volumeSet"),
        view.ask("autoscaling", "DescribeAutoScalingInstances", json!({"InstanceIds.member.1": subject.id})),
        view.ask("ec2", "DescribeAddresses", filters(&[("instance-id", &id)])),
        view.list("elbv2", "DescribeTargetGroups", json!({}), "TargetGroups"),
    );
    let machine = seen.main(main, "reservationSet/instancesSet");
    if let Some(machine) = &machine {
        describe(seen, machine);
    }
    if let Some(attribute) = seen.aside(attribute) {
        seen.was_truth(&attribute, &[("termination_protection", "disableApiTermination/value")]);
    }
    let volumes = seen.listed(volumes, "volumes");
    let lost = note_volumes(seen, &volumes);
    for row in rows(&seen.aside(scaling).unwrap_or_default(), "AutoScalingInstances") {
        let group = text(row, "AutoScalingGroupName");
        seen.depends(Dependent::new(
            "aws_autoscaling_group",
            &group,
            "counts it among its instances",
            Link::Owner,
        ));
    }
    for row in rows(&seen.aside(addresses).unwrap_or_default(), "addressesSet") {
        let address = Dependent::new("aws_eip", &text(row, "publicIp"), "points at it", Link::Mention);
        seen.depends(address.tagged(row, "tagSet"));
    }
    let network = machine.as_ref().map(|machine| text(machine, "vpcId")).unwrap_or_default();
    let groups = seen.listed(groups, "target groups");
    let saved = volume::points(view, &lost, subject.account.as_deref());
    let (served, saved) = tokio::join!(senders(view, &subject.id, &network, &groups), saved);
    for (answer, group) in served.0 {
        let health = seen.aside(answer).unwrap_or_default();
        let state = text(&health, "TargetHealthDescriptions/TargetHealth/State");
        if matches!(state.as_str(), "healthy" | "unhealthy" | "initial" | "draining") {
            let how = format!("sends traffic to it ({state})");
            let group =
                Dependent::new("aws_lb_target_group", &text(&group, "TargetGroupArn"), &how, Link::Selector);
            seen.depends(group);
        }
    }
    if served.1 {
        seen.gap(format!("there are more than {MOST_GROUPS} target groups that could send to it"));
    }
    volume::note_points(seen, saved);
}

fn describe(seen: &mut Seen, machine: &Value) {
    seen.tagged(machine, "tagSet");
    seen.was_text(
        machine,
        &[
            ("state", "instanceState/name"),
            ("type", "instanceType"),
            ("launched", "launchTime"),
            ("network", "vpcId"),
            ("address", "ipAddress"),
            ("lifecycle", "instanceLifecycle"),
        ],
    );
    seen.was("root_device", text(machine, "rootDeviceType"));
    if text(machine, "rootDeviceType") == "instance-store" {
        seen.gap("its root disk is instance storage, which stopping it already loses");
    }
}

/// Notes the volumes, and answers those that are deleted with the machine. One whose fate is not shown counts as lost.
fn note_volumes(seen: &mut Seen, volumes: &[Value]) -> Vec<String> {
    let mut lost = Vec::new();
    for row in volumes {
        let id = text(row, "volumeId");
        let goes = truth(row, "attachmentSet/deleteOnTermination").unwrap_or(true);
        let how = if goes { "is deleted with it" } else { "is attached to it and stays" };
        seen.depends(Dependent::new("aws_ebs_volume", &id, how, Link::Owner).tagged(row, "tagSet"));
        if goes {
            lost.push(id);
        }
    }
    seen.was("volumes_lost", lost.clone());
    lost
}

type Health = (Result<Value, crate::ask::Unanswered>, Value);

/// What each target group of its network says of it, and whether there are more groups than were asked.
async fn senders(view: &View<'_>, id: &str, network: &str, groups: &[Value]) -> (Vec<Health>, bool) {
    let near = |group: &&Value| network.is_empty() || text(group, "VpcId") == network;
    let near: Vec<&Value> = groups.iter().filter(near).collect();
    let asked = near.iter().take(MOST_GROUPS).map(|group| async move {
        let asked = json!({"TargetGroupArn": text(group, "TargetGroupArn"), "Targets.member.1.Id": id});
        (view.ask("elbv2", "DescribeTargetHealth", asked).await, (*group).clone())
    });
    (join_all(asked).await, near.len() > MOST_GROUPS)
}
