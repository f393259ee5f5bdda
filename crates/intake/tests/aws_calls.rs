//! Calls of AWS's API, handed in as JSON: ordinary ones carry nothing that is held, dangerous ones the hazard that they
//! are. The parameters are those of the published models.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;

use holdpoint_core::{Backup, Change, Class, Effect, EffectKind, Format};
use holdpoint_intake::read;
use serde_json::{Value, json};

fn lines(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/aws").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn judged(call: &Value) -> Change {
    read(Format::Aws, call.to_string().as_bytes()).unwrap_or_else(|error| panic!("{call}: {error}"))
}

fn call(service: &str, operation: &str, parameters: Value) -> Value {
    json!({"service": service, "operation": operation, "region": "eu-west-1", "account": "111122223333", "parameters": parameters})
}

fn told(change: &Change) -> String {
    let effect = |effect: &Effect| {
        let hazards: Vec<_> =
            effect.hazards.iter().map(|h| format!("{}: {}", h.kind.as_str(), h.evidence)).collect();
        let manners: Vec<_> = effect.manners.iter().map(|m| m.manner.as_str()).collect();
        let (kind, class) = (effect.effect.as_str(), effect.class.as_str());
        format!(
            "{kind} {} ({}, {class}) {hazards:?} {manners:?}",
            effect.resource.address, effect.resource.kind
        )
    };
    change.effects.iter().map(effect).collect::<Vec<_>>().join("\n    ")
}

/// Whether some rule of the built-in policies would hold it in production.
fn is_held(effect: &Effect) -> bool {
    let destroys = effect.effect.destroys() && effect.class != Class::Other;
    !effect.hazards.is_empty()
        || !effect.manners.is_empty()
        || destroys
        || effect.effect == EffectKind::Execute
}

