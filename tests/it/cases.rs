//! Real incidents, rebuilt as the requests that caused them, and ordinary work beside them: each gets the verdict it
//! should have had. `cases/cases.jsonl` is the index; what no document can show (a state seen before, a freeze, an
//! environment that an operator configured) is handed in as a user would.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use holdpoint_core::budget::{self, Budget, Spending};
use holdpoint_core::{
    Actor, ActorKind, Change, Environment, Facts, Format, Freeze, Frozen, Intent, Judgement, PersonId, Point,
    Recovery, Scope, Seen, SeenState, Source, Task, Timestamp, Verdict, radius,
};
use holdpoint_policy::Bundle;

struct Case {
    id: String,
    line: Value,
}

fn cases() -> Vec<Case> {
    let index = std::fs::read_to_string(folder().join("cases.jsonl")).unwrap();
    let lines = index.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| Case { id: line["id"].as_str().unwrap().to_owned(), line })
        .collect()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// One document of a case; `#address` after the file's name leaves only that resource in the plan.
fn read(id: &str, document: &Value) -> Change {
    let format: Format = document["format"].as_str().unwrap().parse().unwrap();
    let request = document["file"].as_str().unwrap();
    let (file, address) = request.split_once('#').map_or((request, None), |(file, at)| (file, Some(at)));
    let mut bytes =
        std::fs::read(folder().join(file)).unwrap_or_else(|error| panic!("{id}: {file}: {error}"));
    if let Some(address) = address {
        let mut plan: Value = serde_json::from_slice(&bytes).unwrap();
        let changes = plan["resource_changes"].as_array_mut().unwrap();
        changes.retain(|change| change["address"] == address);
        assert_eq!(changes.len(), 1, "{id}");
        bytes = serde_json::to_vec(&plan).unwrap();
    }
    holdpoint_intake::read(format, &bytes).unwrap_or_else(|error| panic!("{id}: {error}"))
}

impl Case {
    fn context(&self, key: &str) -> &Value {
        &self.line["context"][key]
    }

    fn requester(&self) -> Actor {
        let kind = match self.context("actor").as_str() {
            Some("human") => ActorKind::Person,
            Some("automation" | "script") => ActorKind::Pipeline,
            _ => ActorKind::Agent,
        };
        // Somebody answers for an agent, unless it runs on an instruction that nobody gave.
        let nobody = self.context("instruction_origin").as_str().is_some_and(|o| o.contains("no ticket"));
        let operator = (!nobody).then(|| PersonId::new(Timestamp::UNIX_EPOCH, 1));
        Actor { kind, id: "agt_1".to_owned(), name: "bot".to_owned(), operator }
    }

    /// What the requester says the task is.
    fn intent(&self) -> Intent {
        let text = |key: &str| self.context(key).as_str().map(str::to_owned);
        Intent {
            destroys: self.context("intended").as_u64(),
            types: text("intended_type").into_iter().collect(),
            environment: text("task_env").and_then(|word| word.parse().ok()),
            unattended: self.context("started_with").is_array(),
            ..Intent::default()
        }
    }

    fn facts(&self, change: &Change) -> Facts {
        let configured = self.context("env").as_str().map(|word| {
            let is: Environment = word.parse().unwrap_or(Environment::Production);
            (is, format!("an operator configured {word}"))
        });
        // The workspace was seen before; the plan's state is empty, or another one.
        let lost = self.context("state_lineage") == "";
        let swapped = self.context("state_replaced_in_session") == true;
        let mut source = Source::default();
        let mut seen = None;
        if lost || swapped {
            source.lineage = Some(if lost { String::new() } else { "5f1c-another".to_owned() });
            source.serial = Some(self.context("state_serial").as_u64().unwrap_or(1));
            seen = Some(SeenState { lineage: "0a9e-own".to_owned(), serial: 41 });
        }
        let mut facts = Facts::gather(&source, &change.context, configured, seen.as_ref());
        facts.reach(radius(&change.graph, change));
        if self.context("freeze") == true {
            facts.freeze = Freeze::Frozen(Frozen {
                scope: Scope::Everything,
                reason: "code freeze".to_owned(),
                by: "an engineer".to_owned(),
                until: Timestamp::UNIX_EPOCH,
            });
        }
        let inside = |address: &str, shown| {
            let what = "its backups, which lie inside of it".to_owned();
            let point = Point { what, seen: Seen::Operator, outlives: false, owner: None, at: None };
            Recovery::of(address, shown, vec![point], vec![])
        };
        if self.context("backups_inside_target") == true {
            let lost = change.effects.iter().filter(|e| e.destroys_data());
            facts.recovery = lost.map(|e| inside(&e.resource.address, e.backup)).collect();
        }
        if self.context("created_by_session") == true {
            facts.own = change.effects.iter().map(|e| e.resource.address.clone()).collect();
        }
        let requester = self.requester();
        let bookings = budget::bookings(change, &requester, None, facts.environment.is);
        facts.budget =
            Budget::weigh(&bookings, false, Some(&Spending::default()), &budget::Limits::default());
        facts.task = Task::of(&self.intent(), change, &requester, facts.environment.is);
        facts
    }

