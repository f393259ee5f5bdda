//! kill -9 of the daemon at every point of a change's way: nothing is lost, nothing happens twice, who waits goes on.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use holdpoint_tests::{Client, Daemon, Project, Site, attempt, held, held_by_one, named, open, until};
use serde_json::Value;

/// Calls again until there is an answer that does not say to try again, as clients do.
fn insist(mut call: impl FnMut() -> Option<holdpoint_tests::Answer>) -> holdpoint_tests::Answer {
    loop {
        match call() {
            Some(answer) if answer.status != 503 => return answer,
            _ => std::thread::sleep(Duration::from_millis(15)),
        }
    }
}

/// Kills and restarts the daemon while `work` goes on in other threads, then lets them finish.
fn under_fire(daemon: &mut Daemon, kills: u32, work: impl Fn(&AtomicBool) + Sync) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(|| work(&stop))).collect();
        for kill in 0..kills {
            std::thread::sleep(Duration::from_millis(150 + u64::from(kill) * 37));
            daemon.kill9();
            daemon.restart();
        }
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
}

/// Every change of this caller, over all pages.
fn all(client: &Client) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/v1/changes?limit=200{cursor}")).unwrap().expect(200);
        found.extend(page["changes"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[test]
fn killed_while_changes_are_handed_in() {
    let Some(site) = Site::new("killed_while_changes_are_handed_in") else { return };
    let mut daemon = site.start();
    let pipeline = site.cast(&daemon).pipeline;
    let number = std::sync::atomic::AtomicUsize::new(0);
    let acknowledged = std::sync::Mutex::new(BTreeMap::new());
    under_fire(&mut daemon, 5, |stop| {
        while !stop.load(Ordering::Relaxed) {
            let n = number.fetch_add(1, Ordering::Relaxed);
            let plan = if n.is_multiple_of(2) { named(n) } else { open(&format!("queue_{n}")) };
            let key = format!("key-{n}");
            let answer = insist(|| pipeline.try_submit(&plan, Some(&key)));
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
            let change = answer.json();
            let before = acknowledged.lock().unwrap().insert(change["id"].as_str().unwrap().to_owned(), n);
            assert_eq!(before, None, "two submissions were given the same change");
        }
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    println!("{} changes were handed in under 5 kills", acknowledged.len());
    let stored = all(&pipeline);
    assert_eq!(stored.len(), acknowledged.len(), "one change for each submission, and no other");
    for change in stored {
        let n = acknowledged[change["id"].as_str().unwrap()];
        assert_eq!(change["state"], if n.is_multiple_of(2) { "held" } else { "allowed" });
    }
}

#[test]
fn killed_while_a_client_waits() {
    let Some(site) = Site::new("killed_while_a_client_waits") else { return };
    let mut daemon = site.start();
    let cast = site.cast(&daemon);
    std::fs::write(site.dir().join("plan.json"), held("orders").to_string()).unwrap();
    let waiting = site
        .cli(&daemon, "pipeline", &["submit", "--wait", "--output", "json", "plan.json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the change is held", || !all(&cast.ada).is_empty());
    let change = all(&cast.ada).remove(0);
    std::thread::sleep(Duration::from_millis(300));
    daemon.kill9();
    std::thread::sleep(Duration::from_millis(300));
    daemon.restart();
    cast.ada.approve(&change);
    daemon.kill9();
    daemon.restart();
    cast.grace.approve(&change);
    let ended = holdpoint_tests::Ended::from(waiting.wait_with_output().unwrap()).expect(0);
    assert_eq!(ended.json()["state"], "approved");
    assert!(ended.err.contains("waiting for the daemon to come back"), "{}", ended.err);
}

#[test]
fn killed_while_people_approve() {
    let Some(site) = Site::new("killed_while_people_approve") else { return };
    let mut daemon = site.start();
    let cast = site.cast(&daemon);
    let changes: Vec<Value> = (0..40).map(|n| cast.pipeline.submit(&named(n))).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    under_fire(&mut daemon, 4, |_| {
        while let Some(change) = changes.get(next.fetch_add(1, Ordering::Relaxed)) {
            for person in [&cast.ada, &cast.grace] {
                // The same answer again is fine, so a lost answer is simply asked for once more.
                let answer = insist(|| person.answer(change, "approve"));
                assert_eq!(answer.status, 200, "{}", answer.text);
            }
            std::thread::sleep(Duration::from_millis(40));
        }
    });
    for change in &changes {
        let now = cast.ada.change(change["id"].as_str().unwrap());
        assert_eq!(now["state"], "approved");
        assert_eq!(now["approvals"].as_array().unwrap().len(), 2, "{now}");
    }
}

#[test]
fn killed_while_grants_are_claimed() {
    let Some(site) = Site::new("killed_while_grants_are_claimed") else { return };
    let mut daemon = site.start();
    let cast = site.cast(&daemon);
    let changes: Vec<Value> = (0..40).map(|n| cast.pipeline.submit(&open(&format!("queue_{n}")))).collect();
    let won = std::sync::Mutex::new(BTreeMap::<usize, Vec<String>>::new());
    let worker = std::sync::atomic::AtomicU32::new(0);
    under_fire(&mut daemon, 4, |_| {
        let me = u128::from(worker.fetch_add(1, Ordering::Relaxed)) + 1;
        for (n, change) in changes.iter().enumerate() {
            let attempt = attempt(me * 1_000 + n as u128);
            let answer = insist(|| cast.pipeline.claim(change, &attempt));
            match answer.status {
                200 => won.lock().unwrap().entry(n).or_default().push(attempt),
                409 => assert_eq!(answer.code(), "already_claimed", "{}", answer.text),
                _ => panic!("{}", answer.text),
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    });
    let won = won.into_inner().unwrap();
    for (n, change) in changes.iter().enumerate() {
        let now = cast.pipeline.change(change["id"].as_str().unwrap());
        assert_eq!(won.get(&n).map(Vec::len), Some(1), "exactly one of four claims won");
        assert_eq!(now["attempt"]["id"], won[&n][0].as_str(), "and it is the recorded one");
    }
}

#[test]
fn killed_while_a_command_runs() {
    let Some(site) = Site::new("killed_while_a_command_runs") else { return };
    let Some(project) = Project::new(site.dir(), "killed_while_a_command_runs") else { return };
    project.apply();
    project.plan_destroy("tfplan");
    let mut daemon = site.start();
    let cast = site.cast(&daemon);
    let submitted = site.cli(&daemon, "pipeline", &["submit", "--plan", "tfplan", "--output", "json"]);
    let submitted =
        holdpoint_tests::Ended::from({ submitted }.current_dir(project.dir()).output().unwrap()).expect(75);
    let change = submitted.json();
    cast.ada.approve(&change);
    cast.grace.approve(&change);

    let id = change["id"].as_str().unwrap();
    let script = "echo ran >> runs; sleep 2; exec terraform apply -input=false \"$1\"";
    let arguments = ["exec", id, "--plan", "tfplan", "--", "bash", "-c", script, "bash", "tfplan"];
    let mut exec = site.cli(&daemon, "pipeline", &arguments);
    let running =
        exec.current_dir(project.dir()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the command runs", || project.dir().join("runs").exists());
    daemon.kill9();
    std::thread::sleep(Duration::from_secs(3));
    daemon.restart();
    let _ = holdpoint_tests::Ended::from(running.wait_with_output().unwrap()).expect(0);
    assert_eq!(cast.pipeline.state(id), "applied");
    assert_eq!(project.resources(), 0);

    let again = holdpoint_tests::Ended::from(exec.output().unwrap()).expect(77);
    assert!(again.err.contains("holdpoint:"), "{}", again.err);
    assert_eq!(std::fs::read_to_string(project.dir().join("runs")).unwrap(), "ran\n");
}

#[test]
fn killed_between_claim_and_report() {
    let Some(site) = Site::new("killed_between_claim_and_report") else { return };
    let mut daemon = site.start();
    let cast = site.cast(&daemon);
    let change = cast.pipeline.submit(&held_by_one("orders"));
    cast.ada.approve(&change);
    assert_eq!(cast.pipeline.claim(&change, &attempt(1)).unwrap().status, 200);
    daemon.kill9();
    daemon.restart();
    assert_eq!(cast.pipeline.state(change["id"].as_str().unwrap()), "executing");
    let answer = insist(|| cast.pipeline.report(&change, &attempt(1), "applied"));
    assert_eq!(answer.expect(200)["state"], "applied");
    daemon.kill9();
    daemon.restart();
    assert_eq!(
        cast.pipeline.report(&change, &attempt(1), "applied").unwrap().status,
        200,
        "the same report again"
    );
    assert_eq!(cast.pipeline.report(&change, &attempt(1), "failed").unwrap().status, 409, "another one");
    assert_eq!(cast.pipeline.state(change["id"].as_str().unwrap()), "applied");
}
