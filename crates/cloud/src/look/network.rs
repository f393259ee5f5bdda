//! Networks, subnets, route tables and gateways: what lives inside, and what would lose its way out.

use holdpoint_core::Link;
use serde_json::{Value, json};

use super::interface::{interfaces, note};
use super::seen::{Dependent, Seen};
use super::view::View;
use super::{Subject, filters};
use crate::ask::{Rows, Unanswered, rows, text, texts, truth};

pub(super) async fn vpc(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = [subject.id.clone()];
    let of = filters(&[("vpc-id", &id)]);
    let (main, users, subnets, machines, nats, endpoints, tables, internet, asks, accepts) = tokio::join!(
        view.ask("ec2", "DescribeVpcs", json!({"VpcId.1": subject.id})),
        interfaces(view, "vpc-id", &id),
        view.list("ec2", "DescribeSubnets", &of, "subnetSet"),
        view.list("ec2", "DescribeInstances", &of, "reservationSet/instancesSet"),
        view.list("ec2", "DescribeNatGateways", &of, "natGatewaySet"),
        view.list("ec2", "DescribeVpcEndpoints", &of, "vpcEndpointSet"),
        view.list("ec2", "DescribeRouteTables", &of, "routeTableSet"),
        view.list(
            "ec2",
            "DescribeInternetGateways",
            filters(&[("attachment.vpc-id", &id)]),
            "internetGatewaySet"
        ),
        view.list(
            "ec2",
            "DescribeVpcPeeringConnections",
            filters(&[("requester-vpc-info.vpc-id", &id)]),
            "vpcPeeringConnectionSet"
        ),
        view.list(
            "ec2",
            "DescribeVpcPeeringConnections",
            filters(&[("accepter-vpc-info.vpc-id", &id)]),
            "vpcPeeringConnectionSet"
        ),
    );
    if let Some(row) = seen.main(main, "vpcSet") {
        seen.tagged(&row, "tagSet");
        seen.was_text(&row, &[("state", "state"), ("range", "cidrBlock")]);
        seen.was_truth(&row, &[("default", "isDefault")]);
    }
    inside(seen, subnets, "aws_subnet", "subnetId", "subnets");
    inside(seen, alive(machines), "aws_instance", "instanceId", "instances");
    inside(seen, alive(nats), "aws_nat_gateway", "natGatewayId", "NAT gateways");
    inside(seen, alive(endpoints), "aws_vpc_endpoint", "vpcEndpointId", "endpoints");
    inside(seen, tables, "aws_route_table", "routeTableId", "route tables");
    inside(seen, internet, "aws_internet_gateway", "internetGatewayId", "internet gateways");
    for peerings in [asks, accepts] {
        inside(seen, alive(peerings), "aws_vpc_peering_connection", "vpcPeeringConnectionId", "peerings");
    }
    note(seen, users, "is inside of it");
}

pub(super) async fn subnet(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = [subject.id.clone()];
    let of = filters(&[("subnet-id", &id)]);
    let (main, users, machines, nats) = tokio::join!(
        view.ask("ec2", "DescribeSubnets", json!({"SubnetId.1": subject.id})),
        interfaces(view, "subnet-id", &id),
        view.list("ec2", "DescribeInstances", &of, "reservationSet/instancesSet"),
        view.list("ec2", "DescribeNatGateways", &of, "natGatewaySet"),
    );
    if let Some(row) = seen.main(main, "subnetSet") {
        seen.tagged(&row, "tagSet");
        seen.was_text(&row, &[("network", "vpcId"), ("zone", "availabilityZone"), ("range", "cidrBlock")]);
        seen.was_truth(&row, &[("gives_public_addresses", "mapPublicIpOnLaunch")]);
    }
    inside(seen, alive(machines), "aws_instance", "instanceId", "instances");
    inside(seen, alive(nats), "aws_nat_gateway", "natGatewayId", "NAT gateways");
    note(seen, users, "is inside of it");
}

pub(super) async fn route_table(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let main = view.ask("ec2", "DescribeRouteTables", json!({"RouteTableId.1": subject.id})).await;
    let Some(row) = seen.main(main, "routeTableSet") else { return };
    seen.tagged(&row, "tagSet");
    seen.was("network", text(&row, "vpcId"));
    seen.was("routes", rows(&row, "routeSet").len());
    routed(view, &[row], seen).await;
}

