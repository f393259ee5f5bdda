//! One case for each rule of recognition.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::aws::{Access, BodyWanted, Call, Incoming, Protocol, Refused, body_wanted, recognise};

/// A request with what the cases do not care about filled in.
pub(super) struct Sent<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) host: &'a str,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: &'a [u8],
    pub(super) service: &'a str,
}

pub(super) const PLAIN: Sent<'static> = Sent {
    method: "POST",
    target: "/",
    host: "127.0.0.1:4654",
    headers: Vec::new(),
    body: b"",
    service: "ec2",
};

impl Sent<'_> {
    fn with<T>(&self, look: impl Fn(&Incoming<'_>) -> T) -> T {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        look(&Incoming {
            method: self.method,
            path,
            query,
            host: self.host,
            headers: &headers,
            body: self.body,
            service: self.service,
            region: "eu-west-1",
            payload: None,
            account: Some("123456789012"),
        })
    }

    pub(super) fn call(&self) -> Result<Call, Refused> {
        self.with(recognise)
    }

    pub(super) fn name(&self) -> String {
        self.call().map_or_else(|refused| refused.says, |call| format!("{}:{}", call.service, call.operation))
    }

    fn refused(&self) -> String {
        self.call().map(|call| format!("{}:{}", call.service, call.operation)).unwrap_err().says
    }

    fn wanted(&self) -> BodyWanted {
        self.with(body_wanted).unwrap()
    }
}

fn form(body: &str) -> Sent<'_> {
    let headers = vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    Sent { headers, body: body.as_bytes(), ..PLAIN }
}

fn target<'a>(service: &'a str, target: &'a str, body: &'a str) -> Sent<'a> {
    let headers = vec![("x-amz-target", target), ("content-type", "application/x-amz-json-1.1")];
    Sent { headers, body: body.as_bytes(), service, ..PLAIN }
}

fn s3<'a>(method: &'a str, target: &'a str) -> Sent<'a> {
    Sent { method, target, service: "s3", ..PLAIN }
}

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
fn keys_twice_in_json_are_refused_at_any_depth() {
    let body = r#"{"TableName":"a","TableName":"b"}"#;
    assert!(target("dynamodb", "DynamoDB_20120810.DeleteTable", body).refused().contains("more than once"));
    let body = r#"{"RequestItems":{"t":[{"PutRequest":{},"PutRequest":{}}]}}"#;
    assert!(
        target("dynamodb", "DynamoDB_20120810.BatchWriteItem", body).refused().contains("more than once")
    );
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    assert!(target("dynamodb", "DynamoDB_20120810.DeleteTable", &deep).refused().contains("too deeply"));
    assert!(target("dynamodb", "DynamoDB_20120810.DeleteTable", "[]").refused().contains("object"));
}

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

#[test]
fn the_query_decides_what_s3_is_asked() {
    let cases = [
        ("GET", "/", "s3:ListBuckets"),
        ("GET", "/b?list-type=2&prefix=p", "s3:ListObjectsV2"),
        ("GET", "/b/", "s3:ListObjects"),
        ("DELETE", "/b", "s3:DeleteBucket"),
        ("DELETE", "/b?policy", "s3:DeleteBucketPolicy"),
        ("DELETE", "/b/k", "s3:DeleteObject"),
        ("DELETE", "/b/k?versionId=1", "s3:DeleteObject"),
        ("DELETE", "/b/k?tagging", "s3:DeleteObjectTagging"),
        ("DELETE", "/b/k?uploadId=u", "s3:AbortMultipartUpload"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "s3:UploadPart"),
        ("PUT", "/b/k?acl", "s3:PutObjectAcl"),
        ("PUT", "/b/a/../c", "s3:PutObject"),
        ("POST", "/b/k?uploads", "s3:CreateMultipartUpload"),
        ("GET", "/b/k?x-id=DeleteObject", "s3:GetObject"),
    ];
    for (method, target, wanted) in cases {
        assert_eq!(s3(method, target).name(), wanted, "{method} {target}");
    }
    for (method, target) in [
        ("DELETE", "/b/k?blowUp"),
        ("PUT", "/b?ACL"),
        ("PUT", "/b/k?uploadId=u"),
        ("GET", "/b?policy&acl"),
        ("GET", "/b?acl&acl"),
    ] {
        assert!(s3(method, target).call().is_err(), "{method} {target}");
    }
}

