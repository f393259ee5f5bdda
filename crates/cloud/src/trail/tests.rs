use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};
use time::Duration;
use time::macros::datetime;

use super::*;

const RECORDS: &str = include_str!("fixtures/records.json");

fn events() -> Vec<Event> {
    batch(RECORDS.as_bytes()).unwrap().events
}

fn carried() -> Carried {
    Carried {
        change: "chg_01".to_owned(),
        request_id: Some("11111111-aaaa".to_owned()),
        session: "holdpoint-deployer".to_owned(),
        service: "ec2".to_owned(),
        operation: "TerminateInstances".to_owned(),
        at: datetime!(2026-11-28 10:00:04 UTC),
    }
}

fn explained() -> Explanation {
    Explanation::Explained("chg_01".to_owned())
}

#[test]
fn a_record_is_read_whole() {
    let event = &events()[0];
    assert_eq!(event.at, datetime!(2026-11-28 10:00:05 UTC));
    assert_eq!((event.service.as_str(), event.name.as_str()), ("ec2", "TerminateInstances"));
    assert_eq!((event.account.as_str(), event.region.as_str()), ("123456789012", "eu-central-1"));
    assert_eq!(event.principal.session.as_deref(), Some("holdpoint-deployer"));
    assert_eq!(event.principal.source_identity.as_deref(), Some("chg_01"));
    assert_eq!(event.principal.role.as_deref(), Some("arn:aws:iam::123456789012:role/agents"));
    assert_eq!(event.request_id.as_deref(), Some("11111111-aaaa"));
    assert_eq!(event.resources[0].1, "arn:aws:ec2:eu-central-1:123456789012:instance/i-0abc");
    assert!(!event.read_only && event.error.is_none());
}

#[test]
fn a_request_id_proves_it_and_another_one_disproves_it() {
    let event = &events()[0];
    assert_eq!(explains(event, &[carried()]), explained());
    let other = Carried { request_id: Some("99999999-zzzz".to_owned()), ..carried() };
    assert_eq!(explains(event, std::slice::from_ref(&other)), Explanation::Unexplained);
    assert_eq!(explains(event, &[other, carried()]), explained());
    let renamed = Carried { operation: "StopInstances".to_owned(), ..carried() };
    assert_eq!(explains(event, &[renamed]), Explanation::Unexplained);
    assert_eq!(explains(event, &[]), Explanation::Unexplained);
}

#[test]
fn a_lost_answer_is_found_by_session_operation_and_time() {
    let event = &events()[0];
    let lost = Carried { request_id: None, ..carried() };
    assert_eq!(explains(event, std::slice::from_ref(&lost)), explained());
    for far in [
        Carried { at: lost.at - Duration::hours(1), ..lost.clone() },
        Carried { at: lost.at + Duration::hours(1), ..lost.clone() },
        Carried { session: "somebody-else".to_owned(), ..lost.clone() },
        Carried { session: String::new(), ..lost.clone() },
        Carried { service: "rds".to_owned(), ..lost },
    ] {
        assert_eq!(explains(event, std::slice::from_ref(&far)), Explanation::Unexplained, "{far:?}");
    }
}

#[test]
fn names_that_cloudtrail_alone_uses_are_the_operations() {
    let of = |service: &str, name: &str, operation: &str| {
        let mut event = events()[0].clone();
        (event.service, event.name) = (service.to_owned(), name.to_owned());
        let call = Carried { service: service.to_owned(), operation: operation.to_owned(), ..carried() };
        explains(&event, &[call]) == explained()
    };
    assert!(of("lambda", "DeleteFunction20150331", "DeleteFunction"));
    assert!(of("lambda", "UpdateFunctionCode20150331v2", "UpdateFunctionCode"));
    assert!(of("s3", "PutBucketLifecycle", "PutBucketLifecycleConfiguration"));
    for (service, name, operation) in [
        ("lambda", "DeleteFunctionConcurrency20171031", "DeleteFunction"),
        ("lambda", "DeleteFunction2015", "DeleteFunction"),
        ("lambda", "DeleteFunction20150331x", "DeleteFunction"),
        ("ec2", "TerminateInstances20161115", "TerminateInstances"),
        ("s3", "PutBucketLifecycle", "PutBucketPolicy"),
    ] {
        assert!(!of(service, name, operation), "{service}:{name}");
    }
}

