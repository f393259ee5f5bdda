//! A thousand wait for one change.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use holdpoint_tests::{Site, held_by_one, until};

const WAITERS: usize = 1_000;

#[test]
fn a_thousand_waiters_are_all_released() {
    let Some(site) = Site::new("a_thousand_waiters_are_all_released") else { return };
    let site = site.with("limits.wait_seconds = 120");
    let (left, right) = (site.start(), site.start());
    let cast = site.cast(&left);
    let change = cast.pipeline.submit(&held_by_one("orders"));
    let request = format!(
        "GET /v1/changes/{} HTTP/1.1\r\nhost: holdpoint\r\nauthorization: Bearer {}\r\nprefer: wait=100\r\nconnection: close\r\n\r\n",
        change["id"].as_str().unwrap(),
        site.token("pipeline")
    );
    let mut waiting: Vec<TcpStream> = Vec::with_capacity(WAITERS);
    for _ in 0..WAITERS {
        let mut stream = TcpStream::connect(left.url().trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        waiting.push(stream);
    }
    let figure = |name: &str| {
        let page = cast.nobody.get("/metrics").unwrap().text;
        let line = page.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        line.and_then(|line| line.split_whitespace().last()?.parse::<f64>().ok())
            .unwrap_or_else(|| panic!("{page}"))
    };
    until("all of them wait", || figure("holdpoint_waiters") >= WAITERS as f64);

    // Approved at the other replica.
    let from = Instant::now();
    cast.ada.at(&right.url()).approve(&change);
    let decided = from.elapsed();
    let mut late = Vec::with_capacity(WAITERS);
    for mut stream in waiting {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        late.push(from.elapsed());
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"state\":\"approved\""), "{answer}");
    }
    println!(
        "approval answered after {decided:?}; the first waiter read after {:?}, the last after {:?}",
        late[0],
        late[WAITERS - 1]
    );
    until("nobody is left behind", || figure("holdpoint_waiters") == 0.0);
}
