//! What earlier changes taught: resources of other workspaces that depend on what a change destroys, names that exist
//! already, and what happens when the inventory is empty, stale, contradicted, slow or down.

use holdpoint_tests::{Client, Site, attempt, plan, resource, until};
use serde_json::{Value, json};

const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shared/0123456789abcdef";

/// A plan in which nothing happens to resources that exist.
fn standing(resources: &[(&str, &str, Value)]) -> Value {
    let same = |(kind, name, values): &(&str, &str, Value)| {
        resource(kind, name, &["no-op"], values.clone(), values.clone())
    };
    plan(resources.iter().map(same).collect())
}

fn submit(who: &Client, workspace: &str, serial: u64, plan: &Value) -> Value {
    let path = format!(
        "/v1/changes?format=terraform&workspace={workspace}&lineage=l-{workspace}&serial={serial}&plan_sha256={}",
        "ab".repeat(32)
    );
    let headers = [("content-type", "application/json")];
    let answer = who.call("POST", &path, &headers, Some(plan.to_string().as_bytes())).unwrap();
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
    answer.json()
}

fn rules(change: &Value) -> Vec<&str> {
    change["reasons"].as_array().unwrap().iter().map(|reason| reason["rule"].as_str().unwrap()).collect()
}

/// An agent that an operator registered for staging.
fn staging(site: &Site, daemon: &holdpoint_tests::Daemon) -> Client {
    let olive = site.cast(daemon).olive;
    let body =
        json!({ "name": "stager", "kind": "agent", "environment": "staging", "operator": site.id("olive") });
    let made = olive.post("/v1/agents", &body).unwrap().expect(201);
    Client::with_token(&daemon.url(), made["token"].as_str().unwrap())
}

fn balancer() -> Value {
    json!({ "id": ARN, "arn": ARN, "name": "shared", "load_balancer_type": "application" })
}

fn listener() -> Value {
    json!({
        "id": "listener-1", "load_balancer_arn": ARN, "port": 443, "protocol": "HTTPS",
        "tags": { "Environment": "production" },
    })
}

fn learnt(site: &Site, workspace: &str, resources: usize) {
    until("the inventory has learnt", || {
        let count = format!(
            "select count(*) from holdpoint.inventory_resources where workspace = '{workspace}' and present"
        );
        site.database.ask(&count) == resources.to_string()
    });
}

#[test]
fn what_depends_on_it_in_another_workspace_decides_its_environment() {
    let Some(site) = Site::new("what_depends_on_it_in_another_workspace") else { return };
    let daemon = site.start();
    let (cast, stager) = (site.cast(&daemon), staging(&site, &daemon));
    let destroy = plan(vec![resource("aws_lb", "dev_shared", &["delete"], balancer(), Value::Null)]);
    let before = submit(&stager, "net-dev", 1, &destroy);
    assert_eq!(before["facts"]["environment"]["is"], "staging", "{before}");

    let allowed = submit(&cast.pipeline, "shop", 3, &standing(&[("aws_lb_listener", "shop", listener())]));
    assert_eq!(allowed["state"], "allowed");
    learnt(&site, "shop", 1);
    let after = submit(&stager, "net-dev", 2, &destroy);
    let facts = &after["facts"];
    assert_eq!(facts["environment"]["is"], "production", "{facts}");
    assert!(facts["environment"]["evidence"].to_string().contains("aws_lb_listener.shop"), "{facts}");
    assert_eq!(facts["radius"]["hops"], json!([1]), "{facts}");
    assert_eq!(facts["radius"]["listed"][1]["workspace"], "shop");
    assert!(rules(&after).contains(&"R17"), "{after}");
}

#[test]
fn a_create_for_what_exists_is_held() {
    let Some(site) = Site::new("a_create_for_what_exists") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let queue = json!({ "id": "https://sqs.eu-west-1.amazonaws.com/111122223333/orders", "name": "orders" });
    assert_eq!(
        submit(&cast.pipeline, "shop", 3, &standing(&[("aws_sqs_queue", "orders", queue.clone())]))["state"],
        "allowed"
    );
    learnt(&site, "shop", 1);
    let again = plan(vec![resource(
        "aws_sqs_queue",
        "orders",
        &["create"],
        Value::Null,
        json!({ "name": "orders" }),
    )]);
    let held = submit(&cast.other, "shop", 3, &again);
    assert_eq!(held["state"], "held", "{held}");
    assert!(rules(&held).contains(&"R4"), "{held}");
    // Something new passes, and so does the same in a workspace of its own.
    let new = plan(vec![resource(
        "aws_sqs_queue",
        "parcels",
        &["create"],
        Value::Null,
        json!({ "name": "parcels" }),
    )]);
    assert_eq!(submit(&cast.other, "shop", 3, &new)["state"], "allowed");
    assert_eq!(submit(&cast.other, "elsewhere", 1, &again)["state"], "allowed");
}

