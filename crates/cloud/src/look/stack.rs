//! CloudFormation: what goes with a stack, and who imports from it.

use futures_util::future::join_all;
use holdpoint_core::Link;
use serde_json::json;

use super::Subject;
use super::seen::{Dependent, Seen};
use super::view::View;
use crate::ask::{text, texts};

/// Exports whose importers are asked for.
const MOST_EXPORTS: usize = 15;

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"StackName": subject.handle()});
    let (main, resources) = tokio::join!(
        view.ask("cloudformation", "DescribeStacks", &of),
        view.list("cloudformation", "ListStackResources", &of, "StackResourceSummaries"),
    );
    // A stack that is gone is refused with the same words in both answers.
    let resources = seen.listed(resources, "resources");
    for row in &resources {
        if text(row, "ResourceStatus") == "DELETE_COMPLETE" {
            continue;
        }
        let of_stack = text(row, "ResourceType");
        let id = text(row, "PhysicalResourceId");
        let mut part = Dependent::new(terraform(&of_stack), &id, "is part of the stack", Link::Owner);
        part.name = text(row, "LogicalResourceId");
        if !id.is_empty() {
            seen.depends(part);
        }
    }
    seen.was("resources", resources.len());
    let Some(row) = seen.main(main, "Stacks") else { return };
    seen.tagged(&row, "Tags");
    seen.was_text(&row, &[("state", "StackStatus"), ("role", "RoleARN"), ("parent", "ParentId")]);
    seen.was(
        "termination_protection",
        crate::ask::truth(&row, "EnableTerminationProtection").unwrap_or(false),
    );
    seen.name = Some(text(&row, "StackName"));
    let exports = texts(&row, "Outputs/ExportName");
    let asked = exports.iter().take(MOST_EXPORTS).map(|export| async move {
        view.list("cloudformation", "ListImports", json!({ "ExportName": export }), "Imports").await
    });
    for found in join_all(asked).await {
        // "not imported by any stack" comes as an error of its own.
        if found.as_ref().is_err_and(|unanswered| unanswered.to_string().contains("ValidationError")) {
            continue;
        }
        for importer in seen.listed(found, "importing stacks") {
            let importer = importer.as_str().unwrap_or_default();
            let how = "imports what it exports";
            seen.depends(Dependent::new("aws_cloudformation_stack", importer, how, Link::Mention));
        }
    }
    if exports.len() > MOST_EXPORTS {
        seen.gap(format!("it has more than {MOST_EXPORTS} exports"));
    }
}

/// Terraform's name of a type that CloudFormation names otherwise; others keep theirs, and are of a class not known.
fn terraform(kind: &str) -> &str {
    match kind {
        "AWS::EC2::Instance" => "aws_instance",
        "AWS::EC2::Volume" => "aws_ebs_volume",
        "AWS::EC2::SecurityGroup" => "aws_security_group",
        "AWS::EC2::VPC" => "aws_vpc",
        "AWS::EC2::Subnet" => "aws_subnet",
        "AWS::EC2::RouteTable" => "aws_route_table",
        "AWS::EC2::NatGateway" => "aws_nat_gateway",
        "AWS::EC2::InternetGateway" => "aws_internet_gateway",
        "AWS::EC2::EIP" => "aws_eip",
        "AWS::RDS::DBInstance" => "aws_db_instance",
        "AWS::RDS::DBCluster" => "aws_rds_cluster",
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => "aws_dynamodb_table",
        "AWS::S3::Bucket" => "aws_s3_bucket",
        "AWS::EFS::FileSystem" => "aws_efs_file_system",
        "AWS::ElastiCache::CacheCluster" => "aws_elasticache_cluster",
        "AWS::ElastiCache::ReplicationGroup" => "aws_elasticache_replication_group",
        "AWS::Redshift::Cluster" => "aws_redshift_cluster",
        "AWS::ECR::Repository" => "aws_ecr_repository",
        "AWS::SQS::Queue" => "aws_sqs_queue",
        "AWS::SNS::Topic" => "aws_sns_topic",
        "AWS::KMS::Key" => "aws_kms_key",
        "AWS::IAM::Role" => "aws_iam_role",
        "AWS::IAM::User" => "aws_iam_user",
        "AWS::IAM::ManagedPolicy" => "aws_iam_policy",
        "AWS::IAM::InstanceProfile" => "aws_iam_instance_profile",
        "AWS::Lambda::Function" => "aws_lambda_function",
        "AWS::AutoScaling::AutoScalingGroup" => "aws_autoscaling_group",
        "AWS::ECS::Service" => "aws_ecs_service",
        "AWS::ECS::Cluster" => "aws_ecs_cluster",
        "AWS::EKS::Cluster" => "aws_eks_cluster",
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => "aws_lb",
        "AWS::ElasticLoadBalancingV2::TargetGroup" => "aws_lb_target_group",
        "AWS::ElasticLoadBalancingV2::Listener" => "aws_lb_listener",
        "AWS::Route53::HostedZone" => "aws_route53_zone",
        "AWS::Route53::RecordSet" => "aws_route53_record",
        "AWS::CloudFormation::Stack" => "aws_cloudformation_stack",
        other => other,
    }
}
