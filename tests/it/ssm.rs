//! Commands on machines: judged with their targets resolved, carried out by the daemon, once, whatever dies.

use holdpoint_tests::fake_ssm::{FakeSsm, Fault, Script};
use holdpoint_tests::{Cast, Client, Daemon, Site, attempt, open, until};
use serde_json::{Value, json};

const START: &str = "StartAutomationExecution";

/// The machine with this number.
fn machine(number: u32) -> String {
    format!("i-{number:017x}")
}

struct Fleet {
    site: Site,
    aws: FakeSsm,
}

impl Fleet {
    /// A site whose AWS is a small Systems Manager with so many machines that succeed.
    fn new(test: &str, machines: u32) -> Option<Fleet> {
        let aws = FakeSsm::start();
        for number in 1..=machines {
            aws.machine(&machine(number), &[("Role", "web")], Script::Succeeds("restarted"));
        }
        let settings = format!(
            "times.lease_seconds = 5\naws.enabled = false\naws.upstream = {:?}\naws.region = \"eu-central-1\"\n\
             ssm = {{ enabled = true, install_runbook = true, look_milliseconds = 200 }}",
            aws.url()
        );
        Some(Fleet { site: Site::new(test)?.with(&settings), aws })
    }

    fn start(&self) -> (Daemon, Cast) {
        let daemon = self.site.start();
        let cast = self.site.cast(&daemon);
        (daemon, cast)
    }

    /// Stops looking after a change that still runs, so that nothing is left of the test.
    fn state(&self, client: &Client, change: &Value) -> String {
        client.state(id(change))
    }
}

fn id(change: &Value) -> &str {
    change["id"].as_str().unwrap()
}

fn command() -> Value {
    json!({
        "document": { "name": "AWS-RunShellScript" },
        "parameters": { "commands": ["systemctl restart web"] },
        "targets": [{ "key": "tag:Role", "values": ["web"] }],
    })
}

fn hand_in(client: &Client, document: &Value) -> (u16, Value) {
    let headers = [("content-type", "application/json")];
    let body = document.to_string();
    let answer = client.call("POST", "/v1/changes?format=ssm", &headers, Some(body.as_bytes())).unwrap();
    (answer.status, answer.json())
}

/// A command that a person has released.
fn released(cast: &Cast, document: &Value) -> Value {
    let (status, change) = hand_in(&cast.agent, document);
    assert_eq!((status, &change["state"]), (201, &json!("held")), "{change}");
    cast.ada.approve(&change);
    change
}

