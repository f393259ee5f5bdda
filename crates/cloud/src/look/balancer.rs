//! Load balancers and target groups: whether they carry traffic now, and to whom.

use std::time::Duration;

use futures_util::future::join_all;
use holdpoint_core::Link;
use serde_json::{Value, json};

use super::Subject;
use super::seen::{Dependent, Seen};
use super::traffic::{Metric, metric};
use super::view::View;
use crate::ask::{Unanswered, rows, text, texts};

/// Target groups of one balancer whose targets are asked for.
const MOST_GROUPS: usize = 10;

pub(super) async fn balancer(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let named = subject.handle();
    let parameter = if named.starts_with("arn:") { "LoadBalancerArns.member.1" } else { "Names.member.1" };
    let main = view.ask("elbv2", "DescribeLoadBalancers", json!({ parameter: named })).await;
    let Some(row) = seen.main(main, "LoadBalancers") else { return };
    seen.name = Some(text(&row, "LoadBalancerName"));
    seen.was_text(
        &row,
        &[("state", "State/Code"), ("scheme", "Scheme"), ("type", "Type"), ("host", "DNSName")],
    );
    let arn = text(&row, "LoadBalancerArn");
    let short = arn.split_once("loadbalancer/").map_or("", |(_, short)| short).to_owned();
    let (namespace, name) = if text(&row, "Type") == "application" {
        ("AWS/ApplicationELB", "RequestCount")
    } else {
        ("AWS/NetworkELB", "NewFlowCount")
    };
    let requests = Metric {
        namespace,
        name,
        statistic: "Sum",
        dimensions: &[("LoadBalancer", &short)],
        over: Duration::from_secs(3600),
    };
    let of = json!({ "LoadBalancerArn": arn });
    let (listeners, attributes, groups, tags, live) = tokio::join!(
        view.list("elbv2", "DescribeListeners", &of, "Listeners"),
        view.ask("elbv2", "DescribeLoadBalancerAttributes", &of),
        view.list("elbv2", "DescribeTargetGroups", &of, "TargetGroups"),
        view.ask("elbv2", "DescribeTags", json!({ "ResourceArns.member.1": arn })),
        metric(view, requests),
    );
    for row in seen.listed(listeners, "listeners") {
        let mut listener =
            Dependent::new("aws_lb_listener", &text(&row, "ListenerArn"), "listens on it", Link::Owner);
        listener.name = format!("{} {}", text(&row, "Protocol"), text(&row, "Port"));
        seen.depends(listener);
    }
    if let Some(attributes) = seen.aside(attributes) {
        let on = |row: &&Value| text(row, "Key") == "deletion_protection.enabled";
        let protected = rows(&attributes, "Attributes").into_iter().find(on);
        seen.was("deletion_protection", protected.and_then(|row| crate::ask::truth(row, "Value")));
    }
    if let Some(tags) = seen.aside(tags) {
        seen.tagged(&tags, "TagDescriptions/Tags");
    }
    seen.traffic("requests_last_hour", live);
    let groups = seen.listed(groups, "target groups");
    let asked = groups.iter().take(MOST_GROUPS).map(|group| health(view, text(group, "TargetGroupArn")));
    for found in join_all(asked).await {
        note_health(seen, found, "gets its traffic");
    }
    for row in &groups {
        let group = text(row, "TargetGroupArn");
        seen.depends(Dependent::new("aws_lb_target_group", &group, "gets its traffic", Link::Mention));
    }
    if groups.len() > MOST_GROUPS {
        seen.gap(format!("it has more than {MOST_GROUPS} target groups"));
    }
}

pub(super) async fn target_group(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let named = subject.handle();
    let parameter = if named.starts_with("arn:") { "TargetGroupArns.member.1" } else { "Names.member.1" };
    let main = view.ask("elbv2", "DescribeTargetGroups", json!({ parameter: named })).await;
    let Some(row) = seen.main(main, "TargetGroups") else { return };
    seen.name = Some(text(&row, "TargetGroupName"));
    seen.was_text(&row, &[("network", "VpcId"), ("type", "TargetType"), ("protocol", "Protocol")]);
    let arn = text(&row, "TargetGroupArn");
    let (found, tags) = tokio::join!(
        health(view, arn.clone()),
        view.ask("elbv2", "DescribeTags", json!({ "ResourceArns.member.1": arn })),
    );
    if let Some(tags) = seen.aside(tags) {
        seen.tagged(&tags, "TagDescriptions/Tags");
    }
    for arn in texts(&row, "LoadBalancerArns") {
        seen.depends(Dependent::new("aws_lb", &arn, "sends to it", Link::Mention));
    }
    note_health(seen, found, "gets traffic by it");
}

async fn health(view: &View<'_>, arn: String) -> Result<Value, Unanswered> {
    view.ask("elbv2", "DescribeTargetHealth", json!({ "TargetGroupArn": arn })).await
}

/// Notes the targets and, over all groups asked, how many of them are healthy.
fn note_health(seen: &mut Seen, found: Result<Value, Unanswered>, how: &str) {
    let Some(found) = seen.aside(found) else { return };
    let before = |seen: &Seen, name: &str| seen.before.get(name).and_then(Value::as_u64).unwrap_or(0);
    let targets = rows(&found, "TargetHealthDescriptions");
    let healthy = targets.iter().filter(|row| text(row, "TargetHealth/State") == "healthy").count() as u64;
    seen.was("targets", before(seen, "targets") + targets.len() as u64);
    seen.was("healthy_targets", before(seen, "healthy_targets") + healthy);
    for row in targets {
        let id = text(row, "Target/Id");
        let kind = if id.starts_with("i-") {
            "aws_instance"
        } else if id.contains(":lambda:") {
            "aws_lambda_function"
        } else if id.contains(":elasticloadbalancing:") {
            "aws_lb"
        } else {
            "aws_network_interface"
        };
        seen.depends(Dependent::new(kind, &id, how, Link::Selector));
    }
}
