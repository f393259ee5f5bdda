//! The daemon is killed while calls are held and while they are under way: nothing runs twice, and what is not known is
//! said to be not known.

use std::process::{Child, Stdio};

use holdpoint_tests::{Aws, Cli, Ended, REAL_KEY, Upstream, change_in, until};

use super::{instance, state_of};

fn start(aws: &Aws, arguments: &[&str]) -> Child {
    let mut process = Cli::v1().start(aws, aws.variables());
    process.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
}

#[test]
fn killed_while_a_call_waits_for_people() {
    let Some(mut aws) = Aws::with("killed_while_a_call_waits", "aws.agents.agent.wait_seconds = 40\n") else {
        return;
    };
    let instance = instance(&aws);
    let waiting = start(&aws, &["ec2", "terminate-instances", "--instance-ids", &instance]);
    until("it is held", || aws.changes().iter().any(|change| change["state"] == "held"));
    aws.daemon.kill9();
    aws.daemon.restart();
    let change = aws.changes().remove(0);
    aws.cast.ada.approve(&change);
    if aws.cast.ada.state(change["id"].as_str().unwrap()) == "held" {
        aws.cast.grace.approve(&change);
    }
    // The client tried again by itself, and waits for the same change.
    let ended = end(waiting).expect(0);
    assert!(ended.out.contains(&instance), "{ended:?}");
    assert_eq!(state_of(&aws, &instance), "terminated");
    assert_eq!(aws.changes().len(), 1, "{:?}", aws.changes());
    assert_eq!(aws.site.database.ask("select count(*) from holdpoint.calls"), "1");
}

#[test]
fn killed_while_a_call_is_under_way() {
    let Some(site) = Aws::site("killed_while_a_call_is_under_way") else { return };
    let upstream = Upstream::start();
    let settings = "aws.look_ups = false\ntimes.lease_seconds = 6\n";
    let mut aws = Aws::before(site, &upstream.url(), settings, REAL_KEY);
    let terminate = ["ec2", "terminate-instances", "--instance-ids", "i-0123456789abcdef0"];
    let sent = || upstream.seen("Action=TerminateInstances").len();
    let held = aws.run(&terminate.join(" "));
    let change = aws.release(&held.err);
    let id = change["id"].as_str().unwrap();
    upstream.hold("Action=TerminateInstances");
    let under_way = start(&aws, &terminate);
    until("the call has reached AWS", || sent() == 1);
    aws.daemon.kill9();
    upstream.release();
    aws.daemon.restart();
    let ended = end(under_way);
    assert_ne!(ended.code, Some(0), "the client's own tries do not make it again: {ended:?}");
    assert_eq!(sent(), 1);
    until("nobody knows how it ended", || aws.cast.ada.state(id) == "unknown");
    let again = aws.run(&terminate.join(" "));
    assert!(
        again.code != Some(0) && again.err.contains("outcome is not known. Do not repeat it"),
        "{again:?}"
    );
    assert_eq!(change_in(&again.err).as_deref(), Some(id));
    assert_eq!(sent(), 1, "AWS was asked once");
}

#[test]
fn an_ordinary_call_that_was_under_way_is_not_made_by_the_clients_next_try() {
    let Some(site) = Aws::site("an_ordinary_call_that_was_under_way") else { return };
    let upstream = Upstream::start();
    let mut aws = Aws::before(site, &upstream.url(), "", REAL_KEY);
    upstream.hold("PutItem");
    let first = aws
        .python("tries.py", &["invocation-9", "whole"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the call has reached AWS", || upstream.seen("PutItem").len() == 1);
    aws.daemon.kill9();
    upstream.release();
    assert_ne!(end(first).code, Some(0), "its connection is gone");
    aws.daemon.restart();
    let again = end(aws
        .python("tries.py", &["invocation-9", "whole"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap());
    let again = again.expect(0).json();
    assert_eq!(again["status"], 403, "{again}");
    assert!(again["body"].as_str().unwrap().contains("NOT executed a second time"), "{again}");
    assert_eq!(upstream.seen("PutItem").len(), 1);
}
