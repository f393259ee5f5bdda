//! Two at once: one outcome, and both are told.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::sync::Barrier;
use std::time::Duration;

use holdpoint_tests::{Answer, Client, Site, attempt, held_by_one, named, open, second_self, until};
use serde_json::Value;

fn both(
    first: impl FnOnce() -> Option<Answer> + Send,
    second: impl FnOnce() -> Option<Answer> + Send,
) -> [Answer; 2] {
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            start.wait();
            first().unwrap()
        });
        let second = scope.spawn(|| {
            start.wait();
            second().unwrap()
        });
        [first.join().unwrap(), second.join().unwrap()]
    })
}

#[test]
fn approve_against_reject() {
    let Some(site) = Site::new("approve_against_reject") else { return };
    let (left, right) = (site.start(), site.start());
    let (cast, other) = (site.cast(&left), site.cast(&right));
    let mut approved = 0;
    for n in 0..30 {
        let change = cast.pipeline.submit(&held_by_one(&format!("orders_{n}")));
        let answers = both(|| cast.ada.answer(&change, "approve"), || other.grace.answer(&change, "reject"));
        let now = cast.ada.change(change["id"].as_str().unwrap());
        let state = now["state"].as_str().unwrap();
        let [yes, no] = [answers[0].status, answers[1].status];
        match state {
            "approved" => assert_eq!((yes, no), (200, 409), "{answers:?}"),
            "rejected" => assert_eq!((yes, no), (409, 200), "{answers:?}"),
            _ => panic!("{now}"),
        }
        assert_eq!(
            now["approvals"].as_array().unwrap().len(),
            1,
            "the one who was late is not recorded: {now}"
        );
        let late = if yes == 200 { &answers[1] } else { &answers[0] };
        assert!(
            late.json()["detail"].as_str().unwrap().contains(state),
            "the late one is told: {}",
            late.text
        );
        approved += usize::from(state == "approved");
    }
    println!("{approved} of 30 were approved, the others rejected");
}

#[test]
fn the_two_needed_approvals_at_once() {
    let Some(site) = Site::new("the_two_needed_approvals_at_once") else { return };
    let (left, right) = (site.start(), site.start());
    let (cast, other) = (site.cast(&left), site.cast(&right));
    for n in 0..15 {
        let change = cast.pipeline.submit(&named(n));
        let answers = both(|| cast.ada.answer(&change, "approve"), || other.grace.answer(&change, "approve"));
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        assert_eq!(cast.pipeline.state(change["id"].as_str().unwrap()), "approved");
    }
}

#[test]
fn approve_against_expiry() {
    let Some(site) = Site::new("approve_against_expiry") else { return };
    let site = site.with("times.hold_seconds = 1");
    let (left, right) = (site.start(), site.start());
    let (cast, other) = (site.cast(&left), site.cast(&right));
    let changes: Vec<Value> =
        (0..24).map(|n| cast.pipeline.submit(&held_by_one(&format!("orders_{n}")))).collect();
    // Answers that arrive from just before to just after the end of each hold.
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let answering: Vec<_> = changes
            .iter()
            .enumerate()
            .map(|(n, change)| {
                let ada = if n % 2 == 0 { &cast.ada } else { &other.ada };
                scope.spawn(move || {
                    let pause = Duration::from_millis(n as u64 * 60);
                    std::thread::sleep(pause);
                    ada.answer(change, "approve").unwrap()
                })
            })
            .collect();
        answering.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    until("none is held any more", || {
        changes.iter().all(|change| cast.ada.state(change["id"].as_str().unwrap()) != "held")
    });
    let mut approved = 0;
    for (change, answer) in changes.iter().zip(&answers) {
        let now = cast.ada.change(change["id"].as_str().unwrap());
        match answer.status {
            200 => assert_eq!(now["state"], "approved", "{now}"),
            409 => assert_eq!(now["state"], "expired", "{} {now}", answer.text),
            _ => panic!("{}", answer.text),
        }
        approved += usize::from(answer.status == 200);
    }
    println!("{approved} of 24 were in time");
}

const TARGET: &str = "HOLDPOINT_TEST_CLAIM";

