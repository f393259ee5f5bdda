//! How an attempt ends: `failed` or `unknown` when it went wrong or was not heard of again, never silently `applied`.

use std::process::Stdio;
use std::time::Duration;

use holdpoint_tests::{Ended, Project, Site, attempt, open, until};
use serde_json::Value;

#[test]
fn a_lost_report_becomes_unknown_after_the_lease() {
    let Some(site) = Site::new("a_lost_report_becomes_unknown_after_the_lease") else { return };
    let site = site.with("times.lease_seconds = 5");
    let daemon = site.start();
    let pipeline = site.cast(&daemon).pipeline;
    let (lost, renewed) = (pipeline.submit(&open("lost")), pipeline.submit(&open("renewed")));
    for (n, change) in [&lost, &renewed].into_iter().enumerate() {
        assert_eq!(pipeline.claim(change, &attempt(n as u128)).unwrap().status, 200);
    }
    let renew = |change: &Value, n| {
        let body = format!("{{\"attempt\":\"{}\"}}", attempt(n));
        let path = format!("/v1/changes/{}/claim", change["id"].as_str().unwrap());
        pipeline
            .call("PUT", &path, &[("content-type", "application/json")], Some(body.as_bytes()))
            .unwrap()
            .status
    };
    let id = |change: &Value| change["id"].as_str().unwrap().to_owned();
    until("the lease of the silent one is over", || {
        assert_eq!(renew(&renewed, 1), 200);
        std::thread::sleep(Duration::from_millis(500));
        pipeline.state(&id(&lost)) == "unknown"
    });
    assert_eq!(pipeline.state(&id(&renewed)), "executing", "the one that is heard of goes on");
    assert_eq!(renew(&lost, 0), 409, "a lease that is over is not renewed");
    assert_eq!(pipeline.claim(&lost, &attempt(9)).unwrap().status, 409, "it is never tried again");
    // The one who knows may still say how it ended.
    assert_eq!(pipeline.report(&lost, &attempt(9), "applied").unwrap().status, 409);
    assert_eq!(pipeline.report(&lost, &attempt(0), "failed").unwrap().expect(200)["state"], "failed");
}

struct Ready {
    site: Site,
    daemon: holdpoint_tests::Daemon,
    project: Project,
    id: String,
}

/// A released plan that destroys the shop.
fn released(test: &str) -> Option<Ready> {
    let site = Site::new(test)?.with("times.lease_seconds = 5");
    let project = Project::new(site.dir(), test)?;
    project.apply();
    project.plan_destroy("tfplan");
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let mut submit = site.cli(&daemon, "pipeline", &["submit", "--plan", "tfplan", "--output", "json"]);
    let change = Ended::from(submit.current_dir(project.dir()).output().unwrap()).expect(75).json();
    cast.ada.approve(&change);
    cast.grace.approve(&change);
    let id = change["id"].as_str().unwrap().to_owned();
    Some(Ready { site, daemon, project, id })
}

impl Ready {
    fn exec(&self, script: &str) -> std::process::Command {
        let arguments = ["exec", &self.id, "--plan", "tfplan", "--", "bash", "-c", script, "bash", "tfplan"];
        let mut exec = self.site.cli(&self.daemon, "pipeline", &arguments);
        exec.current_dir(self.project.dir()).stdout(Stdio::piped()).stderr(Stdio::piped());
        exec
    }

    fn change(&self) -> Value {
        self.site.cast(&self.daemon).pipeline.change(&self.id)
    }
}

#[test]
fn a_command_that_fails_is_failed() {
    let Some(ready) = released("a_command_that_fails_is_failed") else { return };
    let ended = Ended::from(ready.exec("echo 'no such account' >&2; exit 3").output().unwrap()).expect(3);
    assert!(ended.err.contains("no such account"), "its words are shown: {}", ended.err);
    let change = ready.change();
    assert_eq!(
        (&change["state"], &change["attempt"]["exit_code"]),
        (&Value::from("failed"), &Value::from(3))
    );
    assert!(change["attempt"]["detail"].as_str().unwrap().contains("no such account"), "{change}");
}

#[test]
fn a_command_that_is_killed_is_unknown() {
    let Some(ready) = released("a_command_that_is_killed_is_unknown") else { return };
    let ended = Ended::from(ready.exec("kill -9 $$").output().unwrap());
    assert_ne!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(ready.change()["state"], "unknown");
    let again = Ended::from(ready.exec("true").output().unwrap());
    let _ = again.expect(77);
}

#[test]
fn an_exec_that_is_killed_is_unknown() {
    let Some(ready) = released("an_exec_that_is_killed_is_unknown") else { return };
    let mut running = ready.exec("touch started; exec sleep 30").spawn().unwrap();
    until("the command runs", || ready.project.dir().join("started").exists());
    running.kill().unwrap();
    running.wait().unwrap();
    until("the lease is over", || ready.change()["state"] != "executing");
    assert_eq!(ready.change()["state"], "unknown");
}

#[test]
fn a_state_that_moved_since_the_plan_is_refused() {
    let Some(ready) = released("a_state_that_moved_since_the_plan_is_refused") else { return };
    ready.project.terraform(&["apply", "-input=false", "-auto-approve", "-var=release=2.0.0"]);
    let ended =
        Ended::from(ready.exec("exec terraform apply -input=false -no-color \"$1\"").output().unwrap());
    assert_ne!(ended.code, Some(0));
    assert!(
        ended.err.contains("stale") || ended.out.contains("stale"),
        "Terraform's words are shown: {ended:?}"
    );
    assert!(matches!(ready.change()["state"].as_str(), Some("failed" | "approved")), "{}", ready.change());
    assert!(ready.project.resources() > 0, "nothing was destroyed");
}

#[test]
fn another_plan_is_refused() {
    let Some(ready) = released("another_plan_is_refused") else { return };
    ready.project.terraform(&["plan", "-input=false", "-out=tfplan", "-var=servers=1"]);
    let ended = Ended::from(ready.exec("touch started").output().unwrap()).expect(77);
    assert!(ended.err.contains("other") || ended.err.contains("digest"), "{}", ended.err);
    assert!(!ready.project.dir().join("started").exists());
    assert_eq!(ready.change()["state"], "approved", "the released one is still there to be carried out");
}
