//! Network interfaces: the join by which EC2 shows who uses a group, a subnet or a network, whatever service it is of.

use holdpoint_core::Link;
use serde_json::Value;

use super::seen::{Dependent, Seen};
use super::view::View;
use crate::ask::{Rows, Unanswered, text};

/// The interfaces that fit a filter.
pub(super) async fn interfaces(view: &View<'_>, filter: &str, ids: &[String]) -> Result<Rows, Unanswered> {
    let asked = super::filters(&[(filter, ids)]);
    view.list("ec2", "DescribeNetworkInterfaces", asked, "networkInterfaceSet").await
}

/// Notes who stands behind each interface.
pub(super) fn note(seen: &mut Seen, found: Result<Rows, Unanswered>, how: &str) {
    for row in seen.listed(found, "network interfaces") {
        seen.depends(owner(&row, how));
    }
}

/// Who uses an interface. Its description is AWS's own text, unless whoever made it wrote another; a wrong one names a
/// wrong owner, but the interface still counts.
fn owner(row: &Value, how: &str) -> Dependent {
    let machine = text(row, "attachment/instanceId");
    let says = text(row, "description");
    let after =
        |start: &str| says.strip_prefix(start).map(|rest| rest.split_whitespace().next().unwrap_or(rest));
    let id = text(row, "networkInterfaceId");
    let (kind, owner) = if !machine.is_empty() {
        ("aws_instance", machine.as_str())
    } else if let Some(name) = after("ELB ") {
        match name.split('/').collect::<Vec<_>>().as_slice() {
            ["app" | "net" | "gwy", name, ..] => ("aws_lb", *name),
            _ => ("aws_elb", name),
        }
    } else if let Some(name) = after("Interface for NAT Gateway ") {
        ("aws_nat_gateway", name)
    } else if let Some(name) = after("VPC Endpoint Interface ") {
        ("aws_vpc_endpoint", name)
    } else if let Some(name) = after("EFS mount target for ") {
        ("aws_efs_file_system", name)
    } else if let Some(name) = after("AWS Lambda VPC ENI-") {
        ("aws_lambda_function", function(name))
    } else if let Some(name) = after("ElastiCache ") {
        ("aws_elasticache_cluster", name)
    } else if let Some(name) = after("Amazon EKS ") {
        ("aws_eks_cluster", name)
    } else if says == "RDSNetworkInterface" {
        ("aws_db_instance", id.as_str())
    } else if says == "RedshiftNetworkInterface" {
        ("aws_redshift_cluster", id.as_str())
    } else if says.starts_with("arn:") && says.contains(":ecs:") {
        ("aws_ecs_task", says.as_str())
    } else {
        ("aws_network_interface", id.as_str())
    };
    let mut dependent = Dependent::new(kind, owner, how, Link::Mention).tagged(row, "tagSet");
    if dependent.name == dependent.id && owner == id && !says.is_empty() {
        dependent.name = format!("{says} ({id})");
    }
    dependent
}

/// A function's name, without the uuid that its interface's description ends with.
fn function(name: &str) -> &str {
    match name.len().checked_sub(37).and_then(|end| name.split_at_checked(end)) {
        Some((function, uuid)) if uuid.starts_with('-') && !function.is_empty() => function,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_owner_is_read_from_what_aws_writes() {
        let of = |says: &str| {
            let row = json!({"networkInterfaceId": "eni-1", "description": says});
            let found = owner(&row, "uses it");
            (found.kind, found.id)
        };
        let is = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
        assert_eq!(of("ELB app/web/50dc6c495c0c9188"), is("aws_lb", "web"));
        assert_eq!(of("ELB classic"), is("aws_elb", "classic"));
        assert_eq!(of("Interface for NAT Gateway nat-0a"), is("aws_nat_gateway", "nat-0a"));
        assert_eq!(of("EFS mount target for fs-1 (fsmt-2)"), is("aws_efs_file_system", "fs-1"));
        let lambda = "AWS Lambda VPC ENI-my-fn-d4e6c7bb-4b9c-4ccd-8d23-123456789012";
        assert_eq!(of(lambda), is("aws_lambda_function", "my-fn"));
        assert_eq!(of("RDSNetworkInterface"), is("aws_db_instance", "eni-1"));
        assert_eq!(of(""), is("aws_network_interface", "eni-1"));
        let attached = json!({"networkInterfaceId": "eni-1", "attachment": {"instanceId": "i-1"}});
        assert_eq!(owner(&attached, "uses it").id, "i-1");
    }
}
