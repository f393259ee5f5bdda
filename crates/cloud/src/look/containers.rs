//! ECS and EKS: what runs, and how much of it is wanted.

use holdpoint_core::Link;
use serde_json::json;

use super::Subject;
use super::seen::{Dependent, Seen};
use super::view::View;
use crate::ask::{plain, rows, text, texts};

pub(super) async fn service(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let cluster = subject.within.as_deref().unwrap_or("default");
    let name = subject.id.rsplit('/').next().unwrap_or(&subject.id);
    let asked = json!({"cluster": cluster, "services": [name], "include": ["TAGS"]});
    let main = view.ask("ecs", "DescribeServices", asked).await;
    let Some(row) = seen.main(main, "services") else { return };
    // ECS describes deleted services for a while.
    if text(&row, "status") == "INACTIVE" {
        seen.exists = Some(false);
    }
    seen.tagged(&row, "tags");
    seen.name = Some(text(&row, "serviceName"));
    seen.was_text(&row, &[("state", "status"), ("task", "taskDefinition"), ("launch", "launchType")]);
    seen.was_number(
        &row,
        &[("desired", "desiredCount"), ("running", "runningCount"), ("pending", "pendingCount")],
    );
    for arn in texts(&row, "loadBalancers/targetGroupArn") {
        seen.depends(Dependent::new(
            "aws_lb_target_group",
            &arn,
            "sends traffic to its tasks",
            Link::Mention,
        ));
    }
    let tasks =
        view.list("ecs", "ListTasks", json!({"cluster": cluster, "serviceName": name}), "taskArns").await;
    for arn in seen.listed(tasks, "tasks") {
        let arn = arn.as_str().unwrap_or_default();
        seen.depends(Dependent::new("aws_ecs_task", arn, "is one of its running tasks", Link::Owner));
    }
}

pub(super) async fn cluster(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"cluster": subject.handle()});
    let (main, services, tasks, machines) = tokio::join!(
        view.ask("ecs", "DescribeClusters", json!({"clusters": [subject.handle()], "include": ["TAGS"]})),
        view.list("ecs", "ListServices", &of, "serviceArns"),
        view.list("ecs", "ListTasks", &of, "taskArns"),
        view.list("ecs", "ListContainerInstances", &of, "containerInstanceArns"),
    );
    if let Some(row) = seen.main(main, "clusters") {
        seen.exists = Some(text(&row, "status") != "INACTIVE");
        seen.tagged(&row, "tags");
        seen.name = Some(text(&row, "clusterName"));
        seen.was("state", text(&row, "status"));
        seen.was_number(
            &row,
            &[
                ("running", "runningTasksCount"),
                ("services", "activeServicesCount"),
                ("machines", "registeredContainerInstancesCount"),
            ],
        );
    }
    let found = [
        (services, "aws_ecs_service", "runs in it", "services"),
        (tasks, "aws_ecs_task", "runs in it", "tasks"),
        (machines, "aws_ecs_container_instance", "carries it", "machines"),
    ];
    for (found, kind, how, what) in found {
        for arn in seen.listed(found, what) {
            seen.depends(Dependent::new(kind, arn.as_str().unwrap_or_default(), how, Link::Owner));
        }
    }
}

pub(super) async fn kubernetes(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"name": subject.id});
    let (main, groups, profiles) = tokio::join!(
        view.ask("eks", "DescribeCluster", &of),
        view.ask("eks", "ListNodegroups", &of),
        view.ask("eks", "ListFargateProfiles", &of),
    );
    if let Some(row) = seen.main(main, "cluster") {
        seen.name = Some(text(&row, "name"));
        seen.was_text(&row, &[("state", "status"), ("version", "version")]);
        seen.was_truth(
            &row,
            &[
                ("deletion_protection", "deletionProtection"),
                ("public", "resourcesVpcConfig/endpointPublicAccess"),
            ],
        );
        for (key, value) in rows(&row, "tags").iter().filter_map(|tags| tags.as_object()).flatten().take(50) {
            seen.tags.insert(plain(key), plain(value.as_str().unwrap_or_default()));
        }
    }
    let found = [
        (groups, "aws_eks_node_group", "nodegroups"),
        (profiles, "aws_eks_fargate_profile", "fargateProfileNames"),
    ];
    for (answer, kind, path) in found {
        for name in seen.aside(answer).map(|answer| texts(&answer, path)).unwrap_or_default() {
            seen.depends(Dependent::new(kind, &name, "carries its pods", Link::Owner));
        }
    }
    seen.gap("not looked at: what runs inside of the cluster");
}
