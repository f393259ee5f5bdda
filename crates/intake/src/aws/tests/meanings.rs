//! What a call means, what of it is hidden, and what it names.

use serde_json::{Value, json};

use super::sent::{form, target};
use crate::aws::Call;

#[test]
fn secrets_are_hidden_and_still_count() {
    let sent = |secret: &str| {
        let body = format!(r#"{{"Name":"n","SecretString":"{secret}","ClientRequestToken":"{secret}"}}"#);
        target("secretsmanager", "secretsmanager.CreateSecret", &body).call().unwrap()
    };
    let (one, other) = (sent("one"), sent("other"));
    assert_eq!(one.parameters, json!({"Name": "n", "SecretString": "[hidden]"}));
    assert_ne!(one.meaning, other.meaning);
    assert!(!format!("{one:?}").contains("\"one\""));
}

#[test]
fn tokens_and_presigned_urls_are_not_meant() {
    let sent = |token: &str, region: &str| {
        form(&format!(
            "Action=CopySnapshot&Version=2016-11-15&SourceRegion=us-west-2&SourceSnapshotId=snap-1&DestinationRegion={region}\
             &PresignedUrl=https%3A%2F%2Fec2.us-west-2.amazonaws.com%2F%3FX-Amz-Signature%3D{token}"
        ))
        .call()
        .unwrap()
    };
    let (one, other) = (sent("1", "eu-west-1"), sent("2", "eu-west-1"));
    assert_eq!(one.meaning, other.meaning);
    assert_eq!(one.presigned, ["/PresignedUrl"]);
    assert_eq!(one.parameters["PresignedUrl"], "https://ec2.us-west-2.amazonaws.com/?[hidden]");
    assert_eq!(
        sent("1", "us-east-2").doubts,
        ["its DestinationRegion is not the region that it is signed for"]
    );
}

#[test]
fn each_part_of_a_call_is_part_of_its_meaning() {
    let ask = |service, operation, region, account, parameters: Value| {
        Call::asked(service, operation, region, account, parameters).unwrap().meaning
    };
    let base = ask("ec2", "StopInstances", "eu-west-1", Some("1"), json!({"InstanceIds": ["i-1"]}));
    let others = [
        ask("ec2", "StartInstances", "eu-west-1", Some("1"), json!({"InstanceIds": ["i-1"]})),
        ask("ec2", "StopInstances", "eu-west-2", Some("1"), json!({"InstanceIds": ["i-1"]})),
        ask("ec2", "StopInstances", "eu-west-1", Some("2"), json!({"InstanceIds": ["i-1"]})),
        ask("ec2", "StopInstances", "eu-west-1", None, json!({"InstanceIds": ["i-1"]})),
        ask("ec2", "StopInstances", "eu-west-1", Some("1"), json!({"InstanceIds": ["i-2"]})),
        ask("ec2", "StopInstances", "eu-west-1", Some("1"), json!({"InstanceIds": ["i-1"], "Force": true})),
    ];
    assert!(others.iter().all(|other| *other != base));
    assert_eq!(base, ask("ec2", "StopInstances", "eu-west-1", Some("1"), json!({"InstanceIds": ["i-1"]})));
}

#[test]
fn asked_is_the_same_as_sent() {
    let sent = form("Action=StopInstances&Version=2016-11-15&InstanceId.1=i-1&Force=true").call().unwrap();
    let parameters = json!({"InstanceIds": ["i-1"], "Force": true});
    let asked = Call::asked("ec2", "StopInstances", "eu-west-1", Some("123456789012"), parameters).unwrap();
    assert_eq!(
        (asked.meaning, asked.parameters, asked.resources),
        (sent.meaning, sent.parameters, sent.resources)
    );
    assert!(Call::asked("ec2", "BlowUp", "eu-west-1", None, json!({})).is_err());
    assert!(Call::asked("ec3", "StopInstances", "eu-west-1", None, json!({})).is_err());
    assert!(Call::asked("ec2", "StopInstances", "eu-west-1", None, json!([1])).is_err());
    let strange = Call::asked("ec2", "StopInstances", "eu-west-1", None, json!({"force": true})).unwrap();
    assert_eq!(strange.doubts, ["the parameter `force` is not in the published model"]);
}

#[test]
fn arns_are_built_only_from_what_makes_one() {
    let arn = |service, operation, parameters: Value, account| {
        let call = Call::asked(service, operation, "cn-north-1", account, parameters).unwrap();
        call.resources[0].arn.clone()
    };
    let parameter = |name| arn("ssm", "DeleteParameter", json!({"Name": name}), Some("1"));
    assert_eq!(parameter("/a/b"), parameter("a/b"));
    assert_eq!(parameter("a/b").as_deref(), Some("arn:aws-cn:ssm:cn-north-1:1:parameter/a/b"));
    assert_eq!(arn("ssm", "DeleteParameter", json!({"Name": "a"}), None), None);
    assert_eq!(arn("kms", "ScheduleKeyDeletion", json!({"KeyId": "alias/a"}), Some("1")), None);
    let own = "arn:aws-cn:kms:cn-north-1:1:key/k";
    assert_eq!(arn("kms", "ScheduleKeyDeletion", json!({"KeyId": own}), None).as_deref(), Some(own));
    let service = json!({"service": "s", "cluster": "c"});
    assert_eq!(
        arn("ecs", "DeleteService", service, Some("1")).as_deref(),
        Some("arn:aws-cn:ecs:cn-north-1:1:service/c/s")
    );
    assert_eq!(arn("ecs", "DeleteService", json!({"service": "s"}), Some("1")), None);
    let tables = json!({"RequestItems": {"t/1": [], "u": []}});
    let call = Call::asked("dynamodb", "BatchWriteItem", "eu-west-1", None, tables).unwrap();
    let named: Vec<_> =
        call.resources.iter().map(|named| (named.parameter.as_str(), named.id.as_str())).collect();
    assert_eq!(named, [("/RequestItems/t~11", "t/1"), ("/RequestItems/u", "u")]);
}
