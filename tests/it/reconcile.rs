//! Writes in CloudTrail that no change explains: found by the daemon, recorded, and shown to people only.

use holdpoint_tests::fake_ssm::{FakeSsm, Script};
use holdpoint_tests::{Answer, Client, Site, until};
use serde_json::{Value, json};

/// An event as the API takes it; each has another id.
fn event(id: &str, at: &str, name: &str, session: &str) -> Value {
    let (service, operation) = name.split_once(':').unwrap();
    json!({ "at": at, "id": id, "service": service, "name": operation, "account": "111122223333",
        "region": "eu-central-1", "request_id": format!("request-{id}"), "identity": "AssumedRole",
        "arn": format!("arn:aws:sts::111122223333:assumed-role/agents/{session}"), "session": session,
        "kind": "AwsApiCall" })
}

fn reconcile(client: &Client, body: &Value) -> Answer {
    client.post("/v1/reconciliations", body).unwrap()
}

#[test]
fn a_write_that_nothing_explains_is_listed_recorded_and_shown() {
    let Some(site) = Site::new("a_write_that_nothing_explains_is_listed_recorded_and_shown") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let hostile = "<script>alert(1)</script>\u{202e}";
    let mut write = event("a", "2026-11-28T10:00:00Z", "ec2:TerminateInstances", "somebody");
    write["user_agent"] = json!(hostile);
    write["resources"] = json!([hostile]);
    let mut read = event("b", "2026-11-28T10:00:01Z", "ec2:DescribeInstances", "somebody");
    read["read_only"] = json!(true);
    let events = json!({ "sources": ["a file"], "events": [write, read, write] });
    let made = reconcile(&cast.ada, &events).expect(201);
    assert_eq!(
        (&made["unexplained"], &made["exempt"], &made["looked_at"]),
        (&json!(1), &json!(1), &json!(2))
    );
    assert_eq!(made["findings"][0]["event_id"], "a");
    assert_eq!(made["findings"][0]["why"], "other_road");
    let kept = cast.grace.get("/v1/reconciliations").unwrap().expect(200);
    assert_eq!(kept[0], made, "it is kept for everyone");
    until("the ledger says so", || {
        let page = cast.ada.get("/v1/ledger/entries?from=0&limit=1000").unwrap().text;
        page.contains("reconciliation.made")
    });
    let page = site.session(&daemon, "ada").get("/bypass").unwrap();
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("1 write that no change explains") && page.text.contains("TerminateInstances")
    );
    assert!(!page.text.contains("<script>alert") && !page.text.contains('\u{202e}'));
    assert_eq!(cast.agent.get("/bypass").unwrap().status, 303, "a token opens no page");
}

#[test]
fn only_people_reconcile() {
    let Some(site) = Site::new("only_people_reconcile") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let body = json!({ "sources": ["a file"], "events": [] });
    for requester in [&cast.agent, &cast.pipeline] {
        assert_eq!(reconcile(requester, &body).status, 403);
        assert_eq!(requester.get("/v1/reconciliations").unwrap().status, 403);
    }
    assert_eq!(reconcile(&cast.ada, &json!({})).status, 400, "it says not where events come from");
    let made = reconcile(&cast.ada, &body).expect(201);
    assert_eq!((&made["unexplained"], &made["by"]), (&json!(0), &json!("ada")));
}

#[test]
fn accounts_that_the_configuration_does_not_name_are_not_guarded() {
    let Some(site) = Site::new("accounts_that_the_configuration_does_not_name_are_not_guarded") else {
        return;
    };
    let site = site.with("aws.enabled = false\naws.account = \"999999999999\"\naws.role = \"agents\"");
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let write = event("a", "2026-11-28T10:00:00Z", "ec2:TerminateInstances", "somebody");
    let made = reconcile(&cast.ada, &json!({ "sources": ["a file"], "events": [write] })).expect(201);
    assert_eq!((&made["unexplained"], &made["elsewhere"]), (&json!(0), &json!(1)));
    let look_up = json!({ "look_up": ["eu-central-1"] });
    assert_eq!(reconcile(&cast.ada, &look_up).status, 409, "without a gateway nothing is looked up");
}

#[test]
fn what_the_daemon_carried_out_explains_its_events_and_those_that_follow() {
    let aws = FakeSsm::start();
    let machine = "i-00000000000000001";
    aws.machine(machine, &[("Role", "web")], Script::Succeeds("restarted"));
    let settings = format!(
        "aws.enabled = false\naws.upstream = {:?}\naws.region = \"eu-central-1\"\n\
         ssm = {{ enabled = true, install_runbook = true, look_milliseconds = 200 }}",
        aws.url()
    );
    let Some(site) = Site::new("what_the_daemon_carried_out_explains_its_events") else { return };
    let site = site.with(&settings);
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let command = json!({ "document": { "name": "AWS-RunShellScript" },
        "parameters": { "commands": ["systemctl restart web"] },
        "targets": [{ "key": "tag:Role", "values": ["web"] }] });
    let headers = [("content-type", "application/json")];
    let body = command.to_string();
    let change =
        cast.agent.call("POST", "/v1/changes?format=ssm", &headers, Some(body.as_bytes())).unwrap().json();
    cast.ada.approve(&change);
    let id = change["id"].as_str().unwrap();
    until("it is carried out", || cast.agent.state(id) == "applied");
    let change = cast.agent.change(id);
    let at = change["attempt"]["claimed_at"].as_str().unwrap();
    let session = change["requester"]["name"].as_str().unwrap();
    let started = event("started", at, "ssm:StartAutomationExecution", session);
    let mut sent = event("sent", at, "ssm:SendCommand", session);
    sent["invoked_by"] = json!("ssm.amazonaws.com");
    let by_hand = event("by-hand", at, "ssm:SendCommand", session);
    let events = json!({ "sources": ["a file"], "events": [started, sent, by_hand] });
    let made = reconcile(&cast.ada, &events).expect(201);
    assert_eq!((&made["explained"], &made["unexplained"]), (&json!(2), &json!(1)), "{made}");
    assert_eq!(made["findings"][0]["event_id"], "by-hand");
    assert_eq!(
        made["findings"][0]["why"], "our_session",
        "a session as Holdpoint opens them, and not its call"
    );
}
