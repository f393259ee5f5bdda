//! What was said is bound to exactly the bytes it was said of.

use holdpoint_tests::{Site, attempt, held, open};
use serde_json::{Value, json};

fn id(change: &Value) -> &str {
    change["id"].as_str().unwrap()
}

#[test]
fn a_key_belongs_to_its_bytes_and_its_requester() {
    let Some(site) = Site::new("a_key_belongs_to_its_bytes_and_its_requester") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let first = cast.pipeline.try_submit(&held("orders"), Some("k")).unwrap();
    assert_eq!(first.status, 201);
    assert_eq!(first.header("location"), Some(format!("/v1/changes/{}", id(&first.json())).as_str()));
    let again = cast.pipeline.try_submit(&held("orders"), Some("k")).unwrap();
    assert_eq!(
        (again.status, id(&again.json())),
        (200, id(&first.json())),
        "the same bytes give the same change"
    );
    let clash = cast.pipeline.try_submit(&held("customers"), Some("k")).unwrap();
    assert_eq!((clash.status, clash.code().as_str()), (409, "idempotency_conflict"), "{}", clash.text);
    assert!(!clash.text.contains(id(&first.json())), "and never show somebody's old change");
    let other = cast.other.try_submit(&held("customers"), Some("k")).unwrap();
    assert_eq!(other.status, 201, "another requester's key is another key");
    assert_ne!(id(&other.json()), id(&first.json()));
    let meant_again = cast.pipeline.try_submit(&held("orders"), Some("k2")).unwrap();
    assert_eq!(
        (meant_again.status, id(&meant_again.json())),
        (200, id(&first.json())),
        "no second page to the reviewers"
    );
}

#[test]
fn an_answer_to_another_digest_is_refused() {
    let Some(site) = Site::new("an_answer_to_another_digest_is_refused") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let (change, other) = (cast.pipeline.submit(&held("orders")), cast.pipeline.submit(&held("customers")));
    let mut mixed = change.clone();
    mixed["digest"] = other["digest"].clone();
    for answer in ["approve", "reject"] {
        let refused = cast.ada.answer(&mixed, answer).unwrap();
        assert_eq!((refused.status, refused.code().as_str()), (409, "stale_digest"), "{}", refused.text);
    }
    assert_eq!(cast.ada.change(id(&change))["approvals"], json!([]));
}

#[test]
fn a_claim_of_another_digest_or_state_is_refused() {
    let Some(site) = Site::new("a_claim_of_another_digest_or_state_is_refused") else { return };
    let daemon = site.start();
    let pipeline = site.cast(&daemon).pipeline;
    let plan = open("queue").to_string();
    let path = "/v1/changes?lineage=6c3a4b1e-0000-4000-8000-000000000001&serial=7";
    let change =
        pipeline.call("POST", path, &[("content-type", "application/json")], Some(plan.as_bytes())).unwrap();
    let change = change.expect(201);
    let mut wrong = change.clone();
    wrong["digest"] = Value::from("0".repeat(64));
    let refused = pipeline.claim(&wrong, &attempt(1)).unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (409, "other_digest"), "{}", refused.text);
    // An older state, or another one. A newer serial is a plan made anew, which keeps its approvals.
    for (field, value) in [("serial", json!(6)), ("lineage", json!("6c3a4b1e-0000-4000-8000-000000000002"))] {
        let mut moved = change.clone();
        moved["source"][field] = value;
        let refused = pipeline.claim(&moved, &attempt(2)).unwrap();
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "other_state"),
            "{field}: {}",
            refused.text
        );
    }
    assert_eq!(pipeline.claim(&change, &attempt(3)).unwrap().status, 200);
    let second = pipeline.claim(&change, &attempt(4)).unwrap();
    assert_eq!((second.status, second.code().as_str()), (409, "already_claimed"), "{}", second.text);
}

#[test]
fn nobody_releases_their_own() {
    let Some(site) = Site::new("nobody_releases_their_own") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let change = cast.agent.submit(&held("orders"));
    for (who, why) in [(&cast.olive, "the agent's operator"), (&cast.eve, "a person of no group")] {
        let refused = who.answer(&change, "approve").unwrap();
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "not_entitled"),
            "{why}: {}",
            refused.text
        );
    }
    cast.ada.approve(&change);
    cast.ada.approve(&change);
    assert_eq!(cast.agent.state(id(&change)), "held", "one person counts once");
    assert_eq!(cast.agent.claim(&change, &attempt(1)).unwrap().status, 409);
    cast.grace.approve(&change);
    assert_eq!(cast.agent.state(id(&change)), "approved");
    assert_eq!(
        cast.pipeline.claim(&change, &attempt(2)).unwrap().status,
        404,
        "it is not another's to carry out"
    );
    assert_eq!(cast.agent.claim(&change, &attempt(3)).unwrap().status, 200);
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let Some(site) = Site::new("what_cannot_be_read_is_refused_by_name") else { return };
    let site = site.with("limits.body_bytes = 100000");
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let send = |body: &[u8]| cast.pipeline.call("POST", "/v1/changes", &[], Some(body)).unwrap();
    let state = br#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","resources":[]}"#;
    let mut newer = open("queue");
    newer["format_version"] = json!("3.0");
    for (what, body) in [
        ("a state file", state.to_vec()),
        ("a newer format", newer.to_string().into_bytes()),
        ("half a plan", open("queue").to_string().into_bytes()[..80].to_vec()),
        ("not UTF-8", vec![b'{', 0xff, 0xfe]),
        ("nothing", Vec::new()),
        ("deep nesting", vec![b'['; 50_000]),
    ] {
        let answer = send(&body);
        assert_eq!(answer.status, 422, "{what}: {}", answer.text);
        assert!(!answer.code().is_empty() && answer.text.len() < 2_000, "{what}: {}", answer.text);
    }
    // With this header the client listens before it sends what would be thrown away.
    let polite = [("expect", "100-continue")];
    let long = cast.pipeline.call("POST", "/v1/changes", &polite, Some(&vec![b' '; 200_000])).unwrap();
    assert_eq!((long.status, long.code().as_str()), (413, "too_large"));
    let all = cast.pipeline.get("/v1/changes").unwrap().expect(200);
    assert_eq!(all["changes"], json!([]), "nothing of it is recorded");
}
