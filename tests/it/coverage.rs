//! Every route of the API's own description: refused without the right credential, and every one that changes
//! something leaves an entry in the ledger.

use holdpoint_tests::fake_ssm::{FakeSsm, Script};
use holdpoint_tests::{Cast, Client, Site, attempt, held, open, settled, until};
use serde_json::{Value, json};

/// A machine that commands are run on.
const MACHINE: &str = "i-0123456789abcdef0";

/// A method and a path as the description has them, with who may call.
struct Route {
    method: String,
    path: String,
    requester: bool,
    person: bool,
}

fn routes(client: &Client) -> Vec<Route> {
    let document = client.get("/openapi.json").unwrap().expect(200);
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let may = |kind: &str| {
                operation["security"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one.get(kind).is_some()))
            };
            let (requester, person) = (may("requester"), may("person"));
            routes.push(Route { method: method.to_uppercase(), path: path.clone(), requester, person });
        }
    }
    routes
}

impl Route {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The path with something in its gaps.
    fn filled(&self, change: &str) -> String {
        let id = match self.path.split('/').nth(2) {
            Some("agents") => "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV",
            Some("freeze") => "frz_01ARZ3NDEKTSV4RRFFQ69G5FAV",
            _ => change,
        };
        self.path.replace("{id}", id).replace("{index}", "0")
            + if self.path.ends_with("consistency") { "?from=1" } else { "" }
    }

    fn call(&self, client: &Client, change: &str) -> (u16, String) {
        let body = (self.method != "GET").then_some(b"{}".as_slice());
        let headers = [("content-type", "application/json")];
        let answer = client.call(&self.method, &self.filled(change), &headers, body).unwrap();
        (answer.status, answer.text)
    }
}

