//! Security groups: who is behind one, and which others let it in.

use holdpoint_core::Link;
use serde_json::json;

use super::seen::{Dependent, Seen};
use super::view::View;
use super::{Subject, filters, interface};
use crate::ask::{rows, text, texts};

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = [subject.id.clone()];
    let (main, users, into, out) = tokio::join!(
        view.ask("ec2", "DescribeSecurityGroups", json!({"GroupId.1": subject.id})),
        interface::interfaces(view, "group-id", &id),
        view.list(
            "ec2",
            "DescribeSecurityGroups",
            filters(&[("ip-permission.group-id", &id)]),
            "securityGroupInfo"
        ),
        view.list(
            "ec2",
            "DescribeSecurityGroups",
            filters(&[("egress.ip-permission.group-id", &id)]),
            "securityGroupInfo"
        ),
    );
    if let Some(row) = seen.main(main, "securityGroupInfo") {
        seen.tagged(&row, "tagSet");
        seen.was_text(&row, &[("network", "vpcId"), ("group_name", "groupName")]);
        seen.was("rules_in", rows(&row, "ipPermissions").len());
        seen.was("rules_out", rows(&row, "ipPermissionsEgress").len());
        let mut open = texts(&row, "ipPermissions/ipRanges/cidrIp");
        open.extend(texts(&row, "ipPermissions/ipv6Ranges/cidrIpv6"));
        seen.was("world_in", open.iter().any(|range| range == "0.0.0.0/0" || range == "::/0"));
    }
    interface::note(seen, users, "is behind it");
    for (found, how) in [(into, "lets it in"), (out, "reaches out to it")] {
        for row in seen.listed(found, "security groups") {
            let other = text(&row, "groupId");
            if other != subject.id {
                let group = Dependent::new("aws_security_group", &other, how, Link::Mention);
                seen.depends(group.tagged(&row, "tagSet"));
            }
        }
    }
}
