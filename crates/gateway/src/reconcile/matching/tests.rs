use holdpoint_cloud::trail::Principal;
use time::macros::datetime;

use super::*;

fn event(id: &str) -> Event {
    Event {
        at: datetime!(2026-11-28 10:00:05 UTC),
        id: id.to_owned(),
        service: "ec2".to_owned(),
        name: "TerminateInstances".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-central-1".to_owned(),
        principal: Principal {
            kind: "AssumedRole".to_owned(),
            arn: "arn:aws:sts::123456789012:assumed-role/agents/billing-bot".to_owned(),
            session: Some("billing-bot".to_owned()),
            ..Principal::default()
        },
        request_id: Some(format!("request-{id}")),
        resources: vec![(String::new(), "arn:aws:ec2:eu-central-1:123456789012:instance/i-1".to_owned())],
        source_ip: "192.0.2.1".to_owned(),
        user_agent: "aws-cli".to_owned(),
        error: None,
        read_only: false,
        kind: "AwsApiCall".to_owned(),
    }
}

fn carried(id: &str) -> Carried {
    Carried {
        change: "chg_1".to_owned(),
        request_id: Some(format!("request-{id}")),
        session: "billing-bot".to_owned(),
        service: "ec2".to_owned(),
        operation: "TerminateInstances".to_owned(),
        at: datetime!(2026-11-28 10:00:04 UTC),
    }
}

fn whys(events: &[Event], carried: &[Carried], sessions: &[&str]) -> Vec<(String, Why)> {
    let sessions = sessions.iter().map(|name| (*name).to_owned()).collect();
    let matched = matched(events, carried, None, &sessions);
    assert_eq!(matched.counts.unexplained, u64::try_from(matched.findings.len()).unwrap());
    matched.findings.into_iter().map(|finding| (finding.event_id, finding.why)).collect()
}

#[test]
fn what_was_carried_out_is_explained_and_anything_else_is_listed() {
    let events = [event("a"), event("b")];
    assert_eq!(whys(&events, &[carried("a"), carried("b")], &["billing-bot"]), []);
    assert_eq!(
        whys(&events, &[carried("a")], &["billing-bot"]),
        [("b".to_owned(), Why::OurSession)],
        "its session is Holdpoint's, and the call is not"
    );
    assert_eq!(whys(&events, &[carried("a")], &[]), [("b".to_owned(), Why::AnotherOne)]);
    assert_eq!(whys(&events, &[], &[]), [("a".to_owned(), Why::OtherRoad), ("b".to_owned(), Why::OtherRoad)]);
}

#[test]
fn a_call_whose_answer_was_lost_still_explains_its_event() {
    let lost = Carried { request_id: None, ..carried("a") };
    assert_eq!(whys(&[event("a")], std::slice::from_ref(&lost), &["billing-bot"]), []);
    let other = Carried { session: "other".to_owned(), ..lost };
    assert_eq!(whys(&[event("a")], &[other], &["billing-bot"]).len(), 1);
}

#[test]
fn what_a_service_did_in_the_callers_session_follows_from_the_call() {
    let mut inner = event("a");
    inner.principal.invoked_by = Some("cloudformation.amazonaws.com".to_owned());
    let update =
        Carried { service: "cloudformation".to_owned(), operation: "UpdateStack".to_owned(), ..carried("x") };
    assert_eq!(whys(std::slice::from_ref(&inner), &[update], &["billing-bot"]), []);
    assert_eq!(whys(&[inner], &[carried("x")], &["billing-bot"]).len(), 1, "a call of EC2's starts no stack");
}

#[test]
fn a_change_as_source_identity_is_a_session_of_ours() {
    let mut told = event("a");
    told.principal.session = Some("whatever".to_owned());
    told.principal.source_identity = Some("chg_01".to_owned());
    assert_eq!(whys(&[told], &[], &[]), [("a".to_owned(), Why::OurSession)]);
}

#[test]
fn accounts_that_are_not_guarded_are_counted_and_left_out() {
    let mut nowhere = event("c");
    nowhere.account = String::new();
    let guarded = BTreeSet::from(["999999999999".to_owned()]);
    let matched = matched(&[event("a"), nowhere], &[], Some(&guarded), &BTreeSet::new());
    assert_eq!((matched.counts.elsewhere, matched.counts.looked_at), (1, 1));
    assert_eq!(matched.findings.len(), 1, "an event that names no account may be of a guarded one");
}

#[test]
fn reads_are_exempt_and_refused_writes_are_not() {
    let (mut read, mut refused) = (event("a"), event("b"));
    read.read_only = true;
    refused.error = Some("AccessDenied".to_owned());
    let matched = matched(&[read, refused], &[], None, &BTreeSet::new());
    assert_eq!((matched.counts.exempt, matched.counts.unexplained), (1, 1));
    assert_eq!(matched.findings[0].error.as_deref(), Some("AccessDenied"));
}

#[test]
fn more_than_is_kept_is_still_counted_and_the_latest_stay() {
    let mut events: Vec<Event> = (0..KEPT + 5).map(|n| event(&n.to_string())).collect();
    events[3].at += Duration::hours(1);
    let matched = matched(&events, &[], None, &BTreeSet::new());
    assert_eq!(matched.counts.unexplained, u64::try_from(KEPT + 5).unwrap());
    assert_eq!((matched.findings.len(), matched.findings[0].event_id.as_str()), (KEPT, "3"));
}