fn parts(client: &Client, change: &Value) -> Vec<String> {
    let now = client.change(id(change));
    let parts = now["executions"][0]["parts"].as_array().cloned().unwrap_or_default();
    parts.iter().map(|part| part["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_released_command_runs_on_exactly_the_machines_that_people_saw() {
    let Some(fleet) = Fleet::new("a_released_command_runs_on_exactly_the_machines_that_people_saw", 2) else {
        return;
    };
    let (_daemon, cast) = fleet.start();
    let (_, change) = hand_in(&cast.agent, &command());
    assert_eq!(fleet.aws.executions(), 0, "nothing runs before people said so");
    // What comes later was not seen by anybody.
    fleet.aws.machine(&machine(3), &[("Role", "web")], Script::Succeeds(""));
    cast.ada.approve(&change);
    until("it is carried out", || fleet.state(&cast.ada, &change) == "applied");
    let ran: Vec<String> = fleet.aws.ran().into_iter().map(|(machine, _)| machine).collect();
    assert_eq!(ran, [machine(1), machine(2)]);
    assert_eq!(fleet.aws.ran()[0].1, json!({ "commands": ["systemctl restart web"] }));
    let shown = cast.agent.change(id(&change));
    assert_eq!(shown["executions"][0]["state"], "success", "{shown}");
    assert_eq!(
        shown["executions"][0]["parts"][1],
        json!({ "instance": machine(2), "state": "success", "output": "restarted" })
    );
    let page = fleet.site.session(&_daemon, "ada").get(&format!("/changes/{}", id(&change))).unwrap().text;
    assert!(page.contains(&machine(2)) && page.contains("On the machines: success"), "{page}");
    let said = fleet.site.run(&_daemon, "agent", &["show", id(&change)]).expect(0).out;
    assert!(said.contains("on the machines: success") && said.contains("restarted"), "{said}");
    // The record says which execution it was.
    let entries = cast.olive.get("/v1/ledger/entries?from=0&limit=500").unwrap().text;
    assert!(entries.contains("execution.started"), "{entries}");
}

#[test]
fn nothing_and_everything_are_refused_and_so_is_another_document() {
    let Some(fleet) = Fleet::new("nothing_and_everything_are_refused_and_so_is_another_document", 2) else {
        return;
    };
    let (_daemon, cast) = fleet.start();
    let with = |key: &str, value: Value| {
        let mut document = command();
        document[key] = value;
        hand_in(&cast.agent, &document)
    };
    for (key, value) in [
        ("targets", json!([])),
        ("targets", json!([{ "key": "InstanceIds", "values": ["*"] }])),
        ("targets", json!([{ "key": "tag:Role", "values": [] }])),
        ("targets", json!([{ "key": "tag:Role", "values": ["none"] }])),
        ("document", json!({ "name": "AWS-RunShellScript", "hash": "0".repeat(64) })),
        ("document", json!({ "name": "NoSuchDocument" })),
        ("parameters", json!({ "commands": ["echo {{ssm:secret}}"] })),
        ("concurrency", json!("0")),
        ("region", json!("eu-central-1.example.org")),
    ] {
        let (status, answer) = with(key, value.clone());
        assert_eq!(status, 400, "{key} {value}: {answer}");
    }
    fleet.aws.fault("DescribeInstanceInformation", Fault::Internal);
    fleet.aws.fault("DescribeInstanceInformation", Fault::Internal);
    fleet.aws.fault("DescribeInstanceInformation", Fault::Internal);
    assert_eq!(hand_in(&cast.agent, &command()).0, 503, "no answer is no empty list");
}

#[test]
fn a_document_changed_after_the_approvals_does_not_run() {
    let Some(fleet) = Fleet::new("a_document_changed_after_the_approvals_does_not_run", 1) else { return };
    let (_daemon, cast) = fleet.start();
    let (_, change) = hand_in(&cast.agent, &command());
    fleet.aws.rewrite("AWS-RunShellScript", &json!({ "schemaVersion": "2.2", "mainSteps": [] }));
    cast.ada.approve(&change);
    until("it has failed", || fleet.state(&cast.ada, &change) == "failed");
    let detail = cast.ada.change(id(&change))["attempt"]["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("not executed:") && detail.contains("changed"), "{detail}");
    assert_eq!(fleet.aws.executions(), 0);
}

#[test]
fn the_error_limit_stops_it_and_the_change_has_failed() {
    let Some(fleet) = Fleet::new("the_error_limit_stops_it_and_the_change_has_failed", 4) else { return };
    let (_daemon, cast) = fleet.start();
    fleet.aws.tell(&machine(2), Script::Fails("disk full"));
    let change = released(&cast, &command());
    until("it has failed", || fleet.state(&cast.ada, &change) == "failed");
    assert_eq!(parts(&cast.ada, &change), ["success", "failed", "cancelled", "cancelled"]);
    let shown = cast.ada.change(id(&change));
    let why = shown["attempt"]["detail"].as_str().unwrap();
    assert!(why.starts_with("stopped at the error limit of 0: 1 of 4 succeeded, 1 failed"), "{why}");
    assert_eq!(shown["executions"][0]["parts"][1]["output"], "disk full");
}

#[test]
fn its_requester_can_cancel_it_and_a_stranger_cannot() {
    let Some(fleet) = Fleet::new("its_requester_can_cancel_it_and_a_stranger_cannot", 3) else { return };
    let (daemon, cast) = fleet.start();
    fleet.aws.tell(&machine(2), Script::Hangs);
    let (_, change) = hand_in(&cast.agent, &command());
    let path = format!("/v1/changes/{}/cancellation", id(&change));
    assert_eq!(cast.agent.post(&path, &json!({})).unwrap().status, 409, "it does not run yet");
    cast.ada.approve(&change);
    until("the second one is at it", || {
        parts(&cast.agent, &change).get(1).is_some_and(|state| state == "running")
    });
    assert_eq!(cast.other.post(&path, &json!({})).unwrap().status, 404);
    // Neither can its requester say how it ended, or carry it out itself.
    assert_eq!(cast.agent.claim(&change, &attempt(1)).unwrap().code(), "carried_out_by_daemon");
    let _ = fleet.site.run(&daemon, "agent", &["cancel", id(&change)]).expect(0);
    until("it has ended", || fleet.state(&cast.ada, &change) == "failed");
    assert_eq!(parts(&cast.ada, &change), ["success", "cancelled", "cancelled"]);
    let detail = cast.ada.change(id(&change))["attempt"]["detail"].clone();
    assert_eq!(detail, "cancelled: 1 of 3 succeeded, 0 failed");
}

#[test]
fn killed_while_it_runs_the_next_daemon_follows_and_sends_nothing_again() {
    let Some(fleet) = Fleet::new("killed_while_it_runs_the_next_daemon_follows_and_sends_nothing_again", 2)
    else {
        return;
    };
    let (mut daemon, cast) = fleet.start();
    fleet.aws.tell(&machine(1), Script::Hangs);
    let change = released(&cast, &command());
    until("the first one is at it", || {
        parts(&cast.ada, &change).first().is_some_and(|state| state == "running")
    });
    daemon.kill9();
    fleet.aws.tell(&machine(1), Script::Succeeds("late"));
    daemon.restart();
    until("it is carried out", || fleet.state(&cast.ada, &change) == "applied");
    assert_eq!((fleet.aws.calls(START).len(), fleet.aws.executions()), (1, 1));
    assert_eq!(fleet.aws.ran().len(), 2);
}

#[test]
fn killed_before_the_answer_the_execution_is_found_and_not_sent_again() {
    let Some(fleet) = Fleet::new("killed_before_the_answer_the_execution_is_found_and_not_sent_again", 1)
    else {
        return;
    };
    let (mut daemon, cast) = fleet.start();
    // AWS accepts, its answers are lost, and it does not show the execution yet: nobody here knows of it.
    for _ in 0..3 {
        fleet.aws.fault(START, Fault::DropAfter);
    }
    fleet.aws.show_executions(false);
    let change = released(&cast, &command());
    until("it was sent", || fleet.aws.executions() == 1);
    daemon.kill9();
    let sent = fleet.aws.calls(START).len();
    fleet.aws.show_executions(true);
    daemon.restart();
    until("it is carried out", || fleet.state(&cast.ada, &change) == "applied");
    assert_eq!((fleet.aws.calls(START).len(), fleet.aws.executions(), fleet.aws.ran().len()), (sent, 1, 1));
}

#[test]
fn a_closed_calendar_freezes_and_so_does_one_that_does_not_answer() {
    let aws = FakeSsm::start();
    aws.calendar("shop", true, "2030-01-01T00:00:00Z");
    let settings = format!(
        "aws.enabled = false\naws.upstream = {:?}\naws.region = \"eu-central-1\"\nssm.calendars = [\"shop\"]",
        aws.url()
    );
    let Some(site) = Site::new("a_closed_calendar_freezes_and_so_does_one_that_does_not_answer") else {
        return;
    };
    let site = site.with(&settings);
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let mut number = 0;
    let mut verdict = || {
        number += 1;
        cast.pipeline.submit(&open(&format!("shop{number}")))
    };
    until("the calendar is open", || verdict()["state"] == "allowed");
    let released = verdict();
    aws.calendar("shop", false, "2030-01-01T00:00:00Z");
    until("it is closed", || verdict()["facts"]["freeze"]["is"] == "frozen");
    assert_eq!(cast.pipeline.claim(&released, &attempt(1)).unwrap().code(), "frozen");
    aws.calendar("shop", true, "2030-01-01T00:00:00Z");
    until("it is open again", || verdict()["state"] == "allowed");
    for _ in 0..20 {
        aws.fault("GetCalendarState", Fault::Internal);
    }
    until("it does not answer", || verdict()["facts"]["freeze"]["is"] == "frozen");
}

#[test]
fn two_replicas_carry_it_out_once() {
    let Some(fleet) = Fleet::new("two_replicas_carry_it_out_once", 2) else { return };
    let (_one, cast) = fleet.start();
    let (_two, _) = fleet.start();
    let changes: Vec<Value> = (0..4)
        .map(|number| {
            let mut document = command();
            document["parameters"] = json!({ "commands": [format!("echo {number}")] });
            released(&cast, &document)
        })
        .collect();
    for change in &changes {
        until("it is carried out", || fleet.state(&cast.ada, change) == "applied");
    }
    assert_eq!((fleet.aws.calls(START).len(), fleet.aws.executions(), fleet.aws.ran().len()), (4, 4, 8));
}