#[test]
fn s3s_headers_are_parameters() {
    let headers = vec![
        ("x-amz-copy-source", "/other/k"),
        ("x-amz-acl", "public-read"),
        ("x-amz-meta-one", "1"),
        ("content-encoding", "gzip,aws-chunked"),
        ("x-amz-checksum-crc32", "AAAA"),
    ];
    let call = Sent { headers, ..s3("PUT", "/b/a%20b") }.call().unwrap();
    assert_eq!(call.operation, "CopyObject");
    let wanted = json!({
        "Bucket": "b", "Key": "a b", "CopySource": "/other/k", "ACL": "public-read", "Metadata": {"one": "1"},
        "ContentEncoding": "gzip",
    });
    assert_eq!(call.parameters, wanted);
    let headers = vec![("x-amz-bypass-governance-retention", "true")];
    let call = Sent { headers, ..s3("DELETE", "/b/k?versionId=1") }.call().unwrap();
    assert_eq!(call.parameters["BypassGovernanceRetention"], true);
    assert_eq!(call.resources[0].arn.as_deref(), Some("arn:aws:s3:::b/k"));
}

#[test]
fn a_bucket_may_be_in_the_host() {
    let sent = |host, target| Sent { host, ..s3("DELETE", target) };
    let key = |sent: Sent<'_>| sent.call().map(|call| (call.operation, call.parameters)).unwrap();
    let deleted = ("DeleteObject".to_owned(), json!({"Bucket": "my.b", "Key": "k/l"}));
    assert_eq!(key(sent("my.b.s3.amazonaws.com", "/k/l")), deleted);
    assert_eq!(key(sent("my.b.s3.eu-west-1.amazonaws.com:443", "/k/l")), deleted);
    assert_eq!(key(sent("my.b.s3-us-west-2.amazonaws.com", "/k/l")), deleted);
    assert_eq!(key(sent("s3.eu-west-1.amazonaws.com", "/my.b/k/l")), deleted);
    assert_eq!(sent("my.b.s3.amazonaws.com", "/").name(), "s3:DeleteBucket");
    assert!(sent("ap-1.s3-accesspoint.eu-west-1.amazonaws.com", "/k/l").refused().contains("Access points"));
}

#[test]
fn the_control_plane_of_s3_has_an_account() {
    let sent = |headers| Sent { headers, ..s3("GET", "/v20180820/bucket") };
    assert_eq!(sent(vec![("x-amz-account-id", "1")]).name(), "s3control:ListRegionalBuckets");
    assert_eq!(sent(vec![]).name(), "s3:GetObject");
}

