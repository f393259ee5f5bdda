//! Which operation a request is, and what could be two or none.

use serde_json::json;

use super::sent::{PLAIN, Sent, form, target};
use crate::aws::{Access, Protocol};

#[test]
fn a_form_names_its_operation_once_in_a_published_version() {
    let call = form("Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1&InstanceId.2=i-2")
        .call()
        .unwrap();
    assert_eq!((call.service.as_str(), call.operation.as_str()), ("ec2", "TerminateInstances"));
    assert_eq!((call.protocol, call.access), (Protocol::Ec2, Access::Write));
    assert_eq!(call.parameters, json!({"InstanceIds": ["i-1", "i-2"]}));
    assert_eq!(call.resources[0].arn.as_deref(), Some("arn:aws:ec2:eu-west-1:123456789012:instance/i-1"));
    assert_eq!(call.resources[1].parameter, "/InstanceIds/1");
    assert_eq!(
        form("Action=TerminateInstances&Version=2014-09-01&InstanceId.1=i-1").name(),
        "ec2:TerminateInstances"
    );

    assert!(
        form("Action=TerminateInstances&Version=2099-01-01").refused().contains("no published API version")
    );
    assert!(form("Action=TerminateInstances").refused().contains("`Version` exactly once"));
    let twice = "Action=DescribeInstances&Action=TerminateInstances&Version=2016-11-15";
    assert!(form(twice).refused().contains("`Action` exactly once"));
    assert!(form("Action=BlowUp&Version=2016-11-15").refused().contains("`BlowUp`"));
}

#[test]
fn a_form_with_a_name_twice_or_of_two_kinds_is_refused() {
    let refused =
        |rest: &str| form(&format!("Action=TerminateInstances&Version=2016-11-15&{rest}")).refused();
    assert!(refused("InstanceId.1=i-1&InstanceId.1=i-2").contains("more than once"));
    assert!(refused("InstanceId=i-1&InstanceId.1=i-2").contains("both a value and a prefix"));
    assert!(refused("InstanceId.one=i-1").contains("without a number"));
    assert!(refused("DryRun=maybe").contains("true or false"));
}

#[test]
fn parameters_that_a_change_should_not_have_leave_a_doubt() {
    let change = form("Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1&instanceid.1=i-2")
        .call()
        .unwrap();
    assert_eq!(change.doubts, ["the parameter `instanceid` is not in the published model"]);
    let read = form("Action=DescribeInstances&Version=2016-11-15&NewFilter=x").call().unwrap();
    assert!(read.doubts.is_empty());
}

#[test]
fn two_signals_are_refused_whichever_they_are() {
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    let both = Sent {
        headers: vec![("x-amz-target", "DynamoDB_20120810.ListTables"), form_type],
        service: "dynamodb",
        ..PLAIN
    };
    assert!(both.refused().contains("two protocols"));
    let headers = vec![
        ("x-amz-target", "GraniteServiceVersion20100801.DescribeAlarms"),
        ("smithy-protocol", "rpc-v2-cbor"),
    ];
    assert!(Sent { headers, service: "monitoring", ..PLAIN }.refused().contains("two protocols"));
    let url = Sent {
        target: "/?Action=DescribeInstances&Version=2016-11-15",
        ..form("Action=TerminateInstances&Version=2016-11-15")
    };
    assert!(url.refused().contains("must have no body"));
    let headers = vec![("x-http-method-override", "DELETE")];
    assert!(
        Sent { method: "GET", headers, target: "/b/k", service: "s3", ..PLAIN }
            .refused()
            .contains("overrides")
    );
    let twice = vec![
        ("x-amz-target", "DynamoDB_20120810.ListTables"),
        ("x-amz-target", "DynamoDB_20120810.DeleteTable"),
    ];
    assert!(Sent { headers: twice, service: "dynamodb", ..PLAIN }.refused().contains("more than once"));
}

#[test]
fn the_scope_must_fit_the_signal() {
    assert_eq!(target("dynamodb", "DynamoDB_20120810.ListTables", "{}").name(), "dynamodb:ListTables");
    assert!(target("dynamodb", "AmazonSSM.SendCommand", "{}").refused().contains("`SendCommand`"));
    assert!(target("ssm", "DynamoDB_20120810.ListTables", "{}").call().is_err());
    assert!(
        target("ec2", "DynamoDB_20120810.DeleteTable", "{}")
            .refused()
            .contains("not called with X-Amz-Target")
    );
    assert!(
        target("nothing", "DynamoDB_20120810.DeleteTable", "{}")
            .refused()
            .contains("No published AWS service")
    );
    assert!(
        Sent { service: "dynamodb", method: "DELETE", target: "/tables/t", ..PLAIN }
            .refused()
            .contains("by path")
    );
}

#[test]
fn a_base_path_names_the_service() {
    let sent = |target| Sent { service: "bedrock", target, body: b"{}", ..PLAIN };
    assert_eq!(sent("/_svc/bedrock-runtime/model/m/invoke").name(), "bedrock-runtime:InvokeModel");
    assert!(sent("/_svc/ec2/model/m/invoke").refused().contains("signed for `bedrock`"));
}

#[test]
fn what_streams_events_is_refused_by_name() {
    let sent = Sent { service: "bedrock", target: "/model/m/invoke-with-bidirectional-stream", ..PLAIN };
    assert!(sent.refused().contains("bedrock-runtime:InvokeModelWithBidirectionalStream"));
}

#[test]
fn calls_of_one_name_go_to_the_service_that_the_request_names() {
    let sent = |host, agent| {
        let headers = vec![("user-agent", agent)];
        Sent { target: "/imports", host, headers, service: "lex", body: b"{}", ..PLAIN }.call().unwrap()
    };
    let unclear = sent("127.0.0.1:4654", "curl/8");
    assert_eq!((unclear.access, unclear.doubts.len()), (Access::Write, 1));
    let host = sent("models-v2-lex.eu-west-1.amazonaws.com", "curl/8");
    assert_eq!(
        (host.service.as_str(), host.operation.as_str(), host.doubts.len()),
        ("lexv2-models", "ListImports", 0)
    );
    let agent = sent("127.0.0.1:4654", "aws-cli/2.36 md/command#lex-models.start-import");
    assert_eq!((agent.service.as_str(), agent.doubts.len()), ("lex-models", 0));
}
