//! Whatever happens to an answer on its way, what a client asked for once is carried out once.

use std::io::Write as _;
use std::process::Stdio;

use holdpoint_tests::{Aws, Ended, REAL_KEY, Upstream, until};

const PUT: &str = "DynamoDB_20120810.PutItem";

#[test]
fn tries_of_one_invocation_are_one_call() {
    let test = "tries_of_one_invocation_are_one_call";
    let Some(site) = Aws::site(test) else { return };
    let upstream = Upstream::start();
    let aws = Aws::before(site, &upstream.url(), "", REAL_KEY);

    // The connection is cut while the call is under way; then the same invocation is tried again.
    upstream.hold(PUT);
    let mut cut = aws.python("tries.py", &["invocation-1", "cut"]);
    let mut cut = cut.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    until("the call has reached AWS", || upstream.seen(PUT).len() == 1);
    writeln!(cut.stdin.take().unwrap()).unwrap();
    assert!(cut.wait().unwrap().success());
    let again = aws.python("tries.py", &["invocation-1", "whole"]).stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    upstream.release();
    let again = Ended::from(again.wait_with_output().unwrap()).expect(0).json();
    assert_eq!((&again["status"], &again["body"]), (&200.into(), &"{}".into()), "it is given the answer");
    assert_eq!(upstream.seen(PUT).len(), 1, "and AWS was asked once");

    // Later still, it is the same answer; another invocation is another call.
    let _ = Ended::from(aws.python("tries.py", &["invocation-1", "whole"]).output().unwrap()).expect(0);
    assert_eq!(upstream.seen(PUT).len(), 1);
    let _ = Ended::from(aws.python("tries.py", &["invocation-2", "whole"]).output().unwrap()).expect(0);
    assert_eq!(upstream.seen(PUT).len(), 2);

    // A client by itself: its first tries time out, a later one is given the answer of the first.
    upstream.hold(PUT);
    let patient =
        aws.python("patient.py", &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the call has reached AWS", || upstream.seen(PUT).len() == 3);
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    upstream.release();
    let _ = Ended::from(patient.wait_with_output().unwrap()).expect(0);
    assert_eq!(upstream.seen(PUT).len(), 3, "tries of its own are no calls of their own");
    assert!(aws.changes().iter().all(|change| change["state"] == "applied"));
    for seen in upstream.seen("") {
        assert!(seen.head.contains(REAL_KEY.0), "it is signed with the daemon's own key: {seen:?}");
        assert!(!seen.head.contains("HPK"), "no key of Holdpoint's leaves: {seen:?}");
    }
}

#[test]
fn a_client_that_gives_up_while_people_are_asked_may_ask_again() {
    let test = "a_client_that_gives_up_while_people_are_asked";
    let Some(site) = Aws::site(test) else { return };
    let upstream = Upstream::start();
    let settings = "aws.look_ups = false\naws.agents.agent.wait_seconds = 30\n";
    let aws = Aws::before(site, &upstream.url(), settings, REAL_KEY);
    let mut process = aws.python("patient.py", &["terminate"]);
    let waiting = process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("it is held", || aws.changes().iter().any(|change| change["state"] == "held"));
    // Long enough for its first try to have been given up.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    aws.release(aws.changes()[0]["id"].as_str().unwrap());
    let _ = Ended::from(waiting.wait_with_output().unwrap()).expect(0);
    assert_eq!(upstream.seen("TerminateInstances").len(), 1);
    assert_eq!(aws.changes().len(), 1, "{:?}", aws.changes());
}