    fn changes(&self) -> Vec<Change> {
        self.line["documents"].as_array().unwrap().iter().map(|document| read(&self.id, document)).collect()
    }

    fn judgements(&self, bundle: &Bundle) -> Vec<(Change, Facts, Judgement)> {
        let judge = |change: Change| {
            let facts = self.facts(&change);
            let judgement = bundle.decide(&change, &facts, &self.requester());
            (change, facts, judgement)
        };
        self.changes().into_iter().map(judge).collect()
    }
}

#[test]
fn every_case_gets_the_verdict_it_should_have_had() {
    let cases = cases();
    let bundle = Bundle::builtin().unwrap();
    assert!(cases.len() >= 18, "the index lost cases: {}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let judged = case.judgements(&bundle);
        let fired: BTreeSet<&str> =
            judged.iter().flat_map(|(.., judgement)| &judgement.reasons).map(|r| r.rule.as_str()).collect();
        let verdict =
            judged.iter().fold(Verdict::Allow, |all, (.., judgement)| all.join(judgement.verdict.clone()));
        let told = format!("{}: {verdict:?} by {fired:?}", case.id);
        println!("{told}");
        let expected = case.line["expect"]["decision"].as_str().unwrap();
        let is = match (expected, &verdict) {
            ("allow", Verdict::Allow) | ("hold", Verdict::Hold { .. }) | ("deny", Verdict::Deny) => true,
            ("hold-1", Verdict::Hold { requirements }) => requirements.people() == 1,
            ("allow-or-hold", Verdict::Allow | Verdict::Hold { .. }) => true,
            _ => false,
        };
        if !is {
            wrong.push(format!("expected {expected}, {told}"));
        }
        for rule in case.line["expect"]["rules"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap())
        {
            // R3 classifies the environment and is no verdict of its own: it must say what it read.
            let shown = judged.iter().all(|(_, facts, _)| {
                facts.environment.is >= Environment::Unknown && !facts.environment.evidence.is_empty()
            });
            if !(fired.contains(rule) || (rule == "R3" && shown)) {
                wrong.push(format!("{rule} is missing in {told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_reason_of_a_case_names_a_resource_and_says_what_would_pass() {
    let bundle = Bundle::builtin().unwrap();
    for case in cases() {
        for (change, _, judgement) in case.judgements(&bundle) {
            for reason in judgement.reasons {
                let named = change
                    .effects
                    .iter()
                    .any(|e| reason.reason.contains(&format!("`{}`", e.resource.address)));
                assert!(named || reason.resources == 0, "{}: {}", case.id, reason.reason);
                assert!(!reason.remedy.is_empty(), "{}: {}", case.id, reason.policy);
                assert!(!reason.evidence.is_empty(), "{}: {}", case.id, reason.policy);
                assert!(!reason.would_pass.is_empty(), "{}: {}", case.id, reason.policy);
            }
        }
    }
}

/// The verdict on a command of an agent that somebody answers for, in an environment that nobody configured.
fn command(text: &str) -> Judgement {
    let change = holdpoint_intake::read(Format::Shell, text.as_bytes()).unwrap();
    let agent = Actor {
        kind: ActorKind::Agent,
        id: "agt_1".to_owned(),
        name: "bot".to_owned(),
        operator: Some(PersonId::new(Timestamp::UNIX_EPOCH, 1)),
    };
    let mut facts = Facts::gather(&Source::default(), &change.context, None, None);
    facts.reach(radius(&change.graph, &change));
    let bookings = budget::bookings(&change, &agent, None, facts.environment.is);
    facts.budget = Budget::weigh(&bookings, false, Some(&Spending::default()), &budget::Limits::default());
    facts.task = Task::of(&Intent::default(), &change, &agent, facts.environment.is);
    Bundle::builtin().unwrap().decide(&change, &facts, &agent)
}

#[test]
fn less_is_for_a_person_to_see_and_nothing_is_refused() {
    for less in ["aws ec2 reboot-instances --instance-ids i-1", "kubectl cordon node-1"] {
        let judgement = command(less);
        let Verdict::Hold { requirements } = &judgement.verdict else { panic!("{less}: {judgement:?}") };
        assert_eq!(requirements.people(), 1, "{less}");
    }
    for nothing in [
        "aws autoscaling update-auto-scaling-group --auto-scaling-group-name web --min-size 0 --desired-capacity 0",
        "kubectl scale deployment/web --replicas=0",
    ] {
        let judgement = command(nothing);
        assert_eq!(judgement.verdict, Verdict::Deny, "{nothing}: {judgement:?}");
        assert!(judgement.reasons.iter().any(|reason| reason.rule == "R6"), "{nothing}");
    }
}
