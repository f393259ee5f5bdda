//! Servers that refuse, stay silent or lie; and what is sent to them.

use std::time::Duration;

use holdpoint_cloud::ask::Why;
use holdpoint_cloud::calendar::{Calendar, calendar};
use holdpoint_cloud::look::{Subject, look};
use serde_json::json;

use crate::fake::server;
use crate::world::{subject, view};

const KINDS: &[&str] = &[
    "aws_instance",
    "aws_ebs_volume",
    "aws_ebs_snapshot",
    "aws_ami",
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_security_group",
    "aws_vpc",
    "aws_subnet",
    "aws_route_table",
    "aws_nat_gateway",
    "aws_internet_gateway",
    "aws_s3_bucket",
    "aws_s3_object",
    "aws_dynamodb_table",
    "aws_cloudformation_stack",
    "aws_route53_zone",
    "aws_route53_record",
    "aws_iam_role",
    "aws_iam_user",
    "aws_iam_policy",
    "aws_kms_key",
    "aws_lb",
    "aws_lb_target_group",
    "aws_autoscaling_group",
    "aws_lambda_function",
    "aws_ecs_service",
    "aws_ecs_cluster",
    "aws_eks_cluster",
    "aws_efs_file_system",
    "aws_elasticache_cluster",
    "aws_elasticache_replication_group",
    "aws_redshift_cluster",
    "aws_db_snapshot",
    "aws_db_cluster_snapshot",
    "aws_eip",
];

fn subjects() -> Vec<Subject> {
    KINDS.iter().map(|kind| Subject { within: Some("w".to_owned()), ..subject(kind, "x") }).collect()
}

#[tokio::test]
async fn a_missing_permission_is_a_gap_for_every_kind() {
    let (asker, heard) = server(|_| Some(
        "HTTP/1.1 403 Forbidden\r\nconnection: close\r\nx-amzn-errortype: AccessDenied\r\ncontent-length: 97\r\n\r\n\
         <ErrorResponse><Error><Code>AccessDenied</Code><Message>not for you </Message></Error></ErrorResponse>".to_owned(),
    ))
    .await;
    for seen in look(&view(&asker, Duration::from_secs(30)), &subjects()).await {
        assert_eq!((seen.exists, seen.dependents.len(), seen.points.len()), (None, 0, 0), "{}", seen.address);
        assert!(
            seen.gaps.iter().any(|gap| gap.starts_with("not known: ") && gap.contains(" on ")),
            "{:?}",
            seen
        );
    }
    let heard = heard.lock().unwrap();
    assert!(heard.len() > 60, "{}", heard.len());
    for request in heard.iter() {
        assert!(reads(request), "{request}");
        assert!(request.contains("AWS4-HMAC-SHA256"), "{request}");
    }
}

/// Whether a request is of those that read.
fn reads(request: &str) -> bool {
    let starts = |name: &str| ["Describe", "List", "Get"].iter().any(|verb| name.starts_with(verb));
    let target = request.lines().find_map(|line| line.strip_prefix("x-amz-target: "));
    if let Some((_, operation)) = target.and_then(|target| target.rsplit_once('.')) {
        return starts(operation);
    }
    match request.split_once("\r\n\r\nAction=") {
        Some((_, body)) => starts(body),
        None => request.starts_with("GET ") || request.starts_with("HEAD "),
    }
}

#[tokio::test]
async fn a_silent_server_costs_the_deadline_and_leaves_gaps() {
    let (asker, _) = server(|_| None).await;
    for seen in look(&view(&asker, Duration::from_millis(150)), &subjects()).await {
        assert_eq!(seen.exists, None);
        assert!(seen.gaps.iter().any(|gap| gap.contains("no answer in time")), "{:?}", seen);
    }
    let frozen = calendar(&view(&asker, Duration::from_millis(50)), &["c".to_owned()]).await;
    assert!(frozen.frozen() && matches!(frozen, Calendar::Unknown(_)));
}

#[tokio::test]
async fn an_answer_that_is_none_is_a_gap() {
    let (asker, _) = server(|_| {
        Some(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 16\r\n\r\n<html>\u{1}<br></ht>"
                .to_owned(),
        )
    })
    .await;
    for seen in look(&view(&asker, Duration::from_secs(30)), &subjects()).await {
        assert!(seen.gaps.iter().any(|gap| gap.contains("cannot be read")), "{:?}", seen);
        assert_eq!(seen.dependents.len(), 0);
    }
}

#[tokio::test]
async fn nothing_outside_of_the_list_is_sent() {
    let (asker, heard) = server(|_| Some("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned())).await;
    let times = view(&asker, Duration::from_secs(5)).times;
    for (service, operation) in
        [("ec2", "TerminateInstances"), ("s3", "DeleteBucket"), ("ssm", "SendCommand"), ("x", "y")]
    {
        let failed = asker.ask("eu-central-1", service, operation, &json!({}), times).await.unwrap_err();
        assert_eq!(failed.why, Why::NotAllowed);
    }
    let evil = asker.ask("evil.example/", "ec2", "DescribeVpcs", &json!({}), times).await;
    assert!(matches!(evil.unwrap_err().why, Why::Unreachable(_)), "a region that is none becomes no host");
    assert!(heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_is_kept_for_the_next_question_unless_it_must_be_fresh() {
    let (asker, heard) =
        server(|_| Some("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}".to_owned()))
            .await;
    let times = view(&asker, Duration::from_secs(5)).times;
    for cached in [true, true, false] {
        let times = holdpoint_cloud::ask::Times { cached, ..times };
        asker.ask("eu-central-1", "kms", "DescribeKey", &json!({"KeyId": "k"}), times).await.unwrap();
    }
    assert_eq!(heard.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_change_of_thousands_is_looked_at_in_part_and_says_so() {
    let (asker, heard) = server(|_| {
        Some("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned())
    })
    .await;
    let many: Vec<Subject> = (0..70).map(|n| subject("aws_ebs_volume", &format!("vol-{n}"))).collect();
    let seen = look(&view(&asker, Duration::from_secs(30)), &many).await;
    assert_eq!(seen.len(), 70);
    assert!(seen[69].gaps[0].contains("more than 60"), "{:?}", seen[69]);
    assert_eq!(heard.lock().unwrap().len(), 120);
    let odd = [subject("aws_no_such_thing", "x"), subject("aws_instance", "")];
    for seen in look(&view(&asker, Duration::from_secs(5)), &odd).await {
        assert_eq!((seen.exists, seen.gaps.len()), (None, 1));
    }
}
