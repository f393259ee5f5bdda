//! Under a plan that people released: `holdpoint exec` gives the command a key that opens this plan, and nothing more.

use std::path::Path;

use holdpoint_tests::{Aws, Cli, Ended, aws_project, change_in};
use serde_json::Value;

use super::{instance, state_of};

/// `holdpoint` as the agent, in the project's directory, with the agent's own routes to AWS.
fn holdpoint(aws: &Aws, dir: &Path, arguments: &[&str]) -> Ended {
    let mut process = aws.process(holdpoint_tests::holdpoint());
    process.args(arguments).current_dir(dir).env("TF_VAR_name", aws.name("service"));
    process.env("HOLDPOINT_URL", aws.daemon.url()).env("HOLDPOINT_TOKEN", aws.site.token("agent"));
    process.output().unwrap().into()
}

fn plan(aws: &Aws, dir: &Path, more: &[&str]) -> Value {
    let mut terraform = aws.process("terraform");
    terraform.args(["plan", "-input=false", "-no-color", "-out=tfplan"]).args(more);
    terraform.current_dir(dir).env("TF_VAR_name", aws.name("service"));
    let _ = Ended::from(terraform.output().unwrap()).expect(0);
    let submitted = holdpoint(aws, dir, &["submit", "--plan", "tfplan", "--output", "json"]);
    let change = submitted.json();
    assert_eq!(change["state"], "held", "{change}");
    aws.release(change["id"].as_str().unwrap())
}

#[test]
fn a_released_plan_is_applied_without_another_question_and_covers_nothing_else() {
    let Some(aws) = Aws::new("a_released_plan_is_applied_without_another_question") else { return };
    let Some(dir) = aws_project(aws.site.dir(), "service") else { return };
    let (instance, name) = (instance(&aws), aws.name("service"));
    let other = aws.name("other");
    aws.prepare(&format!("s3 mb s3://{other}"));
    aws.prepare(&format!("s3api put-object --bucket {other} --key kept"));

    let change = plan(&aws, &dir, &[]);
    let id = change["id"].as_str().unwrap();
    // The plan, and then what was not in it.
    let cli = Cli::v1();
    let python = cli.program().display().to_string();
    let script = format!(
        "terraform apply -no-color -input=false \"$1\" || exit 9\n\
         echo \"key $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY\"\n\
         {python} -m awscli ec2 terminate-instances --instance-ids {instance} && exit 10\n\
         {python} -m awscli s3 rb --force s3://{other} && exit 11\n\
         exit 0\n"
    );
    std::fs::write(dir.join("apply.sh"), script).unwrap();
    let ran =
        holdpoint(&aws, &dir, &["exec", id, "--plan", "tfplan", "--", "sh", "apply.sh", "tfplan"]).expect(0);
    let own = &aws.variables()["AWS_ACCESS_KEY_ID"];
    assert!(ran.out.contains("key HPK") && !ran.out.contains(own.as_str()), "a key of its own: {ran:?}");
    aws.prepare(&format!("s3api head-bucket --bucket {name}-files"));
    assert_eq!(aws.cast.ada.state(id), "applied", "{ran:?}");
    // Beyond the plan, each was held by itself.
    assert_eq!(state_of(&aws, &instance), "running");
    aws.prepare(&format!("s3api head-object --bucket {other} --key kept"));
    assert!(ran.err.contains("NOT executed") && change_in(&ran.err).is_some(), "{ran:?}");
    let held: Vec<_> = aws.changes().into_iter().filter(|one| one["id"] != change["id"]).collect();
    assert!(held.iter().all(|one| one["state"] != "applied"), "nothing else passed: {held:?}");
    assert!(held.len() >= 2, "{held:?}");

    // When it is over, its key opens nothing any more.
    let mut over = aws.variables().clone();
    let key = ran.out.lines().find_map(|line| line.strip_prefix("key ")).unwrap();
    let (id_of_key, secret) = key.split_once(' ').unwrap();
    over.insert("AWS_ACCESS_KEY_ID".to_owned(), id_of_key.to_owned());
    over.insert("AWS_SECRET_ACCESS_KEY".to_owned(), secret.to_owned());
    let late: Ended = cli.start(&aws, &over).args(["sns", "list-topics"]).output().unwrap().into();
    assert!(late.code != Some(0) && late.err.contains("no longer valid"), "{late:?}");

    // And down again.
    let change = plan(&aws, &dir, &["-destroy"]);
    let id = change["id"].as_str().unwrap();
    let apply = ["exec", id, "--plan", "tfplan", "--", "terraform", "apply", "-no-color", "tfplan"];
    let _ = holdpoint(&aws, &dir, &apply).expect(0);
    assert_eq!(aws.cast.ada.state(id), "applied");
    let buckets = aws.prepare("s3 ls").out;
    assert!(!buckets.contains(&format!("{name}-files")), "{buckets}");
}
