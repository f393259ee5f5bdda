//! The embedded index.

use serde_json::json;

use crate::aws::{Access, Protocol, index};

#[test]
fn the_page_tells_of_this_very_index() {
    let header = index::header().unwrap();
    let page = include_str!("../../../../../docs/aws-index.md");
    let (services, operations) = header.counts.split_once(' ').unwrap();
    assert!(page.contains(&format!("- Packages: {}\n", header.packages)));
    assert!(page.contains(&format!("- Services: {services}\n")));
    assert!(page.contains(&format!("- Operations: {operations}\n")));
    assert!(page.contains(&format!("- SHA-256 of the unpacked index: {}\n", header.sha256)));
    assert_eq!(header.sha256, holdpoint_core::Digest::of(index::text().as_bytes()).to_string());
}

#[test]
fn every_service_and_operation_is_read() {
    let (services, operations) = index::header().unwrap().counts.split_once(' ').unwrap();
    assert_eq!(index::services().len().to_string(), services);
    let read: usize = index::services().iter().map(|service| service.operations().len()).sum();
    assert_eq!(read.to_string(), operations);
}

#[test]
fn operations_are_found_by_name_with_what_the_published_tables_say() {
    let access = |service, operation| index::operation(service, operation).map(|operation| operation.access);
    assert_eq!(access("ec2", "TerminateInstances"), Some(Access::Write));
    assert_eq!(access("ec2", "DescribeInstances"), Some(Access::List));
    assert_eq!(access("s3", "ListObjectsV2"), Some(Access::List));
    assert_eq!(access("s3", "HeadObject"), Some(Access::Read));
    assert_eq!(access("iam", "PutRolePolicy"), Some(Access::Permissions));
    assert_eq!(access("kms", "Decapsulate"), Some(Access::Unknown));
    assert_eq!(access("ec2", "terminateinstances"), None);
    assert_eq!(access("ec3", "TerminateInstances"), None);
}

#[test]
fn services_know_their_hosts_and_protocols() {
    let service = index::service("elbv2").unwrap();
    assert_eq!(
        (service.endpoint_prefix, service.signing_name),
        ("elasticloadbalancing", "elasticloadbalancing")
    );
    assert_eq!(index::service("iam").unwrap().global_endpoint, Some("iam.amazonaws.com"));
    assert_eq!(index::service("s3").unwrap().protocols, [Protocol::S3]);
    assert_eq!(index::service("s3control").unwrap().protocols, [Protocol::RestXml]);
    assert_eq!(
        index::service("cloudwatch").unwrap().protocols,
        [Protocol::Cbor, Protocol::Json, Protocol::Query]
    );
    assert_eq!(index::operation("stepfunctions", "StartSyncExecution").unwrap().host_prefix, "sync-");
}

#[test]
fn host_prefixes_are_filled_only_with_parts_of_host_names() {
    let operation = index::operation("s3control", "ListJobs").unwrap();
    assert_eq!(operation.host_prefix, "{AccountId}.");
    let prefix = |account: &str| operation.host_prefix_for(&json!({"AccountId": account}));
    assert_eq!(prefix("123456789012").as_deref(), Some("123456789012."));
    assert_eq!(prefix("evil.example/"), None);
    assert_eq!(prefix(""), None);
    assert_eq!(operation.host_prefix_for(&json!({})), None);
    let plain = index::operation("ec2", "StopInstances").unwrap();
    assert_eq!(plain.host_prefix_for(&json!({})).as_deref(), Some(""));
}
