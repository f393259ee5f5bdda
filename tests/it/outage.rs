//! The database goes away: no verdict without a record, a clear word to the caller, and recovery by itself.

use std::process::Stdio;
use std::time::{Duration, Instant};

use holdpoint_tests::{
    Client, Daemon, Ended, Postgres, Scratch, Site, held, kill9_in, open, server_in, until,
};
use serde_json::json;

#[test]
fn postgres_stopped_for_a_while() {
    let Some(postgres) = Postgres::own("postgres_stopped_for_a_while") else { return };
    let site = Site::on(&postgres, "postgres_stopped_for_a_while");
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let change = cast.pipeline.submit(&held("orders"));
    std::fs::write(site.dir().join("other.json"), held("other").to_string()).unwrap();
    let waiting = site
        .cli(&daemon, "pipeline", &["wait", change["id"].as_str().unwrap(), "--output", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));

    postgres.stop();
    let bodies = json!({ "digest": change["digest"], "answer": "approve", "comment": "yes" });
    let from = Instant::now();
    for (what, answer) in [
        ("submit", cast.pipeline.try_submit(&open("lost"), Some("lost"))),
        (
            "approve",
            cast.ada.post(&format!("/v1/changes/{}/approvals", change["id"].as_str().unwrap()), &bodies),
        ),
        ("show", cast.pipeline.get(&format!("/v1/changes/{}", change["id"].as_str().unwrap()))),
        (
            "a wrong token",
            cast.nobody.clone().with("authorization", "Bearer hp_pipeline_x").get("/v1/changes"),
        ),
        ("readyz", cast.nobody.get("/readyz")),
    ] {
        let answer = answer.unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(answer.status, 503, "{what}: {}", answer.text);
        assert!(
            answer.header("retry-after").is_some_and(|after| after.parse::<u32>().is_ok()),
            "{what}: {answer:?}"
        );
        assert_eq!(answer.code(), "database_unavailable", "{what}");
    }
    println!("five calls were refused in {:?}", from.elapsed());
    assert!(from.elapsed() < Duration::from_secs(50), "a call is never held for longer than its bound");
    assert_eq!(cast.nobody.get("/healthz").unwrap().status, 200, "the process itself is alive");
    // Without a --wait the command line gives up after ten seconds, and says which it was.
    let refused = site.run(&daemon, "pipeline", &["submit", "other.json"]).expect(69);
    assert!(refused.err.contains("database"), "{}", refused.err);

    postgres.start_again();
    let from = Instant::now();
    until("ready again", || cast.nobody.get("/readyz").is_some_and(|answer| answer.status == 200));
    println!("ready {:?} after the database came back", from.elapsed());
    assert_eq!(
        cast.ada.change(change["id"].as_str().unwrap())["approvals"],
        json!([]),
        "what was refused left nothing"
    );
    let all = cast.pipeline.get("/v1/changes").unwrap().expect(200);
    assert_eq!(all["changes"].as_array().unwrap().len(), 1, "{all}");
    cast.ada.approve(&change);
    cast.grace.approve(&change);
    let ended = Ended::from(waiting.wait_with_output().unwrap()).expect(0);
    assert_eq!(ended.json()["state"], "approved", "{}", ended.err);
}

#[test]
fn postgres_restarted_under_a_waiting_call() {
    let Some(postgres) = Postgres::own("postgres_restarted_under_a_waiting_call") else { return };
    let site = Site::on(&postgres, "postgres_restarted_under_a_waiting_call");
    let (first, second) = (site.start(), site.start());
    let cast = site.cast(&first);
    let change = cast.pipeline.submit(&held("orders"));
    let id = change["id"].as_str().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| cast.pipeline.wait(id, 40));
        std::thread::sleep(Duration::from_millis(300));
        postgres.stop();
        postgres.start_again();
        // Approved at the other replica: the waiter's own must have found its way back to the news.
        let (ada, grace) = (cast.ada.at(&second.url()), cast.grace.at(&second.url()));
        until("ada's answer is taken", || ada.answer(&change, "approve").is_some_and(|a| a.status == 200));
        until("grace's answer is taken", || {
            grace.answer(&change, "approve").is_some_and(|a| a.status == 200)
        });
        let from = Instant::now();
        let answer = waiting.join().unwrap().expect("the waiting call was dropped");
        assert_eq!(answer.expect(200)["state"], "approved");
        println!("told {:?} after the decision", from.elapsed());
        assert!(from.elapsed() < Duration::from_secs(10));
    });
}

#[test]
fn the_private_postgres_is_started_again_when_it_dies() {
    if Postgres::shared("the_private_postgres_is_started_again_when_it_dies").is_none() {
        return;
    }
    let scratch = Scratch::new("private");
    let (dir, base) = (scratch.path(), scratch.path().join("postgres"));
    let settings = format!("data_dir = {:?}\n", dir.display().to_string());
    let mut daemon = Daemon::start(dir, "private", &settings);
    let client = Client::anonymous(&daemon.url());
    for round in 0..3 {
        let killed = server_in(&base);
        kill9_in(&base);
        let from = Instant::now();
        until("another server runs", || server_in(&base).is_some_and(|server| Some(server) != killed));
        let started = from.elapsed();
        until("ready again", || client.get("/readyz").is_some_and(|answer| answer.status == 200));
        println!(
            "round {round}: started {started:?}, ready {:?} after kill -9 of the private Postgres",
            from.elapsed()
        );
    }
    // A killed daemon leaves the server running, and the next one attaches to it.
    let server = server_in(&base);
    daemon.kill9();
    let from = Instant::now();
    daemon.restart();
    println!("ready {:?} after kill -9 of the daemon", from.elapsed());
    assert_eq!(server_in(&base), server);
    daemon.stop();
    assert_eq!(server_in(&base), None, "the last daemon stops its Postgres");
}