/// Not a test by itself: one process of the race below. Reads changes, one a line, and claims each as fast as it can.
#[test]
#[expect(clippy::disallowed_methods, reason = "how a test program tells its own second copy what to do")]
fn claimer() {
    let Ok(target) = std::env::var(TARGET) else { return };
    let [url, token, number] = target.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let client = Client::with_token(url, token);
    let mut lines = std::io::stdin().lock().lines().map(Result::unwrap);
    let changes: Vec<Value> =
        lines.by_ref().take_while(|l| !l.is_empty()).map(|l| serde_json::from_str(&l).unwrap()).collect();
    println!("ready");
    let _ = lines.next();
    for (n, change) in changes.iter().enumerate() {
        let attempt = attempt(number.parse::<u128>().unwrap() * 1_000 + n as u128);
        let answer = client.claim(change, &attempt).unwrap();
        println!("claimed {n} {} {attempt}", answer.status);
    }
}

#[test]
fn claims_from_many_processes_over_two_replicas() {
    let Some(site) = Site::new("claims_from_many_processes_over_two_replicas") else { return };
    let (left, right) = (site.start(), site.start());
    let cast = site.cast(&left);
    let changes: Vec<Value> = (0..12).map(|n| cast.pipeline.submit(&open(&format!("queue_{n}")))).collect();
    let mut claimers: Vec<_> = (0..6)
        .map(|n| {
            let url = if n % 2 == 0 { left.url() } else { right.url() };
            let target = format!("{url} {} {n}", site.token("pipeline"));
            let mut child = second_self("race::claimer");
            let mut child =
                child.env(TARGET, target).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            let input = child.stdin.as_mut().unwrap();
            for change in &changes {
                writeln!(input, "{change}").unwrap();
            }
            writeln!(input).unwrap();
            let output = BufReader::new(child.stdout.take().unwrap());
            (child, output)
        })
        .collect();
    for (_, output) in &mut claimers {
        let mut line = String::new();
        while !line.ends_with("ready\n") {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "a claimer ended before the race");
        }
    }
    for (child, _) in &mut claimers {
        writeln!(child.stdin.as_mut().unwrap(), "go").unwrap();
    }
    let mut winners: Vec<Vec<String>> = vec![Vec::new(); changes.len()];
    for (mut child, mut output) in claimers {
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        child.wait().unwrap();
        let mut claims = 0;
        for line in text.lines().filter_map(|line| line.split_once("claimed ")).map(|(_, rest)| rest) {
            let [n, status, attempt] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            claims += 1;
            match status {
                "200" => winners[n.parse::<usize>().unwrap()].push(attempt.to_owned()),
                "409" => {}
                _ => panic!("{line}"),
            }
        }
        assert_eq!(claims, changes.len(), "{text}");
    }
    for (change, winners) in changes.iter().zip(&winners) {
        assert_eq!(winners.len(), 1, "exactly one of six processes wins");
        assert_eq!(
            cast.pipeline.change(change["id"].as_str().unwrap())["attempt"]["id"],
            winners[0].as_str()
        );
    }
}

#[test]
fn withdraw_against_claim() {
    let Some(site) = Site::new("withdraw_against_claim") else { return };
    let (left, right) = (site.start(), site.start());
    let (cast, other) = (site.cast(&left), site.cast(&right));
    for n in 0..15 {
        let change = cast.pipeline.submit(&held_by_one(&format!("orders_{n}")));
        cast.ada.approve(&change);
        let path = format!("/v1/changes/{}/withdrawal", change["id"].as_str().unwrap());
        let withdraw = || other.pipeline.call("POST", &path, &[], Some(b""));
        let [claim, withdrawal] = both(|| cast.pipeline.claim(&change, &attempt(n)), withdraw);
        match cast.pipeline.state(change["id"].as_str().unwrap()).as_str() {
            "executing" => {
                assert_eq!((claim.status, withdrawal.status), (200, 409), "{claim:?} {withdrawal:?}")
            }
            "withdrawn" => {
                assert_eq!((claim.status, withdrawal.status), (409, 200), "{claim:?} {withdrawal:?}")
            }
            other => panic!("{other}"),
        }
    }
}