#[test]
fn ordinary_calls_carry_nothing_that_is_held() {
    let calls = lines("ordinary.jsonl");
    assert!(calls.len() >= 150);
    let mut wrong = Vec::new();
    for call in &calls {
        let change = judged(call);
        assert!(!change.effects.is_empty(), "{call}");
        if change.effects.iter().any(is_held) {
            wrong.push(format!("{call}\n    {}", told(&change)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), calls.len(), wrong.join("\n"));
}

#[test]
fn dangerous_calls_carry_their_hazard() {
    let cases = lines("dangerous.jsonl");
    assert!(cases.len() >= 150);
    let mut wrong = Vec::new();
    for case in &cases {
        let change = judged(&case["call"]);
        let words = |key: &str| -> BTreeSet<String> {
            case[key].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
        };
        let fits = |effect: &Effect| {
            let hazards: BTreeSet<String> =
                effect.hazards.iter().map(|h| h.kind.as_str().to_owned()).collect();
            let manners: BTreeSet<String> =
                effect.manners.iter().map(|m| m.manner.as_str().to_owned()).collect();
            let kind = case["effect"].as_str().is_none_or(|kind| kind == effect.effect.as_str());
            kind && words("hazards").is_subset(&hazards)
                && words("manners").is_subset(&manners)
                && is_held(effect)
        };
        if !change.effects.iter().any(fits) {
            wrong.push(format!("{case}\n    {}", told(&change)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn the_lines_of_the_incidents_are_read_as_they_are() {
    for line in lines("calls.jsonl") {
        let change = judged(&line);
        assert!(change.effects.iter().any(is_held), "{line}: {}", told(&change));
    }
}

#[test]
fn what_becomes_of_the_backups_is_read_from_the_call() {
    let backup = |service: &str, operation: &str, parameters: Value| {
        judged(&call(service, operation, parameters)).effects[0].backup
    };
    let id = "DBInstanceIdentifier";
    let delete = |parameters: Value| backup("rds", "DeleteDBInstance", parameters);
    assert_eq!(delete(json!({id: "a", "SkipFinalSnapshot": true})), Backup::RemovedWithIt);
    assert_eq!(
        delete(json!({id: "a", "SkipFinalSnapshot": true, "DeleteAutomatedBackups": false})),
        Backup::Kept
    );
    assert_eq!(delete(json!({id: "a", "FinalDBSnapshotIdentifier": "last"})), Backup::Kept);
    // Without either, the API refuses, unless the data lies in a cluster.
    assert_eq!(delete(json!({id: "a"})), Backup::Guarded);
    assert_eq!(backup("s3", "DeleteBucket", json!({"Bucket": "b"})), Backup::Guarded);
    assert_eq!(backup("s3", "DeleteObject", json!({"Bucket": "b", "Key": "k"})), Backup::NotShown);
    assert_eq!(backup("dynamodb", "DeleteTable", json!({"TableName": "t"})), Backup::NotShown);
    assert_eq!(backup("kms", "ScheduleKeyDeletion", json!({"KeyId": "k"})), Backup::Guarded);
    let skip = json!({"ClusterIdentifier": "c", "SkipFinalClusterSnapshot": true});
    assert_eq!(backup("redshift", "DeleteCluster", skip), Backup::RemovedWithIt);
    let secret = |force: bool| json!({"SecretId": "s", "ForceDeleteWithoutRecovery": force});
    assert_eq!(backup("secretsmanager", "DeleteSecret", secret(true)), Backup::RemovedWithIt);
    assert_eq!(backup("secretsmanager", "DeleteSecret", secret(false)), Backup::Guarded);
}

#[test]
fn each_thing_named_is_an_effect_of_its_own_and_a_node() {
    let change = judged(&call("ec2", "TerminateInstances", json!({"InstanceIds": ["i-0a", "i-0b", "i-0c"]})));
    let addresses: Vec<&str> = change.effects.iter().map(|e| e.resource.address.as_str()).collect();
    assert_eq!(addresses, ["ec2 instance i-0a", "ec2 instance i-0b", "ec2 instance i-0c"]);
    let node = &change.graph.nodes()[change.graph.find("ec2 instance i-0a").unwrap() as usize];
    assert!(node.identifiers.contains(&"i-0a".to_owned()) && node.exists && !change.graph.shown);
    assert_eq!(node.region.as_deref(), Some("eu-west-1"));
    let shown = change.effects[1].after.as_ref().unwrap().get();
    assert!(shown.contains("i-0b") && !shown.contains("i-0a"), "{shown}");

    let keys: Vec<Value> = (0..1500).map(|n| json!({"Key": format!("k{n}")})).collect();
    let many = judged(&call("s3", "DeleteObjects", json!({"Bucket": "b", "Delete": {"Objects": keys}})));
    assert_eq!(many.effects.len(), 1);
    assert_eq!(many.effects[0].weight(), 100);
    assert!(many.effects[0].resource.address.contains("1500"));
}

#[test]
fn two_calls_that_differ_have_different_digests_and_the_same_has_the_same() {
    let digest = |password: &str| {
        let parameters = json!({"DBInstanceIdentifier": "a", "MasterUserPassword": password});
        judged(&call("rds", "ModifyDBInstance", parameters)).digest().unwrap()
    };
    assert_eq!(digest("one-secret"), digest("one-secret"));
    assert_ne!(digest("one-secret"), digest("another-secret"));
}

#[test]
fn secrets_are_shown_nowhere() {
    let secret = "hunter2-very-secret";
    for call in [
        call(
            "rds",
            "CreateDBInstance",
            json!({"DBInstanceIdentifier": "a", "DBInstanceClass": "x", "Engine": "y", "MasterUserPassword": secret}),
        ),
        call("secretsmanager", "PutSecretValue", json!({"SecretId": "s", "SecretString": secret})),
        call(
            "lambda",
            "UpdateFunctionConfiguration",
            json!({"FunctionName": "f", "Environment": {"Variables": {"DB_PASSWORD": secret}}}),
        ),
        call(
            "ecs",
            "RegisterTaskDefinition",
            json!({"family": "f", "containerDefinitions": [{"name": "c", "environment": [{"name": "API_TOKEN", "value": secret}]}]}),
        ),
        call(
            "ssm",
            "SendCommand",
            json!({"DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-1"], "Parameters": {"commands": [format!("PGPASSWORD={secret} psql -h db -c 'drop table a'")]}}),
        ),
        call(
            "rds-data",
            "ExecuteStatement",
            json!({"resourceArn": "r", "secretArn": "s", "sql": format!("ALTER USER app WITH PASSWORD '{secret}'")}),
        ),
    ] {
        let change = judged(&call);
        let content = String::from_utf8(change.content().unwrap()).unwrap();
        assert!(!content.contains(secret), "{content}");
        assert!(!change.assessment().unwrap().to_string().contains(secret));
    }
}

#[test]
fn what_is_no_call_is_refused_by_name() {
    for (document, code) in [
        (json!({"service": "rds", "operation": "DeleteEverything", "region": "eu-west-1"}), "unknown_call"),
        (json!({"service": "nosuch", "operation": "Delete", "region": "eu-west-1"}), "unknown_call"),
        (json!({"service": "rds", "operation": "DeleteDBInstance"}), "wrong_type"),
        (json!({"service": "rds", "operation": "DeleteDBInstance", "region": "r", "wish": 1}), "wrong_type"),
        (
            json!({"service": "rds", "operation": "DeleteDBInstance", "region": "r", "parameters": []}),
            "wrong_type",
        ),
        (
            json!({"service": "rds", "operation": "DeleteDBInstance", "region": "r", "parameters": {}, "params": {}}),
            "wrong_type",
        ),
        (json!([]), "empty"),
    ] {
        let error = read(Format::Aws, document.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.code(), code, "{document}: {error}");
    }
    let twice = br#"{"service":"s3","service":"rds","operation":"DeleteBucket","region":"eu-west-1"}"#;
    assert_eq!(read(Format::Aws, twice).unwrap_err().code(), "duplicate_key");
}