#[test]
fn every_route_refuses_who_has_no_right() {
    let Some(site) = Site::new("every_route_refuses_who_has_no_right") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let change = cast.pipeline.submit(&held("orders"));
    let change = change["id"].as_str().unwrap();
    let url = daemon.url();
    let wrong = [
        ("nobody", cast.nobody.clone()),
        ("an empty token", Client::with_token(&url, "")),
        (
            "an unknown token",
            Client::with_token(&url, "hp_person_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ),
        (
            "an agent's token as a person's",
            Client::with_token(&url, &site.token("agent").replace("hp_agent_", "hp_person_")),
        ),
        (
            "a person's token as a pipeline's",
            Client::with_token(&url, &site.token("ada").replace("hp_person_", "hp_pipeline_")),
        ),
        ("a token with more behind it", Client::with_token(&url, &format!("{}x", site.token("ada")))),
        (
            "another scheme",
            Client::anonymous(&url).with("authorization", &format!("Basic {}", site.token("ada"))),
        ),
        ("two tokens", cast.ada.clone().with("authorization", &format!("Bearer {}", site.token("pipeline")))),
        ("a browser's session", site.session(&daemon, "ada").with("sec-fetch-site", "same-origin")),
    ];
    let routes = routes(&cast.nobody);
    assert!(routes.len() >= 20, "the description has {} routes", routes.len());
    for route in &routes {
        assert!(route.requester || route.person, "{} says not who may call it", route.name());
        for (who, client) in &wrong {
            let (status, text) = route.call(client, change);
            assert_eq!(status, 401, "{} by {who}: {text}", route.name());
        }
        if !route.person {
            assert_eq!(route.call(&cast.ada, change).0, 403, "{} by a person", route.name());
        }
        if !route.requester {
            for requester in [&cast.agent, &cast.pipeline] {
                assert_eq!(route.call(requester, change).0, 403, "{} by a requester", route.name());
            }
        }
        if route.path.ends_with("/events") {
            // With the right to it, it goes on for as long as the daemon does.
            continue;
        }
        let (status, text) = route.call(if route.person { &cast.olive } else { &cast.pipeline }, change);
        assert!(
            ![401, 404, 405, 500].contains(&status)
                || route.path.contains("agents/")
                || route.path.contains("freeze/"),
            "{}: {status} {text}",
            route.name()
        );
    }
    for (method, path) in
        [("POST", "/v1/agents"), ("POST", "/v1/agents/agt_01ARZ3NDEKTSV4RRFFQ69G5FAV/revocation")]
    {
        let body = json!({ "name": "x", "kind": "agent" }).to_string();
        // A refusal may be sent, and the connection closed, before the body was read: then it is asked again.
        let headers = [("content-type", "application/json")];
        let call = || cast.ada.call(method, path, &headers, Some(body.as_bytes()));
        let answer = call().or_else(call).unwrap();
        assert_eq!(answer.status, 403, "{path} needs an administrator: {}", answer.text);
    }
}

#[test]
fn a_requester_sees_nothing_of_anothers() {
    let Some(site) = Site::new("a_requester_sees_nothing_of_anothers") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let change = cast.pipeline.submit(&held("orders"));
    let change = change["id"].as_str().unwrap();
    for route in
        routes(&cast.nobody).iter().filter(|route| route.requester && route.path.contains("/changes/{id}"))
    {
        let valid = match route.path.rsplit('/').next() {
            Some("claim") if route.method == "POST" => {
                json!({ "attempt": attempt(1), "digest": "0".repeat(64) })
            }
            Some("claim") => json!({ "attempt": attempt(1) }),
            Some("outcome") => json!({ "attempt": attempt(1), "outcome": "applied" }),
            _ => json!({}),
        };
        let body = (route.method != "GET").then(|| valid.to_string());
        let headers = [("content-type", "application/json")];
        let answer = cast
            .other
            .call(&route.method, &route.filled(change), &headers, body.as_deref().map(str::as_bytes))
            .unwrap();
        assert_eq!(answer.status, 404, "{}: {}", route.name(), answer.text);
    }
    let page = cast.other.get("/v1/changes").unwrap().expect(200);
    assert_eq!(page["changes"], json!([]));
    assert_eq!(cast.pipeline.state(change), "held");
}

/// The entries of the ledger from an index on.
fn entries(person: &Client, from: usize) -> Vec<Value> {
    let page = person.get(&format!("/v1/ledger/entries?from={from}&limit=1000")).unwrap().expect(200);
    page.as_array().unwrap().clone()
}

/// Routes that leave no entry, and why.
const WITHOUT_ENTRY: [(&str, &str); 1] = [("POST /v1/check", "a verdict that nothing is recorded of")];

/// Of an agent that does nothing else here.
fn freeze(person: &Client) -> Option<holdpoint_tests::Answer> {
    let body = json!({ "scope": "agent:agt_01ARZ3NDEKTSV4RRFFQ69G5FAV", "reason": "a drill", "seconds": 60 });
    let headers = [("content-type", "application/json")];
    person.call("PUT", "/v1/freeze", &headers, Some(body.to_string().as_bytes()))
}

/// Calls that change something, each by one who may, and what must then stand in the ledger.
fn mutate(cast: &Cast, route: &str) -> Client {
    let expect = |answer: Option<holdpoint_tests::Answer>| {
        let answer = answer.unwrap();
        assert!(answer.status < 300, "{route}: {} {}", answer.status, answer.text);
        answer.json()
    };
    // Prepared before the call that is looked at.
    let (method, path) = route.split_once(' ').unwrap();
    let id = |change: &Value| change["id"].as_str().unwrap().to_owned();
    match (method, path) {
        ("POST", "/v1/changes") => {
            expect(cast.pipeline.try_submit(&open("new"), None));
            cast.pipeline.clone()
        }
        ("POST", "/v1/changes/{id}/approvals") => {
            expect(cast.ada.answer(&cast.pipeline.submit(&held("approved")), "approve"));
            cast.ada.clone()
        }
        ("POST", "/v1/changes/{id}/withdrawal") => {
            let change = cast.pipeline.submit(&held("withdrawn"));
            expect(cast.pipeline.call(
                "POST",
                &format!("/v1/changes/{}/withdrawal", id(&change)),
                &[],
                Some(b""),
            ));
            cast.pipeline.clone()
        }
        ("POST", "/v1/changes/{id}/claim") => {
            expect(cast.pipeline.claim(&cast.pipeline.submit(&open("claimed")), &attempt(1)));
            cast.pipeline.clone()
        }
        ("PUT", "/v1/changes/{id}/claim") => {
            let change = cast.pipeline.submit(&open("renewed"));
            expect(cast.pipeline.claim(&change, &attempt(2)));
            let body = json!({ "attempt": attempt(2) }).to_string();
            let json = [("content-type", "application/json")];
            let path = format!("/v1/changes/{}/claim", id(&change));
            expect(cast.pipeline.call("PUT", &path, &json, Some(body.as_bytes())));
            cast.pipeline.clone()
        }
        ("POST", "/v1/changes/{id}/outcome") => {
            let change = cast.pipeline.submit(&open("reported"));
            expect(cast.pipeline.claim(&change, &attempt(3)));
            expect(cast.pipeline.report(&change, &attempt(3), "applied"));
            cast.pipeline.clone()
        }
        ("POST", "/v1/changes/{id}/resolution") => {
            let change = cast.pipeline.submit(&open("resolved"));
            expect(cast.pipeline.claim(&change, &attempt(4)));
            expect(cast.pipeline.report(&change, &attempt(4), "unknown"));
            let body = json!({ "outcome": "applied", "comment": "the queue is there" });
            expect(cast.ada.post(&format!("/v1/changes/{}/resolution", id(&change)), &body));
            cast.ada.clone()
        }
        ("POST", "/v1/changes/{id}/cancellation") => {
            let command = json!({
                "document": { "name": "AWS-RunShellScript" }, "instances": [MACHINE],
                "parameters": { "commands": ["systemctl restart web"] },
            });
            let (json, command) = ([("content-type", "application/json")], command.to_string());
            let handed_in =
                cast.pipeline.call("POST", "/v1/changes?format=ssm", &json, Some(command.as_bytes()));
            let change = expect(handed_in);
            expect(cast.ada.answer(&change, "approve"));
            until("it runs", || cast.ada.state(&id(&change)) == "executing");
            expect(cast.ada.post(&format!("/v1/changes/{}/cancellation", id(&change)), &json!({})));
            cast.ada.clone()
        }
        ("POST", "/v1/agents") => {
            expect(cast.olive.post("/v1/agents", &json!({ "name": "made", "kind": "agent" })));
            cast.olive.clone()
        }
        ("POST", "/v1/agents/{id}/revocation") => {
            let made = expect(cast.olive.post("/v1/agents", &json!({ "name": "revoked", "kind": "agent" })));
            expect(cast.olive.post(&format!("/v1/agents/{}/revocation", id(&made)), &json!({})));
            cast.olive.clone()
        }
        ("POST", "/v1/reconciliations") => {
            expect(
                cast.ada.post("/v1/reconciliations", &json!({ "sources": ["an empty file"], "events": [] })),
            );
            cast.ada.clone()
        }
        ("POST", "/v1/agents/{id}/keys") => {
            expect(cast.pipeline.post("/v1/agents/self/keys", &json!({ "rotate": true })));
            cast.pipeline.clone()
        }
        ("POST", "/v1/agents/{id}/keys/{key}/revocation") => {
            let made = expect(cast.pipeline.post("/v1/agents/self/keys", &json!({})));
            let key = made["access_key_id"].as_str().unwrap().to_owned();
            let path = format!("/v1/agents/self/keys/{key}/revocation");
            let answer = cast.pipeline.post(&path, &json!({})).unwrap();
            assert_eq!(answer.status, 204, "{}", answer.text);
            cast.pipeline.clone()
        }
        ("PUT", "/v1/freeze") => {
            expect(freeze(&cast.ada));
            cast.ada.clone()
        }
        ("DELETE", "/v1/freeze/{id}") => {
            let path = format!("/v1/freeze/{}", id(&expect(freeze(&cast.ada))));
            expect(cast.grace.call("DELETE", &path, &[], None));
            cast.grace.clone()
        }
        _ => panic!("{route} changes something, and no test says what it leaves in the ledger"),
    }
}

#[test]
fn every_route_that_changes_something_leaves_an_entry() {
    let Some(site) = Site::new("every_route_that_changes_something_leaves_an_entry") else { return };
    let aws = FakeSsm::start();
    aws.machine(MACHINE, &[], Script::Hangs);
    let site = site
        .with(&format!("aws.upstream = {:?}\nssm = {{ enabled = true, install_runbook = true }}", aws.url()));
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let routes: Vec<String> =
        routes(&cast.nobody).iter().filter(|route| route.method != "GET").map(Route::name).collect();
    let expected = |route: &str| match route {
        "POST /v1/changes" => Some(("change.allowed", "pipeline")),
        "POST /v1/changes/{id}/approvals" => Some(("approval.approve", "ada")),
        "POST /v1/changes/{id}/withdrawal" => Some(("change.withdrawn", "pipeline")),
        "POST /v1/changes/{id}/claim" => Some(("change.executing", "pipeline")),
        "PUT /v1/changes/{id}/claim" => Some(("attempt.renewed", "pipeline")),
        "POST /v1/changes/{id}/outcome" => Some(("change.applied", "pipeline")),
        "POST /v1/changes/{id}/resolution" => Some(("change.applied", "ada")),
        "POST /v1/changes/{id}/cancellation" => Some(("execution.cancelled", "ada")),
        "POST /v1/agents" => Some(("agent.created", "olive")),
        "POST /v1/agents/{id}/revocation" => Some(("agent.revoked", "olive")),
        "POST /v1/reconciliations" => Some(("reconciliation.made", "ada")),
        "POST /v1/agents/{id}/keys" => Some(("aws_key.created", "pipeline")),
        "POST /v1/agents/{id}/keys/{key}/revocation" => Some(("aws_key.revoked", "pipeline")),
        "PUT /v1/freeze" => Some(("freeze.set", "ada")),
        "DELETE /v1/freeze/{id}" => Some(("freeze.lifted", "grace")),
        _ => None,
    };
    for route in &routes {
        if WITHOUT_ENTRY.iter().any(|(except, _)| except == route) {
            continue;
        }
        let _ = settled(&cast.ada);
        let before = entries(&cast.ada, 0).len();
        let _ = mutate(&cast, route);
        let (kind, actor) = expected(route).unwrap_or_else(|| panic!("{route} has no expectation here"));
        until(&format!("{route} leaves `{kind}` by {actor}"), || {
            entries(&cast.ada, before).iter().any(|entry| {
                let leaf = &entry["leaf"];
                let leaf = leaf
                    .as_str()
                    .map_or_else(|| leaf.clone(), |text| serde_json::from_str(text).unwrap_or_default());
                leaf["kind"] == kind
                    && leaf["actor"].as_str().is_some_and(|found| found.contains(site.id(actor)))
            })
        });
    }
    for (route, why) in WITHOUT_ENTRY {
        assert!(routes.iter().any(|one| one == route), "{route} is excepted ({why}) and does not exist");
    }
}

#[test]
fn a_check_records_nothing() {
    let Some(site) = Site::new("a_check_records_nothing") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let before = settled(&cast.ada);
    let plan = held("orders").to_string();
    let verdict = cast.pipeline.call(
        "POST",
        "/v1/check",
        &[("content-type", "application/json")],
        Some(plan.as_bytes()),
    );
    assert_eq!(verdict.unwrap().expect(200)["verdict"], "hold");
    let changes = cast.pipeline.get("/v1/changes").unwrap().expect(200);
    assert_eq!(changes["changes"], json!([]));
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    assert_eq!(cast.ada.get("/v1/ledger/checkpoint").unwrap().text, before);
}

#[test]
fn pages_refuse_who_is_not_signed_in_and_other_sites() {
    let Some(site) = Site::new("pages_refuse_who_is_not_signed_in_and_other_sites") else { return };
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let change = cast.pipeline.submit(&held("orders"));
    let path = format!("/changes/{}", change["id"].as_str().unwrap());
    let session = site.session(&daemon, "ada");
    for page in ["/", "/changes", path.as_str(), "/ledger", "/agents", "/bypass"] {
        assert_eq!(cast.nobody.get(page).unwrap().status, 303, "{page} for nobody");
        assert_eq!(cast.ada.get(page).unwrap().status, 303, "{page} with a token instead of a session");
        assert_eq!(session.get(page).unwrap().status, 200, "{page}");
    }
    let form = format!("digest={}&answer=reject&comment=no", change["digest"].as_str().unwrap());
    let post = |client: &Client, site: &[(&str, &str)]| {
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        headers.extend(site);
        client.call("POST", &format!("{path}/approvals"), &headers, Some(form.as_bytes())).unwrap().status
    };
    let own = [("sec-fetch-site", "same-origin")];
    assert_eq!(post(&cast.nobody, &own), 401, "nobody");
    assert_eq!(post(&session, &[]), 403, "a request that does not say where it comes from");
    assert_eq!(post(&session, &[("sec-fetch-site", "cross-site")]), 403, "another site");
    assert_eq!(post(&session, &[("sec-fetch-site", "same-site")]), 403, "a neighbour");
    assert_eq!(post(&session, &[("origin", "http://evil.example")]), 403, "another origin");
    assert_eq!(cast.ada.state(change["id"].as_str().unwrap()), "held");
    assert_eq!(post(&session, &own), 303);
    assert_eq!(cast.ada.state(change["id"].as_str().unwrap()), "rejected");
}
