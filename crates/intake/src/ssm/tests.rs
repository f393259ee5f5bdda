use holdpoint_core::{Change, EffectKind, HazardKind, Manner};
use serde_json::{Value, json};

use super::read_with;
use crate::{Patterns, ReadError};

fn read(document: &Value) -> Result<Change, ReadError> {
    read_with(document.to_string().as_bytes(), &Patterns::default())
}

fn shell(command: &str, rest: Value) -> Value {
    let mut document =
        json!({"document": {"name": "AWS-RunShellScript"}, "parameters": {"commands": [command]}});
    for (key, value) in rest.as_object().unwrap() {
        document[key] = value.clone();
    }
    document
}

fn has(change: &Change, kind: HazardKind) -> bool {
    change.effects.iter().any(|effect| effect.has(kind))
}

fn asked(change: &Change, manner: Manner) -> bool {
    change.effects.iter().any(|effect| effect.is_asked(manner))
}

#[test]
fn each_machine_is_an_execute_and_what_is_destroyed_there_a_delete() {
    let resolved = json!({"targets": [{"key": "tag:Role", "values": ["db"]}], "concurrency": "1",
        "resolved": [{"instance": "i-1", "name": "db-1", "tags": {"Environment": "production"}}, {"instance": "i-2"}]});
    let change = read(&shell("rm -rf /var/lib/postgresql", resolved)).unwrap();
    let of = |kind: EffectKind| {
        let effects = change.effects.iter().filter(|effect| effect.effect == kind);
        effects.map(|effect| effect.resource.address.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of(EffectKind::Execute), ["ec2 instance i-1 (db-1)", "ec2 instance i-2"]);
    assert_eq!(of(EffectKind::Delete).len(), 2);
    assert!(has(&change, HazardKind::DataLoss) && !has(&change, HazardKind::Unknown));
    assert!(change.context.environment_signs.iter().any(|(_, says)| says.contains("Environment=production")));
    let node = &change.graph.nodes()[change.graph.find("ec2 instance i-1 (db-1)").unwrap() as usize];
    assert!(node.identifiers.contains(&"i-1".to_owned()) && node.exists);
}

#[test]
fn a_selector_that_nobody_resolved_is_unknown_and_an_empty_one_reaches_everything() {
    let tag = |values: Value| {
        shell("uptime", json!({"targets": [{"key": "tag:Role", "values": values}], "concurrency": "1"}))
    };
    let change = read(&tag(json!(["web"]))).unwrap();
    assert!(has(&change, HazardKind::Unknown) && !asked(&change, Manner::SelectsAll));
    for values in [json!([]), json!(["*"]), json!([""])] {
        assert!(asked(&read(&tag(values)).unwrap(), Manner::SelectsAll));
    }
    let named = read(&shell("uptime", json!({"instances": ["i-1"]}))).unwrap();
    assert!(!has(&named, HazardKind::Unknown) && !asked(&named, Manner::SelectsAll));
    // What it was resolved to does not make a wildcard a list.
    let wild =
        json!({"targets": [{"key": "InstanceIds", "values": ["*"]}], "resolved": [{"instance": "i-1"}]});
    assert!(asked(&read(&shell("uptime", wild)).unwrap(), Manner::SelectsAll));
}

#[test]
fn all_at_once_is_everywhere_and_a_few_are_not() {
    let run = |concurrency: Value, count: usize| {
        let ids: Vec<String> = (0..count).map(|n| format!("i-{n}")).collect();
        asked(
            &read(&shell("uptime", json!({"instances": ids, "concurrency": concurrency}))).unwrap(),
            Manner::Everywhere,
        )
    };
    assert!(
        run(json!("100%"), 2) && run(json!("10"), 10) && run(json!("nonsense"), 2) && run(Value::Null, 20)
    );
    assert!(!run(json!("10%"), 10) && !run(json!("1"), 10) && !run(json!("100%"), 1) && !run(Value::Null, 2));
}

#[test]
fn commands_are_judged_by_what_they_do() {
    let on = |command: &str| read(&shell(command, json!({"instances": ["i-1"]}))).unwrap();
    assert!(has(&on("reboot"), HazardKind::Capacity));
    assert!(has(&on("sudo shutdown -h now"), HazardKind::Capacity));
    assert!(has(&on("/opt/own/program --fix"), HazardKind::Unknown));
    for harmless in ["uptime", "df -h", "systemctl status nginx"] {
        let change = on(harmless);
        assert!(
            change.effects.iter().all(|e| e.hazards.is_empty() && e.effect == EffectKind::Execute),
            "{harmless}"
        );
    }
}

#[test]
fn powershell_only_passes_where_it_looks() {
    let run = |command: &str| {
        let document = json!({"document": {"name": "AWS-RunPowerShellScript"}, "parameters": {"commands": [command]}, "instances": ["i-1"]});
        has(&read(&document).unwrap(), HazardKind::Unknown)
    };
    assert!(!run("Get-Service | Sort-Object Name") && !run("hostname"));
    for unclear in [
        "Remove-Item C:\\data -Recurse",
        "Get-Service; Stop-Service a",
        "Get-Item | ForEach-Object { $_.Delete() }",
        "iex x",
        "Get-Content $(rm a)",
    ] {
        assert!(run(unclear), "{unclear}");
    }
}

#[test]
fn other_documents_are_judged_by_name_or_content() {
    let named = |name: &str, rest: Value| {
        let mut document = json!({"document": {"name": name}, "instances": ["i-1"]});
        for (key, value) in rest.as_object().unwrap() {
            document[key] = value.clone();
        }
        read(&document).unwrap()
    };
    assert!(!has(&named("AWS-UpdateSSMAgent", json!({})), HazardKind::Unknown));
    assert!(has(&named("own-document", json!({})), HazardKind::Unknown));
    // A document of another account may be called anything.
    let foreign = named("arn:aws:ssm:eu-west-1:999988887777:document/AWS-UpdateSSMAgent", json!({}));
    assert!(has(&foreign, HazardKind::Unknown));
    let terminated = named("AWS-TerminateEC2Instance", json!({"parameters": {"InstanceId": ["i-9"]}}));
    assert!(
        terminated
            .effects
            .iter()
            .any(|e| e.effect == EffectKind::Delete && e.resource.address == "ec2 instance i-9")
    );

    let content = |steps: Value| json!({"document": {"name": "own", "hash": "abc", "content": {"schemaVersion": "0.3", "mainSteps": steps}}, "instances": ["i-1"]});
    let api = content(
        json!([{"name": "a", "action": "aws:executeAwsApi", "inputs": {"Service": "rds", "Api": "DeleteDBInstance", "DBInstanceIdentifier": "orders", "SkipFinalSnapshot": true}}]),
    );
    assert!(has(&read(&api).unwrap(), HazardKind::BackupLoss));
    let script =
        content(json!([{"name": "a", "action": "aws:runShellScript", "inputs": {"runCommand": ["uptime"]}}]));
    assert!(!has(&read(&script).unwrap(), HazardKind::Unknown));
    let own = content(json!([{"name": "a", "action": "aws:executeScript", "inputs": {}}]));
    assert!(has(&read(&own).unwrap(), HazardKind::Unknown));
    assert!(has(&read(&content(json!([]))).unwrap(), HazardKind::Unknown));
    let yaml = json!({"document": {"name": "own", "content": "schemaVersion: '2.2'\nmainSteps:\n- action: aws:runShellScript\n  name: a\n  inputs:\n    runCommand: [\"echo {{ word }}\"]\n"}, "parameters": {"word": "x; rm -rf /srv/data"}, "instances": ["i-1"]});
    assert!(has(&read(&yaml).unwrap(), HazardKind::DataLoss), "a parameter is part of the command");
}

#[test]
fn what_is_no_such_command_is_refused_by_name() {
    for (document, code) in [
        (json!({"parameters": {}}), "wrong_type"),
        (json!({"document": {"name": " "}}), "wrong_type"),
        (json!({"document": {"name": "a"}, "wish": 1}), "wrong_type"),
        (
            json!({"document": {"name": "a"}, "instances": ["i-1"], "targets": [{"key": "tag:a", "values": ["b"]}]}),
            "wrong_type",
        ),
        (json!({"document": {"name": "a", "content": "{"}}), "wrong_type"),
        (json!({"document": {"name": "a"}, "instances": vec!["i"; 6000]}), "too_many"),
    ] {
        assert_eq!(read(&document).unwrap_err().code(), code, "{document}");
    }
    let error = read(&json!({"document": {"name": "a"}, "targets": "a-very-secret-value"})).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}