pub(super) async fn nat(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = [subject.id.clone()];
    let (main, tables) = tokio::join!(
        view.ask("ec2", "DescribeNatGateways", json!({"NatGatewayId.1": subject.id})),
        view.list("ec2", "DescribeRouteTables", filters(&[("route.nat-gateway-id", &id)]), "routeTableSet"),
    );
    if let Some(row) = seen.main(main, "natGatewaySet") {
        seen.tagged(&row, "tagSet");
        seen.was_text(&row, &[("state", "state"), ("network", "vpcId"), ("subnet", "subnetId")]);
        seen.was("addresses", texts(&row, "natGatewayAddressSet/publicIp"));
    }
    let tables = seen.listed(tables, "route tables");
    route_over(seen, &tables);
    routed(view, &tables, seen).await;
}

pub(super) async fn internet(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = [subject.id.clone()];
    let (main, tables) = tokio::join!(
        view.ask("ec2", "DescribeInternetGateways", json!({"InternetGatewayId.1": subject.id})),
        view.list("ec2", "DescribeRouteTables", filters(&[("route.gateway-id", &id)]), "routeTableSet"),
    );
    if let Some(row) = seen.main(main, "internetGatewaySet") {
        seen.tagged(&row, "tagSet");
        for network in texts(&row, "attachmentSet/vpcId") {
            seen.depends(Dependent::new("aws_vpc", &network, "reaches the internet by it", Link::Mention));
        }
    }
    let tables = seen.listed(tables, "route tables");
    route_over(seen, &tables);
    routed(view, &tables, seen).await;
}

/// An address that is given back is gone for good: whatever names it points into somebody else's machine.
pub(super) async fn address(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let by = if subject.id.starts_with("eipalloc-") { "AllocationId.1" } else { "PublicIp.1" };
    let main = view.ask("ec2", "DescribeAddresses", json!({ by: subject.id })).await;
    let Some(row) = seen.main(main, "addressesSet") else { return };
    seen.tagged(&row, "tagSet");
    seen.was("address", text(&row, "publicIp"));
    let (machine, interface) = (text(&row, "instanceId"), text(&row, "networkInterfaceId"));
    if !machine.is_empty() {
        seen.depends(Dependent::new("aws_instance", &machine, "is reached by it", Link::Mention));
    } else if !interface.is_empty() {
        let found = interfaces(view, "network-interface-id", &[interface]).await;
        note(seen, found, "is reached by it");
    }
    seen.gap("not looked at: names and allow-lists elsewhere that hold the address");
}

fn route_over(seen: &mut Seen, tables: &[Value]) {
    for row in tables {
        let table =
            Dependent::new("aws_route_table", &text(row, "routeTableId"), "routes over it", Link::Mention);
        seen.depends(table.tagged(row, "tagSet"));
    }
}

/// What is routed by these tables: their subnets, and who is in them. A main table also routes every subnet that has
/// none of its own, so all of its network counts.
async fn routed(view: &View<'_>, tables: &[Value], seen: &mut Seen) {
    let mut subnets = Vec::new();
    let mut networks = Vec::new();
    for row in tables {
        subnets.extend(texts(row, "associationSet/subnetId"));
        if rows(row, "associationSet").into_iter().any(|one| truth(one, "main") == Some(true)) {
            networks.push(text(row, "vpcId"));
        }
    }
    for subnet in &subnets {
        seen.depends(Dependent::new("aws_subnet", subnet, "is routed by it", Link::Mention));
    }
    for network in &networks {
        seen.depends(Dependent::new("aws_vpc", network, "has it as its main route", Link::Mention));
    }
    let nobody = async |ids: &[String], filter: &str| {
        if ids.is_empty() { Ok(Rows::default()) } else { interfaces(view, filter, ids).await }
    };
    let (by_subnet, by_network) = tokio::join!(nobody(&subnets, "subnet-id"), nobody(&networks, "vpc-id"));
    note(seen, by_subnet, "is routed by it");
    note(seen, by_network, "may be routed by it");
}

/// Leaves out what is only a memory of something deleted.
fn alive(found: Result<Rows, Unanswered>) -> Result<Rows, Unanswered> {
    let mut found = found?;
    found.rows.retain(|row| {
        let state = [text(row, "instanceState/name"), text(row, "state"), text(row, "status/code")].concat();
        !matches!(state.as_str(), "terminated" | "deleted" | "rejected" | "expired" | "failed")
    });
    Ok(found)
}

fn inside(seen: &mut Seen, found: Result<Rows, Unanswered>, kind: &str, id: &str, what: &str) {
    for row in seen.listed(found, what) {
        seen.depends(
            Dependent::new(kind, &text(&row, id), "is inside of it", Link::Owner).tagged(&row, "tagSet"),
        );
    }
}