#[test]
fn the_most_literal_path_wins_and_none_goes_up() {
    let lambda = |method, target| Sent { method, target, service: "lambda", ..PLAIN };
    assert_eq!(lambda("DELETE", "/2015-03-31/functions/f").name(), "lambda:DeleteFunction");
    assert_eq!(lambda("DELETE", "/2015-03-31/functions/f/").name(), "lambda:DeleteFunction");
    assert_eq!(
        lambda("DELETE", "/2015-03-31/functions/f?Qualifier=1").call().unwrap().parameters["Qualifier"],
        "1"
    );
    assert_eq!(
        lambda("GET", "/2018-10-31/layers?find=LayerVersion&Arn=a").name(),
        "lambda:GetLayerVersionByArn"
    );
    assert_eq!(lambda("GET", "/2018-10-31/layers").name(), "lambda:ListLayers");
    assert!(lambda("DELETE", "/2015-03-31/functions/x/../f").refused().contains("goes up"));
    assert!(lambda("DELETE", "/2015-03-31/functions/%2e%2e").refused().contains("goes up"));
    assert!(lambda("DELETE", "/2015-03-31/functions//").call().is_err());
    assert!(
        lambda("DELETE", "/2015-03-31/functions/f?Qualifier=1&Qualifier=2")
            .refused()
            .contains("more than once")
    );
    assert!(lambda("DELETE", "/2015-03-31/functions/f?Qualifier=a+b").refused().contains("%2B"));
    // An escaped letter does not make a literal a label.
    let quicksight = |target| Sent { method: "GET", target, service: "quicksight", ..PLAIN }.name();
    assert_eq!(quicksight("/accounts/1/d%61shboards/d"), "quicksight:DescribeDashboard");
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

#[test]
fn bodies_are_wanted_but_for_uploads() {
    assert_eq!(s3("PUT", "/b/k").wanted(), BodyWanted::Nothing);
    assert_eq!(s3("PUT", "/b/k?partNumber=1&uploadId=u").wanted(), BodyWanted::Nothing);
    assert_eq!(s3("PUT", "/b?policy").wanted(), BodyWanted::Whole(2 << 20));
    assert_eq!(s3("POST", "/b?delete").wanted(), BodyWanted::Whole(2 << 20));
    assert_eq!(form("").wanted(), BodyWanted::Whole(2 << 20));
    let lambda = Sent { target: "/2015-03-31/functions", service: "lambda", ..PLAIN };
    assert_eq!(lambda.wanted(), BodyWanted::Whole(75 << 20));
    let upload = Sent { headers: vec![("content-length", "7")], ..s3("PUT", "/b/k") };
    assert_eq!(upload.call().unwrap().parameters["Body"], json!({"$bytes": 7}));
}

#[test]
fn xml_has_no_entities_of_its_own() {
    let sent = |body| Sent { body, ..s3("POST", "/b?delete") };
    let call = sent(b"<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>c</Key></Object></Delete>")
        .call()
        .unwrap();
    assert_eq!(call.parameters["Delete"], json!({"Objects": [{"Key": "a&b"}, {"Key": "c"}]}));
    assert_eq!(call.resources.iter().map(|named| named.id.as_str()).collect::<Vec<_>>(), ["a&b", "c"]);
    let typed = b"<!DOCTYPE d [<!ENTITY k \"v\">]><Delete><Object><Key>&k;</Key></Object></Delete>";
    assert!(sent(typed).refused().contains("document type"));
    assert!(sent(b"<Delete><Object><Key>&k;</Key></Object></Delete>").refused().contains("entity"));
    assert!(
        sent(b"<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>")
            .refused()
            .contains("more than once")
    );
    assert!(sent(b"<Delete/><Delete/>").refused().contains("not one XML element"));
}

fn cbor(body: &[u8]) -> Sent<'_> {
    let headers = vec![("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")];
    let target = "/service/GraniteServiceVersion20100801/operation/DeleteAlarms";
    Sent { headers, body, target, service: "monitoring", ..PLAIN }
}

#[test]
fn cbor_is_read_in_both_of_its_lengths() {
    let wanted = json!({"AlarmNames": ["a"]});
    let fixed = cbor(b"\xa1\x6aAlarmNames\x81\x61a").call().unwrap();
    let open = cbor(b"\xbf\x6aAlarmNames\x9f\x7f\x61a\xff\xff\xff").call().unwrap();
    assert_eq!((fixed.protocol, &fixed.parameters), (Protocol::Cbor, &wanted));
    assert_eq!((&open.parameters, open.meaning), (&wanted, fixed.meaning));
    let sent = target("monitoring", "GraniteServiceVersion20100801.DeleteAlarms", r#"{"AlarmNames":["a"]}"#);
    assert_eq!(sent.call().unwrap().meaning, fixed.meaning);
    assert!(cbor(b"\xa2\x61a\x01\x61a\x02").refused().contains("more than once"));
    assert!(cbor(b"\xa0\xa0").refused().contains("follows"));
    assert!(cbor(&[0x81; 200]).refused().contains("too deeply"));
    assert!(cbor(b"\xa1\x61a\xc2\x41\x01").refused().contains("tag"));
    assert!(cbor(b"\x81\x01").refused().contains("object"));
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(body in proptest::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        for body in [body.as_slice(), text.as_bytes()] {
            let _ = cbor(body).call();
            let _ = Sent { body, ..form("") }.call();
            let _ = Sent { body, ..s3("POST", "/b?delete") }.call();
            let _ = Sent { body, ..target("dynamodb", "DynamoDB_20120810.PutItem", "") }.call();
        }
        let path = format!("/{text}");
        for service in ["s3", "lambda", "ec2", "sqs"] {
            let _ = Sent { method: "PUT", target: &path, host: &text, headers: vec![("x-amz-acl", &text)], service, body: &body }.call();
        }
    }

    #[test]
    fn a_form_and_json_of_the_same_values_mean_the_same(name in "[ -~]{1,20}", count in 0i64..1000) {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let body = format!("Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1={}&MaxRecords={count}", encode(&name));
        let query = Sent { service: "monitoring", ..form(&body) }.call().unwrap();
        let body = json!({"AlarmNames": [name], "MaxRecords": count}).to_string();
        let json = target("monitoring", "GraniteServiceVersion20100801.DescribeAlarms", &body).call().unwrap();
        prop_assert_eq!((query.meaning, query.parameters), (json.meaning, json.parameters));
    }
}
