use holdpoint_core::Format;
use serde_json::{Value, json};

use super::*;
use crate::{Patterns, read};

/// A plan with one effect, as Terraform shows it.
fn plan(kind: &str, actions: &[&str], before: Value, after: Value) -> Cover {
    let document = json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "resource_changes": [{
            "address": format!("{kind}.it"), "mode": "managed", "type": kind, "name": "it",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": { "actions": actions, "before": before, "after": after, "after_unknown": {},
                        "before_sensitive": false, "after_sensitive": false }
        }]
    });
    Cover::of(&read(Format::Terraform, document.to_string().as_bytes()).unwrap())
}

fn asked(service: &str, operation: &str, parameters: Value) -> (Call, Change) {
    let call = Call::asked(service, operation, "eu-west-1", None, parameters).unwrap();
    let judged = super::super::change(std::slice::from_ref(&call), &Patterns::default()).unwrap();
    (call, judged)
}

fn covers(cover: &Cover, (call, judged): &(Call, Change), so_far: &SoFar) -> bool {
    cover.covers(call, judged, so_far).is_ok()
}

#[test]
fn what_the_plan_deletes_may_be_deleted_and_nothing_else() {
    let cover = plan(
        "aws_sqs_queue",
        &["delete"],
        json!({ "id": "https://sqs.eu-west-1.amazonaws.com/1/orders", "name": "orders" }),
        Value::Null,
    );
    let none = SoFar::default();
    let delete = |url: &str| asked("sqs", "DeleteQueue", json!({ "QueueUrl": url }));
    assert!(covers(&cover, &delete("https://sqs.eu-west-1.amazonaws.com/1/orders"), &none));
    assert!(!covers(&cover, &delete("https://sqs.eu-west-1.amazonaws.com/1/other"), &none));
    let elsewhere = asked("dynamodb", "DeleteTable", json!({ "TableName": "orders" }));
    assert!(!covers(&cover, &elsewhere, &none), "another service");
}

#[test]
fn an_update_does_not_cover_a_deletion() {
    let values = json!({ "id": "sg-0123", "name": "web", "description": "x" });
    let cover = plan(
        "aws_security_group",
        &["update"],
        values.clone(),
        json!({ "id": "sg-0123", "name": "web", "description": "x", "tags": {"a": "b"} }),
    );
    let none = SoFar::default();
    assert!(covers(
        &cover,
        &asked(
            "ec2",
            "CreateTags",
            json!({ "Resources": ["sg-0123"], "Tags": [{"Key": "a", "Value": "b"}] })
        ),
        &none
    ));
    assert!(!covers(&cover, &asked("ec2", "DeleteSecurityGroup", json!({ "GroupId": "sg-0123" })), &none));
    let world = json!({ "GroupId": "sg-0123", "IpPermissions": [{ "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }] });
    assert!(
        !covers(&cover, &asked("ec2", "AuthorizeSecurityGroupIngress", world), &none),
        "an exposure that nobody saw"
    );
}

#[test]
fn what_came_to_be_in_the_attempt_may_be_named() {
    let cover = plan(
        "aws_vpc",
        &["create"],
        Value::Null,
        json!({ "cidr_block": "10.7.0.0/16", "tags": { "Name": "main" } }),
    );
    let none = SoFar::default();
    assert!(covers(&cover, &asked("ec2", "CreateVpc", json!({ "CidrBlock": "10.7.0.0/16" })), &none));
    let modify = asked(
        "ec2",
        "ModifyVpcAttribute",
        json!({ "VpcId": "vpc-0new", "EnableDnsHostnames": { "Value": true } }),
    );
    assert!(!covers(&cover, &modify, &none), "a VPC that is not the plan's");
    let so_far = SoFar { born: ["vpc-0new".to_owned()].into(), ..SoFar::default() };
    assert!(covers(&cover, &modify, &so_far));
    let again = SoFar { made: [("ec2:CreateVpc".to_owned(), 1)].into(), ..SoFar::default() };
    assert!(
        !covers(&cover, &asked("ec2", "CreateVpc", json!({ "CidrBlock": "10.7.0.0/16" })), &again),
        "one, not two"
    );
}

#[test]
fn a_policy_must_be_the_one_that_was_released() {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }] });
    let cover = plan(
        "aws_iam_role_policy",
        &["create"],
        Value::Null,
        json!({ "name": "read", "role": "app", "policy": policy.to_string() }),
    );
    let put = |document: Value| {
        asked(
            "iam",
            "PutRolePolicy",
            json!({ "RoleName": "app", "PolicyName": "read", "PolicyDocument": document.to_string() }),
        )
    };
    assert!(covers(&cover, &put(policy), &SoFar::default()));
    let wider = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    assert!(!covers(&cover, &put(wider), &SoFar::default()));
}

#[test]
fn every_type_of_the_table_names_services_of_the_index() {
    let file: File = toml::from_str(include_str!("services.toml")).unwrap();
    for (kind, services) in &file.services {
        for service in services {
            assert!(super::super::index::service(service).is_some(), "{kind} names `{service}`");
        }
    }
}

#[test]
fn a_new_things_first_rules_may_be_taken_away_and_its_value_read_back() {
    let group =
        plan("aws_security_group", &["create"], Value::Null, json!({ "name": "web", "description": "x" }));
    let permissions = json!([{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }]);
    let revoke = asked(
        "ec2",
        "RevokeSecurityGroupEgress",
        json!({ "GroupId": "sg-0new", "IpPermissions": permissions }),
    );
    assert!(!covers(&group, &revoke, &SoFar::default()));
    let so_far = SoFar { born: ["sg-0new".to_owned()].into(), ..SoFar::default() };
    assert!(covers(&group, &revoke, &so_far));
    let parameter =
        plan("aws_ssm_parameter", &["create"], Value::Null, json!({ "name": "/app/x", "type": "String" }));
    let read = |name: &str| asked("ssm", "GetParameter", json!({ "Name": name, "WithDecryption": true }));
    assert!(covers(&parameter, &read("/app/x"), &SoFar::default()));
    assert!(!covers(&parameter, &read("/app/other"), &SoFar::default()));
    let before = json!({ "id": "/app/x", "name": "/app/x", "type": "String", "value": "1" });
    let update = plan(
        "aws_ssm_parameter",
        &["update"],
        before.clone(),
        json!({ "id": "/app/x", "name": "/app/x", "type": "String", "value": "2" }),
    );
    let write = asked(
        "ssm",
        "PutParameter",
        json!({ "Name": "/app/x", "Value": "2", "Type": "String", "Overwrite": true }),
    );
    assert!(covers(&update, &write, &SoFar::default()));
    assert!(!covers(&parameter, &write, &SoFar::default()), "nothing is overwritten by what is only made");
}
