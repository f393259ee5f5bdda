//! Looking again before a grant is claimed: what became graver voids the approvals, what stayed the same keeps them.

use holdpoint_tests::{Client, Site, attempt, plan, resource, until};
use serde_json::{Value, json};

const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shared/0123456789abcdef";

fn path(workspace: &str, serial: u64, sha: &str) -> String {
    format!(
        "/v1/changes?format=terraform&workspace={workspace}&lineage=l-{workspace}&serial={serial}&plan_sha256={sha}"
    )
}

fn submit(who: &Client, path: &str, plan: &Value) -> Value {
    let headers = [("content-type", "application/json")];
    let answer = who.call("POST", path, &headers, Some(plan.to_string().as_bytes())).unwrap();
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
    answer.json()
}

fn destroy() -> Value {
    let balancer = json!({ "id": ARN, "arn": ARN, "name": "shared" });
    plan(vec![resource("aws_lb", "shared", &["delete"], balancer, Value::Null)])
}

fn claim(who: &Client, change: &Value, n: u128, serial: u64, sha: &str) -> holdpoint_tests::Answer {
    let source = json!({ "plan_sha256": sha, "lineage": "l-net", "serial": serial, "workspace": "net" });
    let body =
        json!({ "attempt": attempt(n), "digest": change["digest"], "source": source, "command": "true" });
    who.post(&format!("/v1/changes/{}/claim", change["id"].as_str().unwrap()), &body).unwrap()
}

#[test]
fn a_new_dependent_voids_the_approvals_and_is_named() {
    let Some(site) = Site::new("a_new_dependent_voids_the_approvals") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let sha = "ab".repeat(32);
    let change = submit(&cast.pipeline, &path("net", 1, &sha), &destroy());
    assert_eq!(change["state"], "held", "{change}");
    cast.ada.approve(&change);
    let id = change["id"].as_str().unwrap();
    assert_eq!(cast.pipeline.state(id), "approved");

    // In the meantime another workspace begins to depend on it.
    let listener = json!({ "id": "listener-1", "load_balancer_arn": ARN, "port": 443 });
    let same = resource("aws_lb_listener", "shop", &["no-op"], listener.clone(), listener);
    let _ = submit(&cast.other, &path("shop", 1, &sha), &plan(vec![same]));
    until("the inventory has learnt", || {
        let count = "select count(*) from holdpoint.inventory_resources where workspace = 'shop'";
        site.database.ask(count) == "1"
    });
    let refused = claim(&cast.pipeline, &change, 1, 1, &sha);
    assert_eq!((refused.status, refused.code().as_str()), (409, "facts_changed"), "{}", refused.text);
    assert!(refused.text.contains("dependents: was 0, is now 1"), "{}", refused.text);
    assert_eq!(cast.pipeline.state(id), "withdrawn");
    // Handed in again it is a new change, which nobody has approved.
    let again = submit(&cast.pipeline, &path("net", 1, &sha), &destroy());
    assert!(again["id"] != change["id"] && again["state"] == "held", "{again}");
    let events = cast.ada.get(&format!("/changes/{id}")).map(|page| page.status);
    assert!(events.is_some());
}

#[test]
fn a_plan_made_anew_with_the_same_effects_keeps_its_approvals() {
    let Some(site) = Site::new("a_plan_made_anew") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let (first, second) = ("ab".repeat(32), "cd".repeat(32));
    let change = submit(&cast.pipeline, &path("net", 1, &first), &destroy());
    cast.ada.approve(&change);
    // The same effects in a new plan are the same change, approvals and all.
    let anew = submit(&cast.pipeline, &path("net", 2, &second), &destroy());
    assert_eq!((&anew["id"], anew["state"].as_str()), (&change["id"], Some("approved")), "{anew}");
    let _ = claim(&cast.pipeline, &change, 1, 2, &second).expect(200);
}

#[test]
fn a_state_that_went_on_voids_the_approvals_of_an_older_plan() {
    let Some(site) = Site::new("a_state_that_went_on") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let sha = "ab".repeat(32);
    let change = submit(&cast.pipeline, &path("net", 1, &sha), &destroy());
    cast.ada.approve(&change);
    let queue = resource("aws_sqs_queue", "orders", &["create"], Value::Null, json!({ "name": "orders" }));
    let other = submit(&cast.other, &path("net", 5, &sha), &plan(vec![queue]));
    assert_eq!(other["state"], "allowed", "{other}");
    let refused = claim(&cast.pipeline, &change, 1, 1, &sha);
    assert_eq!((refused.status, refused.code().as_str()), (409, "facts_changed"), "{}", refused.text);
    assert!(refused.text.contains("went back from serial 5 to serial 1"), "{}", refused.text);
}

#[test]
fn a_silent_inventory_refuses_the_claim_and_voids_nothing() {
    let Some(site) = Site::new("a_silent_inventory_refuses_the_claim") else { return };
    let site = site.with("facts.timeout_milliseconds = 500");
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let sha = "ab".repeat(32);
    let change = submit(&cast.pipeline, &path("net", 1, &sha), &destroy());
    assert_eq!(change["facts"]["asked"][0]["answered"], true, "{change}");
    cast.ada.approve(&change);
    let lock = site.database.hold("lock table holdpoint.inventory_resources in access exclusive mode");
    let refused = claim(&cast.pipeline, &change, 1, 1, &sha);
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(cast.pipeline.state(change["id"].as_str().unwrap()), "approved");
    drop(lock);
    let _ = claim(&cast.pipeline, &change, 1, 1, &sha).expect(200);
}
