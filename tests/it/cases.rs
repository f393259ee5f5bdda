//! Real incidents, rebuilt as the plans that caused them, and ordinary work beside them: each gets the verdict it should
//! have had. `cases/cases.jsonl` is the index; what no plan can show (a state seen before, an environment that an
//! operator configured) is handed in as a user would.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use holdpoint_core::{
    Actor, ActorKind, Change, Environment, Facts, Format, Judgement, SeenState, Source, Verdict,
};
use holdpoint_policy::Bundle;

struct Case {
    id: String,
    line: Value,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let index = std::fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let lines = index.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["format"] == "terraform-plan-json")
        .map(|line| Case { id: line["id"].as_str().unwrap().to_owned(), line })
        .collect()
}

impl Case {
    /// The change; `#address` after the file's name leaves only that resource in the plan.
    fn change(&self) -> Change {
        let request = self.line["request"].as_str().unwrap();
        let (file, address) = request.split_once('#').map_or((request, None), |(file, at)| (file, Some(at)));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(file);
        let mut plan = std::fs::read(path).unwrap();
        if let Some(address) = address {
            let mut document: Value = serde_json::from_slice(&plan).unwrap();
            let changes = document["resource_changes"].as_array_mut().unwrap();
            changes.retain(|change| change["address"] == address);
            assert_eq!(changes.len(), 1, "{}", self.id);
            plan = serde_json::to_vec(&document).unwrap();
        }
        holdpoint_intake::read(Format::Terraform, &plan).unwrap()
    }

    fn facts(&self, change: &Change) -> Facts {
        let context = &self.line["context"];
        let configured = context["env"].as_str().map(|word| {
            let is: Environment = word.parse().unwrap();
            (is, format!("an operator configured {word}"))
        });
        // The workspace was seen before; the plan's state is empty, or another one.
        let lost = context["state_lineage"] == "";
        let swapped = context["state_replaced_in_session"] == true;
        let mut source = Source::default();
        let mut seen = None;
        if lost || swapped {
            source.lineage = Some(if lost { String::new() } else { "5f1c-another".to_owned() });
            source.serial = Some(context["state_serial"].as_u64().unwrap_or(1));
            seen = Some(SeenState { lineage: "0a9e-own".to_owned(), serial: 41 });
        }
        Facts::gather(&source, &change.context, configured, seen.as_ref())
    }
}

fn judge(case: &Case) -> Judgement {
    let agent =
        Actor { kind: ActorKind::Agent, id: "agt_1".to_owned(), name: "bot".to_owned(), operator: None };
    let change = case.change();
    Bundle::builtin().unwrap().decide(&change, &case.facts(&change), &agent)
}

#[test]
fn every_plan_case_gets_the_verdict_it_should_have_had() {
    let cases = cases();
    assert!(cases.len() >= 8, "the index lost cases: {}", cases.len());
    for case in cases {
        let judgement = judge(&case);
        let fired: BTreeSet<&str> = judgement.reasons.iter().map(|reason| reason.rule.as_str()).collect();
        let told = format!("{}: {:?} by {fired:?}", case.id, judgement.verdict);
        match (case.line["expect"]["decision"].as_str().unwrap(), &judgement.verdict) {
            ("allow", Verdict::Allow) | ("hold", Verdict::Hold { .. }) | ("deny", Verdict::Deny) => {}
            ("hold-1", Verdict::Hold { requirements }) => assert_eq!(requirements.people(), 1, "{told}"),
            ("allow-or-hold", Verdict::Allow | Verdict::Hold { .. }) => {}
            (expected, _) => panic!("expected {expected}, {told}"),
        }
        // R3 classifies the environment; it is no verdict of its own.
        for rule in case.line["expect"]["rules"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap())
        {
            assert!(rule == "R3" || fired.contains(rule), "{rule} is missing in {told}");
        }
    }
}

#[test]
fn every_reason_of_a_case_names_a_resource_and_says_what_would_pass() {
    for case in cases() {
        let change = case.change();
        for reason in judge(&case).reasons {
            let named =
                change.effects.iter().any(|e| reason.reason.contains(&format!("`{}`", e.resource.address)));
            assert!(named || reason.resources == 0, "{}: {}", case.id, reason.reason);
            assert!(
                !reason.remedy.is_empty() && !reason.evidence.is_empty(),
                "{}: {}",
                case.id,
                reason.policy
            );
        }
    }
}
