//! The stop button: on every replica, for what is in flight too, and until it ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use holdpoint_tests::{Client, Daemon, Site, attempt, held_by_one, open, until};
use serde_json::{Value, json};

fn freeze(person: &Client, scope: &str, seconds: u32) -> Value {
    let body = json!({ "scope": scope, "reason": "incident 4711", "seconds": seconds });
    let headers = [("content-type", "application/json")];
    let answer = person.call("PUT", "/v1/freeze", &headers, Some(body.to_string().as_bytes())).unwrap();
    answer.expect(201)
}

fn lift(person: &Client, freeze: &Value) {
    let path = format!("/v1/freeze/{}", freeze["id"].as_str().unwrap());
    let _ = person.call("DELETE", &path, &[], None).unwrap().expect(200);
}

fn rules(change: &Value) -> Vec<String> {
    let reasons = change["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_replica_stops_at_once_and_goes_on_after() {
    let Some(site) = Site::new("every_replica_stops_at_once") else { return };
    let replicas: Vec<Daemon> = (0..3).map(|_| site.start()).collect();
    let casts: Vec<_> = replicas.iter().map(|replica| site.cast(replica)).collect();
    let frozen = freeze(&casts[0].ada, "everything", 600);
    for (n, cast) in casts.iter().enumerate() {
        // Handed in after the freeze was answered: no replica lets it pass, whatever it has heard.
        let change = cast.pipeline.submit(&open(&format!("queue_{n}")));
        assert_eq!(change["state"], "denied", "{change}");
        assert!(rules(&change).contains(&"R9".to_owned()), "{change}");
        assert!(change.to_string().contains("incident 4711"), "the reason is told: {change}");
    }
    for (replica, cast) in replicas.iter().zip(&casts) {
        let heard = Instant::now();
        until("the banner is on every replica's pages", || {
            let page = site.session(replica, "grace").get("/").unwrap();
            page.text.contains("incident 4711")
        });
        println!("the banner was there after {:?}", heard.elapsed());
        let listed = cast.pipeline.get("/v1/freeze").unwrap().expect(200);
        assert_eq!(listed[0]["id"], frozen["id"]);
    }
    lift(&casts[1].grace, &frozen);
    for (n, cast) in casts.iter().enumerate() {
        until("changes pass again", || {
            cast.pipeline.submit(&open(&format!("later_{n}_{}", attempt(n as u128))))["state"] == "allowed"
        });
    }
}

#[test]
fn what_was_released_before_is_not_carried_out() {
    let Some(site) = Site::new("what_was_released_before_is_not_carried_out") else { return };
    let (left, right) = (site.start(), site.start());
    let (cast, other) = (site.cast(&left), site.cast(&right));
    let allowed = cast.pipeline.submit(&open("queue"));
    let approved = cast.pipeline.submit(&held_by_one("port"));
    cast.ada.approve(&approved);
    let frozen = freeze(&cast.ada, "environment:production", 600);
    for change in [&allowed, &approved] {
        let answer = other.pipeline.claim(change, &attempt(1)).unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (409, "frozen"), "{}", answer.text);
        assert!(answer.text.contains("incident 4711"), "{}", answer.text);
    }
    lift(&cast.ada, &frozen);
    let _ = other.pipeline.claim(&allowed, &attempt(2)).unwrap().expect(200);
}

#[test]
fn nothing_in_flight_slips_through() {
    let Some(site) = Site::new("nothing_in_flight_slips_through") else { return };
    let (left, right) = (site.start(), site.start());
    let (cast, other) = (site.cast(&left), site.cast(&right));
    let stop = AtomicBool::new(false);
    let (submitted, answered) = std::thread::scope(|scope| {
        let submitting: Vec<_> = [&cast, &other, &cast, &other]
            .into_iter()
            .enumerate()
            .map(|(worker, cast)| {
                let stop = &stop;
                scope.spawn(move || {
                    let mut all = Vec::new();
                    for n in 0.. {
                        if stop.load(Ordering::SeqCst) {
                            return all;
                        }
                        let began = Instant::now();
                        all.push((began, cast.pipeline.submit(&open(&format!("queue_{worker}_{n}")))));
                    }
                    all
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        let _ = freeze(&cast.ada, "everything", 600);
        let answered = Instant::now();
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::SeqCst);
        let all: Vec<_> = submitting.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
        (all, answered)
    });
    let (mut before, mut after) = (0, 0);
    for (began, change) in &submitted {
        match change["state"].as_str().unwrap() {
            "allowed" => {
                // What was on its way when the button was pressed may still have been recorded; nothing later.
                assert!(*began <= answered, "allowed after the freeze was answered: {change}");
                before += 1;
            }
            "denied" => after += 1,
            other => panic!("{other}: {change}"),
        }
    }
    assert!(before > 0 && after > 0, "{before} before, {after} after");
    // And what was on its way is not carried out.
    let late = submitted.iter().rev().find(|(_, change)| change["state"] == "allowed").unwrap();
    assert_eq!(cast.pipeline.claim(&late.1, &attempt(1)).unwrap().status, 409);
}

#[test]
fn a_freeze_stops_only_what_it_names_and_ends_by_itself() {
    let Some(site) = Site::new("a_freeze_stops_only_what_it_names") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let frozen = freeze(&cast.ada, &format!("agent:{}", site.id("agent")), 2);
    assert_eq!(cast.agent.submit(&open("a"))["state"], "denied");
    assert_eq!(cast.pipeline.submit(&open("b"))["state"], "allowed");
    until("it ends", || cast.agent.submit(&open(&format!("c_{:?}", Instant::now())))["state"] == "allowed");
    let path = format!("/v1/freeze/{}", frozen["id"].as_str().unwrap());
    let late = cast.ada.call("DELETE", &path, &[], None).unwrap();
    assert!(late.status == 409 || late.status == 200, "{}", late.text);
    // Agents cannot press the button, and cannot release it.
    let body = json!({ "scope": "everything", "reason": "no", "seconds": 5 }).to_string();
    let headers = [("content-type", "application/json")];
    assert_eq!(cast.agent.call("PUT", "/v1/freeze", &headers, Some(body.as_bytes())).unwrap().status, 403);
    assert_eq!(cast.agent.call("DELETE", &path, &[], None).unwrap().status, 403);
}

#[test]
fn the_command_line_freezes_lists_and_lifts() {
    let Some(site) = Site::new("the_command_line_freezes") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let set =
        site.run(&daemon, "ada", &["freeze", "--reason", "launch day", "--for", "2h", "--output", "json"]);
    let _ = set.expect(0);
    let listed = site.run(&daemon, "pipeline", &["freeze", "--list"]);
    assert!(listed.out.contains("launch day") && listed.out.contains("everything"), "{listed:?}");
    assert_eq!(cast.pipeline.submit(&open("queue"))["state"], "denied");
    let _ = site.run(&daemon, "grace", &["unfreeze", "--all"]).expect(0);
    assert!(site.run(&daemon, "ada", &["freeze", "--list"]).out.contains("nothing is frozen"));
    assert_eq!(cast.pipeline.submit(&open("queue2"))["state"], "allowed");
    // A freeze needs a reason, and a person.
    let _ = site.run(&daemon, "ada", &["freeze"]).expect(64);
    let _ = site.run(&daemon, "pipeline", &["freeze", "--reason", "x"]).expect(77);
}
