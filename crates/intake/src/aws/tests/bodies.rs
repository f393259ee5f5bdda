//! Bodies in each protocol.

use proptest::prelude::*;
use serde_json::json;

use super::sent::{PLAIN, Sent, form, s3, target};
use crate::aws::{BodyWanted, Protocol};

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
