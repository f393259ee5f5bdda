//! A false alarm counts as much as a miss: ordinary changes of production pass without a person, and those that only
//! look ordinary do not. `cases/ordinary/changes.toml` says what each of them is; the plans beside it are Terraform's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use holdpoint_core::budget::{self, Budget, Spending};
use holdpoint_core::{
    Actor, ActorKind, Change, Digest, Environment, Facts, Format, Intent, Judgement, PersonId, Source, Task,
    Timestamp, Verdict, radius,
};
use holdpoint_policy::Bundle;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(name)
}

/// The plans of a folder, by name.
fn plans(of: &str) -> BTreeMap<String, Change> {
    let mut plans = BTreeMap::new();
    for entry in std::fs::read_dir(folder(of)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "json") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let bytes = std::fs::read(&path).unwrap();
            let change = holdpoint_intake::read(Format::Terraform, &bytes);
            plans.insert(name.clone(), change.unwrap_or_else(|error| panic!("{name}: {error}")));
        }
    }
    plans
}

/// What `changes.toml` says of a change.
struct Entry {
    environment: Environment,
    rules: Option<BTreeSet<String>>,
}

fn entries() -> BTreeMap<String, Entry> {
    let text = std::fs::read_to_string(folder("ordinary").join("changes.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let entry = |change: &toml::Value| {
        let environment = change.get("environment").map_or("production", |word| word.as_str().unwrap());
        let rules = change.get("rules").map(|rules| {
            rules.as_array().unwrap().iter().map(|rule| rule.as_str().unwrap().to_owned()).collect()
        });
        let name = change["name"].as_str().unwrap().to_owned();
        (name, Entry { environment: environment.parse().unwrap(), rules })
    };
    table["change"].as_array().unwrap().iter().map(entry).collect()
}

/// As an agent with an operator hands it in: with the binary plan, for a workspace that nothing was destroyed in lately.
fn judge(bundle: &Bundle, change: &Change, environment: Environment) -> Judgement {
    let operator = Some(PersonId::new(Timestamp::UNIX_EPOCH, 1));
    let agent = Actor { kind: ActorKind::Agent, id: "agt_1".to_owned(), name: "bot".to_owned(), operator };
    let source = Source { plan_sha256: Some(Digest::from_bytes([7; 32])), ..Source::default() };
    let configured = (environment, format!("an operator configured {}", environment.as_str()));
    let mut facts = Facts::gather(&source, &change.context, Some(configured), None);
    facts.reach(radius(&change.graph, change));
    let bookings = budget::bookings(change, &agent, None, facts.environment.is);
    facts.budget = Budget::weigh(&bookings, false, Some(&Spending::default()), &budget::Limits::default());
    facts.task = Task::of(&Intent::default(), change, &agent, facts.environment.is);
    bundle.decide(change, &facts, &agent)
}

fn told(name: &str, judgement: &Judgement) -> String {
    let reasons = judgement.reasons.iter().map(|r| format!("\n      {}: {}", r.policy, r.reason));
    format!("{name}: {:?}{}", judgement.verdict, reasons.collect::<String>())
}

#[test]
fn ordinary_changes_pass_without_a_person() {
    let (bundle, entries) = (Bundle::builtin().unwrap(), entries());
    let plans = plans("ordinary");
    assert!(plans.len() >= 85, "ordinary changes were lost: {}", plans.len());
    let mut alarms = Vec::new();
    for (name, change) in &plans {
        let environment = entries.get(name).map_or(Environment::Production, |entry| entry.environment);
        let judgement = judge(&bundle, change, environment);
        if judgement.verdict != Verdict::Allow {
            alarms.push(told(name, &judgement));
        }
    }
    assert!(alarms.is_empty(), "{} false alarms:\n  {}", alarms.len(), alarms.join("\n  "));
}

#[test]
fn what_only_looks_ordinary_is_held_by_the_rules_that_know_better() {
    let (bundle, entries) = (Bundle::builtin().unwrap(), entries());
    let plans = plans("not_ordinary");
    assert!(plans.len() >= 6, "changes were lost: {}", plans.len());
    let mut missed = Vec::new();
    for (name, change) in &plans {
        let entry = &entries[name];
        let judgement = judge(&bundle, change, entry.environment);
        let fired: BTreeSet<String> = judgement.reasons.iter().map(|r| r.rule.clone()).collect();
        let expected = entry.rules.as_ref().unwrap();
        if judgement.verdict == Verdict::Allow || !expected.is_subset(&fired) {
            missed.push(format!("{expected:?} is missing in {}", told(name, &judgement)));
        }
    }
    assert!(missed.is_empty(), "{} misses:\n  {}", missed.len(), missed.join("\n  "));
}

#[test]
fn every_change_that_is_described_is_judged() {
    let (ordinary, not) = (plans("ordinary"), plans("not_ordinary"));
    for (name, entry) in entries() {
        let of = if entry.rules.is_some() { &not } else { &ordinary };
        let change = of.get(&name).unwrap_or_else(|| panic!("{name} has no plan; run regenerate.py"));
        assert!(!change.effects.is_empty() || !change.outputs.is_empty(), "{name} changes nothing");
    }
}

#[test]
fn no_plan_tells_of_the_machine_that_made_it() {
    for of in ["ordinary", "not_ordinary"] {
        for name in plans(of).keys() {
            let text = std::fs::read_to_string(folder(of).join(format!("{name}.json"))).unwrap();
            assert!(text.len() < 60_000, "{name} has {} bytes", text.len());
            for word in ["127.0.0.1", "localhost", "/tmp/", "tfplan"] {
                assert!(!text.contains(word), "{name} has {word}");
            }
        }
    }
}