#[test]
fn an_inventory_that_does_not_answer_is_said_and_not_taken_for_empty() {
    let Some(site) = Site::new("an_inventory_that_does_not_answer") else { return };
    let site = site.with("facts.timeout_milliseconds = 1000");
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let delete = |name: &str| {
        let before = json!({ "id": name, "name": name });
        plan(vec![resource("time_static", name, &["delete"], before, Value::Null)])
    };
    assert_eq!(submit(&cast.pipeline, "shop", 1, &delete("first"))["state"], "allowed");

    // Somebody holds the table: the look-up gets no answer.
    let lock = site.database.hold("lock table holdpoint.inventory_resources in access exclusive mode");
    let held = submit(&cast.pipeline, "shop", 1, &delete("second"));
    assert_eq!(held["state"], "held", "{held}");
    assert!(rules(&held).contains(&"R20"), "{held}");
    assert!(held["facts"]["asked"].to_string().contains("no answer within 1000 ms"), "{}", held["facts"]);
    // An ordinary change that destroys nothing does not even ask.
    let tag = resource("time_static", "third", &["update"], json!({ "a": 1 }), json!({ "a": 2 }));
    assert_eq!(submit(&cast.pipeline, "shop", 1, &plan(vec![tag]))["state"], "allowed");
    drop(lock);
    // The silence was no answer: the next one is asked for anew.
    until("it answers again", || {
        let name = format!("again_{}", std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos());
        submit(&cast.pipeline, "shop", 1, &delete(&name))["state"] == "allowed"
    });
}

#[test]
fn a_thinner_plan_hides_no_dependents_and_an_applied_one_removes_them() {
    let Some(site) = Site::new("a_thinner_plan_hides_no_dependents") else { return };
    let daemon = site.start();
    let (cast, stager) = (site.cast(&daemon), staging(&site, &daemon));
    let _ = submit(&cast.pipeline, "shop", 3, &standing(&[("aws_lb_listener", "shop", listener())]));
    learnt(&site, "shop", 1);
    // A plan that leaves the listener out says little: it may have been made by somebody who wants it forgotten.
    let queue = json!({ "id": "q", "name": "orders" });
    let _ = submit(&cast.other, "shop", 4, &standing(&[("aws_sqs_queue", "orders", queue)]));
    until("the queue is known", || {
        let known =
            "select count(*) from holdpoint.inventory_resources where address = 'aws_sqs_queue.orders'";
        site.database.ask(known) == "1"
    });
    let destroy = |n: u64| {
        let mut values = balancer();
        values["tags"] = json!({ "n": n.to_string() });
        plan(vec![resource("aws_lb", "dev_shared", &["delete"], values, Value::Null)])
    };
    let still = submit(&stager, "net-dev", 1, &destroy(1));
    assert_eq!(still["facts"]["environment"]["is"], "production", "{}", still["facts"]);

    // The listener really goes.
    let gone = plan(vec![resource("aws_lb_listener", "shop", &["delete"], listener(), Value::Null)]);
    let change = submit(&cast.pipeline, "shop", 5, &gone);
    assert_eq!(change["state"], "held", "{change}");
    let missing = change["missing"][0]["count"].as_u64().unwrap();
    for person in [&cast.ada, &cast.grace].into_iter().take(usize::try_from(missing).unwrap()) {
        person.approve(&change);
    }
    let _ = cast.pipeline.claim(&change, &attempt(1)).unwrap().expect(200);
    let _ = cast.pipeline.report(&change, &attempt(1), "applied").unwrap().expect(200);
    let after = submit(&stager, "net-dev", 2, &destroy(2));
    assert_eq!(after["facts"]["environment"]["is"], "staging", "{}", after["facts"]);
}
