//! Several replicas are one gateway; and a freeze stops writes on each.

use std::process::Stdio;

use holdpoint_tests::{Aws, Cli, Ended, REAL_KEY, Upstream, change_in};
use serde_json::json;

#[test]
fn held_on_one_released_by_another_passes_once_on_either() {
    let Some(site) = Aws::site("held_on_one_released_by_another") else { return };
    let upstream = Upstream::start();
    let aws = Aws::before(site, &upstream.url(), "aws.look_ups = false\n", REAL_KEY);
    let second = aws.site.start();
    let urls = [aws.daemon.aws_url(), second.aws_url()];
    let terminate = |url: &str| {
        let mut process = Cli::v1().start(&aws, aws.variables());
        process.args([
            "ec2",
            "terminate-instances",
            "--instance-ids",
            "i-0123456789abcdef0",
            "--endpoint-url",
            url,
        ]);
        process
    };
    let held: Ended = terminate(&urls[0]).output().unwrap().into();
    let id = change_in(&held.err).unwrap_or_else(|| panic!("{held:?}"));
    let (ada, grace) = (aws.cast.ada.at(&second.url()), aws.cast.grace.at(&second.url()));
    let change = ada.change(&id);
    ada.approve(&change);
    if ada.state(&id) == "held" {
        grace.approve(&change);
    }
    // On both at once, and twice on each: once is all that was released.
    let running: Vec<_> = [0, 1, 0, 1]
        .into_iter()
        .map(|at: usize| terminate(&urls[at]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    let ended: Vec<Ended> =
        running.into_iter().map(|child| child.wait_with_output().unwrap().into()).collect();
    let passed = ended.iter().filter(|ended| ended.code == Some(0)).count();
    assert_eq!(passed, 1, "{ended:?}");
    assert_eq!(upstream.seen("TerminateInstances").len(), 1, "AWS was asked once");
    assert_eq!(ada.state(&id), "applied");
}

#[test]
fn a_freeze_stops_writes_and_lets_reads_pass() {
    let Some(aws) = Aws::new("a_freeze_stops_writes_and_lets_reads_pass") else { return };
    let topic = aws.name("topic");
    let create = format!("sns create-topic --name {topic}");
    let body = json!({ "scope": "everything", "reason": "incident 4711", "seconds": 600 }).to_string();
    let headers = [("content-type", "application/json")];
    let frozen = aws.cast.ada.call("PUT", "/v1/freeze", &headers, Some(body.as_bytes())).unwrap().expect(201);
    let refused = aws.run(&create);
    assert!(refused.code != Some(0) && refused.err.contains("incident 4711"), "{refused:?}");
    assert!(refused.err.contains("AccessDenied") && refused.err.contains("NOT executed"), "{refused:?}");
    let _ = aws.run("sns list-topics").expect(0);
    assert!(!aws.prepare("sns list-topics").out.contains(&topic));
    let path = format!("/v1/freeze/{}", frozen["id"].as_str().unwrap());
    let _ = aws.cast.ada.call("DELETE", &path, &[], None).unwrap().expect(200);
    let _ = aws.run(&create).expect(0);
    assert!(aws.prepare("sns list-topics").out.contains(&topic));
}
