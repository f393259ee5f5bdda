//! Server-sent events: in the order of the ledger, and resumed where they broke off.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use holdpoint_tests::{Site, attempt, held_by_one};

/// Reads a stream until an event of this kind has come; every id and kind until then.
fn read(url: &str, token: &str, id: &str, after: Option<i64>, until: &str) -> Vec<(i64, String)> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let resume = after.map(|index| format!("last-event-id: {index}\r\n")).unwrap_or_default();
    let request = format!(
        "GET /v1/changes/{id}/events HTTP/1.1\r\nhost: holdpoint\r\nauthorization: Bearer {token}\r\n{resume}\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let (mut found, mut index) = (Vec::new(), -1);
    for line in BufReader::new(stream).lines() {
        let line = line.expect("the stream was silent for 30 seconds");
        let mut kind = None;
        for field in line.split('\n') {
            if let Some(text) = field.strip_prefix("id:") {
                index = text.trim().parse().unwrap();
            }
            kind = field.strip_prefix("event:").map(|text| text.trim().to_owned()).or(kind);
        }
        if let Some(kind) = kind {
            found.push((index, kind));
        }
        // The fields of an event may come in any order; the empty line ends it.
        if line.is_empty() && found.last().is_some_and(|(_, kind)| kind == until) {
            return found;
        }
    }
    panic!("the stream ended after {found:?}");
}

#[test]
fn a_stream_tells_everything_and_resumes() {
    let Some(site) = Site::new("a_stream_tells_everything_and_resumes") else { return };
    let (mut left, right) = (site.start(), site.start());
    let cast = site.cast(&right);
    let token = site.token("pipeline");
    let change = cast.pipeline.submit(&held_by_one("orders"));
    let id = change["id"].as_str().unwrap();
    let first = std::thread::scope(|scope| {
        let reading = scope.spawn(|| read(&left.url(), token, id, None, "change.approved"));
        std::thread::sleep(Duration::from_millis(500));
        cast.ada.approve(&change);
        reading.join().unwrap()
    });
    let kinds: Vec<&str> = first.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, ["change.held", "approval.approve", "change.approved"]);

    left.kill9();
    let _ = cast.pipeline.claim(&change, &attempt(1)).unwrap().expect(200);
    let _ = cast.pipeline.report(&change, &attempt(1), "applied").unwrap().expect(200);
    left.restart();
    let after = first.last().map(|(index, _)| *index);
    let rest = read(&left.url(), token, id, after, "change.applied");
    let kinds: Vec<&str> = rest.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, ["change.executing", "change.applied"], "nothing twice, nothing left out");
    assert!(rest.iter().all(|(index, _)| Some(*index) > after));
}
