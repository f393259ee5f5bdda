//! An outcome that was lost is resolved by a person who looked, never by asking again.

use holdpoint_tests::{Site, attempt, open, until};
use serde_json::json;

#[test]
fn a_person_resolves_an_unknown_outcome() {
    let Some(site) = Site::new("a_person_resolves_an_unknown_outcome") else { return };
    let site = site.with("times.lease_seconds = 5");
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let change = cast.pipeline.submit(&open("lost"));
    let id = change["id"].as_str().unwrap();
    let path = format!("/v1/changes/{id}/resolution");
    let looked = json!({ "outcome": "applied", "comment": "the plan shows no difference any more" });
    assert_eq!(cast.pipeline.claim(&change, &attempt(0)).unwrap().status, 200);
    assert_eq!(cast.ada.post(&path, &looked).unwrap().status, 409, "it may still be at work");
    until("the outcome counts as unknown", || cast.pipeline.state(id) == "unknown");
    assert_eq!(cast.pipeline.post(&path, &looked).unwrap().status, 403, "the requester has its own report");
    assert_eq!(cast.ada.post(&path, &json!({ "outcome": "applied", "comment": " " })).unwrap().status, 400);
    assert_eq!(cast.ada.post(&path, &json!({ "outcome": "unknown", "comment": "?" })).unwrap().status, 400);
    let resolved = cast.ada.post(&path, &looked).unwrap().expect(200);
    assert_eq!(resolved["state"], "applied");
    assert_eq!(resolved["attempt"]["detail"], "the plan shows no difference any more");
    assert_eq!(cast.ada.post(&path, &looked).unwrap().status, 409, "it is final");
}
