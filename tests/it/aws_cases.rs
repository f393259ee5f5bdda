//! Incidents at AWS's API, call by call, and ordinary calls beside them: each case gets the verdict it should have had,
//! by the rule that should say so. What no call can show (what the task was, who answers) is handed in as a user would.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};

use holdpoint_core::budget::{self, Budget, Spending};
use holdpoint_core::{
    Actor, ActorKind, Change, Environment, Facts, Format, Intent, Judgement, PersonId, Source, Task,
    Timestamp, Verdict, radius,
};
use holdpoint_policy::Bundle;

/// What is known around the calls of a case.
#[derive(Default)]
struct Around {
    intent: Intent,
    /// The agent acts for nobody.
    orphan: bool,
    /// The session made what the calls name.
    own: bool,
}

fn lines(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/aws").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of one case, as one document.
fn case(name: &str) -> String {
    let lines: Vec<String> =
        lines("calls.jsonl").iter().filter(|line| line["case"] == name).map(Value::to_string).collect();
    assert!(!lines.is_empty(), "{name}");
    lines.join("\n")
}

fn bundle() -> &'static Bundle {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    BUNDLE.get_or_init(|| Bundle::builtin().unwrap())
}

fn judge(document: &str, around: &Around) -> (Change, Judgement) {
    let change = holdpoint_intake::read(Format::Aws, document.as_bytes()).unwrap();
    let operator = (!around.orphan).then(|| PersonId::new(Timestamp::UNIX_EPOCH, 1));
    let agent = Actor { kind: ActorKind::Agent, id: "agt_1".to_owned(), name: "bot".to_owned(), operator };
    let configured = Some((Environment::Production, "an operator configured production".to_owned()));
    let mut facts = Facts::gather(&Source::default(), &change.context, configured, None);
    facts.reach(radius(&change.graph, &change));
    if around.own {
        facts.own = change.effects.iter().map(|effect| effect.resource.address.clone()).collect();
    }
    let bookings = budget::bookings(&change, &agent, None, facts.environment.is);
    facts.budget = Budget::weigh(&bookings, false, Some(&Spending::default()), &budget::Limits::default());
    facts.task = Task::of(&around.intent, &change, &agent, facts.environment.is);
    let judgement = bundle().decide(&change, &facts, &agent);
    (change, judgement)
}

fn expect(name: &str, document: &str, around: &Around, decision: &str, rules: &[&str]) {
    let (change, judgement) = judge(document, around);
    let fired: BTreeSet<&str> = judgement.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    let told = format!("{name}: {:?} by {fired:?}", judgement.verdict);
    let is = match &judgement.verdict {
        Verdict::Allow => "allow",
        Verdict::Hold { .. } => "hold",
        Verdict::Deny => "deny",
    };
    assert_eq!(is, decision, "{told}");
    for rule in rules {
        assert!(fired.contains(rule), "{rule} is missing in {told}");
    }
    for reason in &judgement.reasons {
        let named =
            change.effects.iter().any(|e| reason.reason.contains(&format!("`{}`", e.resource.address)));
        assert!(named || reason.resources == 0, "{name}: {}", reason.reason);
        assert!(!reason.remedy.is_empty() && !reason.evidence.is_empty(), "{name}: {}", reason.policy);
    }
}

fn call(service: &str, operation: &str, parameters: Value) -> String {
    json!({"service": service, "operation": operation, "region": "eu-west-1", "account": "111122223333", "parameters": parameters})
        .to_string()
}

#[test]
fn the_incidents_are_stopped_by_their_rules() {
    let around = Around::default();
    let datatalks = case("datatalks");
    expect("datatalks", &datatalks, &around, "deny", &["R1", "R2"]);
    // A small repair was the task, and the agent had the engineer's own credentials: nobody else answers for it.
    let intent = Intent { destroys: Some(0), ticket: Some("BUG-7".to_owned()), ..Intent::default() };
    let kiro = Around { intent, orphan: true, ..Around::default() };
    expect("kiro", &case("kiro"), &kiro, "hold", &["R1", "R5", "R8", "R10"]);
    let attended = Intent { unattended: true, ..Intent::default() };
    let shipped = Around { intent: attended, orphan: true, ..Around::default() };
    expect("amazon_q", &case("amazon_q"), &shipped, "deny", &["R19", "R13", "R1", "R18"]);
    expect("dynamodb_dns", &case("dynamodb_dns"), &around, "deny", &["R6"]);
    expect("s3_2017", &case("s3_2017"), &around, "deny", &["R6"]);
    expect("joyent", &case("joyent"), &around, "deny", &["R7", "R16"]);
    expect("gitlab", &case("gitlab"), &around, "deny", &["R1"]);
    expect("ms_nsg", &case("ms_nsg"), &around, "hold", &["R18"]);
    expect("kms", &case("kms"), &around, "hold", &["R1", "R17"]);
    expect("protection_off", &case("protection_off"), &around, "hold", &["R12"]);
}

#[test]
fn the_work_beside_them_passes() {
    let around = Around::default();
    let tag = call(
        "rds",
        "AddTagsToResource",
        json!({"ResourceName": "arn:aws:rds:eu-west-1:111122223333:db:orders-prod", "Tags": [{"Key": "Owner", "Value": "web"}]}),
    );
    expect("ok-tag", &tag, &around, "allow", &[]);
    let scale = call(
        "autoscaling",
        "UpdateAutoScalingGroup",
        json!({"AutoScalingGroupName": "web", "DesiredCapacity": 18}),
    );
    expect("ok-scale", &scale, &around, "allow", &[]);
    let terminate = call("ec2", "TerminateInstances", json!({"InstanceIds": ["i-0fake"]}));
    expect("ok-own", &terminate, &Around { own: true, ..Around::default() }, "allow", &[]);
    // The same of somebody else's, for a person to see.
    expect("not own", &terminate, &around, "hold", &["R17"]);
}

#[test]
fn ordinary_calls_pass_in_production_and_dangerous_ones_do_not() {
    let around = Around::default();
    let mut wrong = Vec::new();
    for line in lines("ordinary.jsonl") {
        let (_, judgement) = judge(&line.to_string(), &around);
        if judgement.verdict != Verdict::Allow {
            let rules: Vec<&str> = judgement.reasons.iter().map(|reason| reason.policy.as_str()).collect();
            wrong.push(format!("{rules:?} {line}"));
        }
    }
    for line in lines("dangerous.jsonl") {
        let (_, judgement) = judge(&line["call"].to_string(), &around);
        if judgement.verdict == Verdict::Allow {
            wrong.push(format!("allowed: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