#[test]
fn what_a_service_did_follows_from_the_call_that_started_it() {
    let event = &events()[4];
    let update = Carried {
        service: "cloudformation".to_owned(),
        operation: "ExecuteChangeSet".to_owned(),
        request_id: Some("another".to_owned()),
        ..carried()
    };
    assert_eq!(explains(event, std::slice::from_ref(&update)), explained());
    let other = Carried { session: "somebody-else".to_owned(), ..update.clone() };
    assert_eq!(explains(event, &[other]), Explanation::Unexplained);
    let later = Carried { at: update.at + Duration::hours(2), ..update.clone() };
    assert_eq!(explains(event, &[later]), Explanation::Unexplained);
    let ssm = Carried { service: "ssm".to_owned(), ..update };
    assert_eq!(explains(event, &[ssm]), Explanation::Unexplained);
}

#[test]
fn only_aws_itself_is_exempt() {
    let of: Vec<Explanation> = events().iter().map(|event| explains(event, &[])).collect();
    assert_eq!(
        of,
        [
            Explanation::Unexplained,
            Explanation::Unexplained,
            Explanation::Exempt(Exempt::ServiceLinkedRole),
            Explanation::Exempt(Exempt::Service),
            Explanation::Unexplained,
            Explanation::Exempt(Exempt::Reads),
        ]
    );
}

#[test]
fn a_role_with_a_path_like_the_services_own_is_not_one() {
    let mut event = events()[2].clone();
    event.principal.role = Some("arn:aws:iam::123456789012:role/x/aws-service-role/autoscaling".to_owned());
    assert_eq!(explains(&event, &[]), Explanation::Unexplained);
}

#[test]
fn every_form_gives_the_same_events() {
    let records: Value = serde_json::from_str(RECORDS).unwrap();
    let records = records["Records"].as_array().unwrap().clone();
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    let looked_up: Vec<Value> = lines.iter().map(|line| json!({ "CloudTrailEvent": line })).collect();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(RECORDS.as_bytes()).unwrap();
    for form in [
        lines.join("\n").into_bytes(),
        json!({ "Events": looked_up }).to_string().into_bytes(),
        Value::Array(records).to_string().into_bytes(),
        packed.finish().unwrap(),
    ] {
        let batch = batch(&form).unwrap();
        assert_eq!((batch.events, batch.unread), (events(), 0));
    }
}

#[test]
fn what_cannot_be_read_is_counted_or_refused() {
    let some = json!({"Records": [{"eventName": "x"}, {"eventName": "X", "eventSource": "s.amazonaws.com", "eventTime": "soon"}]});
    assert_eq!(batch(some.to_string().as_bytes()).unwrap(), Batch { events: vec![], unread: 2 });
    assert_eq!(batch(b"{\"Records\": []}").unwrap(), Batch::default());
    let line = serde_json::from_str::<Value>(RECORDS).unwrap()["Records"][0].to_string();
    let mixed = batch(format!("{line}\nnot json\n{{}}\n").as_bytes()).unwrap();
    assert_eq!((mixed.events.len(), mixed.unread), (1, 2));
    for form in [&b""[..], b"{}", b"not json", b"\x1f\x8b broken", b"[1"] {
        assert!(batch(form).is_err(), "{form:?}");
    }
}

#[test]
fn a_record_that_does_not_say_that_it_reads_is_a_write() {
    let mut record: Value = serde_json::from_str::<Value>(RECORDS).unwrap()["Records"][5].clone();
    record.as_object_mut().unwrap().remove("readOnly");
    assert!(!Event::read(&record).unwrap().read_only);
    record["readOnly"] = json!("true");
    assert!(Event::read(&record).unwrap().read_only);
}

#[test]
fn a_folder_is_read_in_order_and_without_digests() {
    let root = std::env::temp_dir().join(format!("holdpoint-trail-{}", std::process::id()));
    let inner = root.join("AWSLogs/2026");
    std::fs::create_dir_all(&inner).unwrap();
    std::fs::create_dir_all(root.join("CloudTrail-Digest")).unwrap();
    for path in [
        inner.join("b.json"),
        root.join("a.json"),
        root.join("notes.txt"),
        root.join("CloudTrail-Digest/d.json"),
    ] {
        std::fs::write(path, RECORDS).unwrap();
    }
    let found = files(&root).unwrap();
    assert_eq!(found, [inner.join("b.json"), root.join("a.json")]);
    assert_eq!(read(&found[0]).unwrap().events.len(), 6);
    std::fs::remove_dir_all(&root).unwrap();
    assert!(files(&root).is_err() && read(&root.join("a.json")).is_err());
}

proptest! {
    #[test]
    fn no_event_is_explained_by_what_was_carried_for_another_session(session in "[a-z]{1,12}", id in "[a-z0-9]{1,12}") {
        prop_assume!(session != "holdpoint-deployer");
        let foreign = Carried { session, request_id: Some(id), ..carried() };
        for event in events() {
            let explanation = explains(&event, std::slice::from_ref(&foreign));
            prop_assert!(!matches!(explanation, Explanation::Explained(_)));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = batch(&bytes);
    }
}
