//! AWS's own test suite.

use holdpoint_cloud::verify::{self, Body, Request};
use serde_json::Value;
use time::macros::datetime;

#[test]
fn the_official_vectors_verify() {
    let cases = include_str!("../../../../tests/cases/aws/sigv4/cases.jsonl");
    let mut verified = 0;
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| case[name].as_str().unwrap().to_owned();
        let mut headers: Vec<(String, String)> = serde_json::from_value(case["headers"].clone()).unwrap();
        for header in &mut headers {
            header.0 = header.0.to_lowercase();
        }
        headers.push(("authorization".to_owned(), text("authorization")));
        let (method, path, query, body) = (text("method"), text("path"), text("query"), text("body"));
        let request = Request { method: &method, path: &path, query: &query, headers: &headers };
        let claim = verify::read(&request).unwrap_or_else(|error| panic!("{line}: {error}"));
        claim
            .verify(
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                datetime!(2015-08-30 12:36 UTC),
                Body::Whole(body.as_bytes()),
            )
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        verified += 1;
    }
    assert_eq!(verified, 24);
}
