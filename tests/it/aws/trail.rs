//! A change's own calls are shown with it as they happen, and explain CloudTrail's events by AWS's request id.

use holdpoint_tests::{Aws, Cli};
use serde_json::{Value, json};

use super::instance;

/// CloudTrail's event of a call with this request id.
fn event(call: &Value, request: &str) -> Value {
    json!({ "at": call["at"], "id": request, "service": call["service"], "name": call["operation"],
        "account": "123456789012", "region": call["region"], "request_id": request, "identity": "IAMUser" })
}

#[test]
fn a_call_is_shown_with_its_change_and_explains_its_event() {
    let Some(aws) = Aws::new("a_call_is_shown_with_its_change_and_explains_its_event") else { return };
    let Some(cli) = Cli::all().pop() else { return };
    let instance = instance(&aws);
    let terminate = ["ec2", "terminate-instances", "--instance-ids", &instance];
    let held = aws.cli(&cli, &terminate);
    let change = aws.release(&held.err);
    let id = change["id"].as_str().unwrap();
    assert!(aws.cast.ada.change(id).get("calls").is_none(), "none before the first");
    let _ = aws.cli(&cli, &terminate).expect(0);
    let calls = &aws.cast.ada.change(id)["calls"];
    assert_eq!(
        (&calls["count"], &calls["open"], &calls["failed"]),
        (&json!(1), &json!(0), &json!(0)),
        "{calls}"
    );
    let call = &calls["latest"][0];
    assert_eq!((&call["service"], &call["operation"]), (&json!("ec2"), &json!("TerminateInstances")));
    assert_eq!((&call["outcome"], &call["status"]), (&json!("applied"), &json!(200)));
    assert!(call["target"].as_str().unwrap().contains(&instance), "{call}");
    let request = call["request_id"].as_str().unwrap();
    let page = aws.site.session(&aws.daemon, "ada").get(&format!("/changes/{id}/fragment")).unwrap();
    assert!(page.text.contains("1 call made") && page.text.contains(request), "{}", page.text);

    let events = json!({ "sources": ["a file"], "events": [event(call, request), event(call, "another")] });
    let made = aws.cast.ada.post("/v1/reconciliations", &events).unwrap().expect(201);
    assert_eq!((&made["explained"], &made["unexplained"]), (&json!(1), &json!(1)), "{made}");
    assert_eq!(
        (&made["findings"][0]["event_id"], &made["findings"][0]["why"]),
        (&json!("another"), &json!("another_one"))
    );
}
