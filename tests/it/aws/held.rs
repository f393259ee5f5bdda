//! A dangerous call is held, told of in the client's own words, released by people, and passes once.

use std::thread;

use holdpoint_tests::{Aws, Cli, Ended, change_in};
use serde_json::Value;

use super::{instance, state_of, table};

/// What a refusal says, whatever prints it: that nothing was done, the change, who is waited for, and the next step.
fn says_it_all(said: &str) {
    for part in [
        "AccessDenied",
        "NOT executed",
        "chg_",
        "reviewers",
        "Next: holdpoint wait chg_",
        "run the same command again",
    ] {
        assert!(said.contains(part), "`{part}` is missing in: {said}");
    }
}

#[test]
fn a_command_is_held_released_and_passes_once() {
    // Looked up, an instance that is gone already is nothing to ask about.
    let settings = "aws.look_ups = false\n";
    let Some(aws) = Aws::with("a_command_is_held_released_and_passes_once", settings) else { return };
    thread::scope(|scope| {
        for cli in Cli::all() {
            let aws = &aws;
            scope.spawn(move || command(aws, &cli));
        }
    });
    aws.keeps_its_secret();
}

fn command(aws: &Aws, cli: &Cli) {
    let instance = instance(aws);
    let terminate = ["ec2", "terminate-instances", "--instance-ids", &instance];
    let held = aws.cli(cli, &[&terminate[..], &["--debug"]].concat());
    assert_eq!(held.code, Some(if cli.name == "aws v1" { 255 } else { 254 }), "{held:?}");
    says_it_all(&held.err);
    assert_eq!(held.err.matches("Sending http request:").count(), 1, "one attempt: {}", held.err);
    assert_eq!(state_of(aws, &instance), "running", "nothing was done");

    // Asked again, it is the same change.
    let again = aws.cli(cli, &terminate);
    assert_ne!(again.code, Some(0));
    assert_eq!(change_in(&again.err), change_in(&held.err));

    let change = aws.release(&held.err);
    let passed = aws.cli(cli, &terminate).expect(0);
    assert!(passed.out.contains(&instance), "{passed:?}");
    assert_eq!(state_of(aws, &instance), "terminated");
    assert_eq!(aws.cast.ada.state(change["id"].as_str().unwrap()), "applied");

    let third = aws.cli(cli, &terminate);
    assert_ne!(third.code, Some(0), "{third:?}");
    says_it_all(&third.err);
    assert_ne!(change_in(&third.err), change_in(&held.err), "what was used up does not pass again");
}

#[test]
fn libraries_are_told_by_their_own_errors() {
    let Some(aws) = Aws::new("libraries_are_told_by_their_own_errors") else { return };
    thread::scope(|scope| {
        let aws = &aws;
        scope.spawn(move || {
            let table = table(aws, "python");
            let drop = || Ended::from(aws.python("drop.py", &[&table]).output().unwrap()).expect(0).json();
            let held = drop();
            assert_eq!(
                (&held["Code"], &held["retries"]),
                (&"AccessDeniedException".into(), &0.into()),
                "{held}"
            );
            library(aws, &held["Message"], &table, &drop);
        });
        scope.spawn(move || {
            let table = table(aws, "javascript");
            let Some(held) = aws.node("drop.mjs", &[&table]) else { return };
            let held = held.expect(0).json();
            let expected = ("AccessDeniedException", 1, 403);
            assert_eq!(held["name"], expected.0, "{held}");
            assert_eq!(
                (held["attempts"].as_i64(), held["status"].as_i64()),
                (Some(expected.1), Some(expected.2))
            );
            let drop = || aws.node("drop.mjs", &[&table]).unwrap().expect(0).json();
            library(aws, &held["message"], &table, &drop);
        });
    });
}

fn library(aws: &Aws, message: &Value, table: &str, drop: &dyn Fn() -> Value) {
    says_it_all(&format!("AccessDenied {}", message.as_str().unwrap()));
    aws.release(message.as_str().unwrap());
    assert_eq!(drop()["deleted"], table, "the same call passes");
    let third = drop();
    assert!(third["deleted"].is_null(), "and passes once: {third}");
}

#[test]
fn what_a_person_rejects_stays_rejected() {
    let Some(aws) = Aws::new("what_a_person_rejects_stays_rejected") else { return };
    let table = table(&aws, "kept");
    let delete = format!("dynamodb delete-table --table-name {table}");
    let held = aws.run(&delete);
    let change = aws.cast.ada.change(&change_in(&held.err).unwrap());
    let _ = aws.cast.ada.answer(&change, "reject").unwrap().expect(200);
    let again = aws.run(&delete);
    assert_ne!(again.code, Some(0));
    assert!(
        again.err.contains("rejected by a person") && again.err.contains("seen and understood"),
        "{again:?}"
    );
    assert_eq!(change_in(&again.err).as_deref(), change["id"].as_str(), "nobody is asked a second time");
    aws.prepare(&format!("dynamodb describe-table --table-name {table}"));
}

#[test]
fn what_an_answer_only_mentions_is_not_the_agents_own() {
    let Some(aws) = Aws::new("what_an_answer_only_mentions") else { return };
    let images =
        aws.prepare("ec2 describe-images --owners amazon --query Images[0].ImageId --output text").out;
    let run = format!("ec2 run-instances --image-id {} --query Instances[0] --output json", images.trim());
    let mut made = aws.run(&run);
    if made.code != Some(0) {
        aws.release(&made.err);
        made = aws.run(&run).expect(0);
    }
    let made = made.json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    // The network that it was put into was there before; only the instance is new.
    let born = aws.site.database.ask("select array_to_string(born, ' ') from holdpoint.calls");
    assert_eq!(born, text("InstanceId"));
    let held = aws.run(&format!("ec2 delete-vpc --vpc-id {}", text("VpcId")));
    assert!(held.code != Some(0) && change_in(&held.err).is_some(), "{held:?}");
    // Nor does changing something make it the agent's.
    let other = instance(&aws);
    let stopped = aws.run(&format!("ec2 stop-instances --instance-ids {other}"));
    if stopped.code != Some(0) {
        aws.release(&stopped.err);
        let _ = aws.run(&format!("ec2 stop-instances --instance-ids {other}")).expect(0);
    }
    let held = aws.run(&format!("ec2 terminate-instances --instance-ids {other}"));
    assert!(held.code != Some(0) && change_in(&held.err).is_some(), "{held:?}");
}
