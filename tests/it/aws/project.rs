//! Terraform through the gateway, by an agent that hands no plan in: ordinary calls pass, the others stop it with words.

use std::path::Path;

use holdpoint_tests::{Aws, Ended, aws_project, change_in};

fn terraform(aws: &Aws, dir: &Path, arguments: &[&str]) -> Ended {
    let mut terraform = aws.process("terraform");
    terraform.args(arguments).env("TF_CLI_ARGS", "-no-color").env("TF_INPUT", "0").current_dir(dir);
    terraform.env("TF_VAR_name", aws.name("shop")).output().unwrap().into()
}

/// Runs it until it is through, releasing what it is stopped by; how often it was stopped.
fn patiently(aws: &Aws, dir: &Path, arguments: &[&str]) -> usize {
    for stopped in 0..12 {
        let ended = terraform(aws, dir, arguments);
        if ended.code == Some(0) {
            return stopped;
        }
        assert!(ended.err.contains("NOT executed") && ended.err.contains("AccessDenied"), "{ended:?}");
        let id = change_in(&ended.err).unwrap_or_else(|| panic!("no change is named: {ended:?}"));
        let told = aws.cast.ada.change(&id);
        assert_eq!(told["state"], "held", "{told}");
        // Whatever was held together or after it is released, too.
        for change in aws.changes().iter().filter(|change| change["state"] == "held") {
            let change = aws.cast.ada.change(change["id"].as_str().unwrap());
            println!("held: {}", change["reasons"][0]["reason"]);
            aws.release(change["id"].as_str().unwrap());
        }
    }
    panic!("it is stopped over and over: {:?}", aws.changes());
}

#[test]
fn a_project_is_built_changed_and_taken_down() {
    let Some(mut aws) = Aws::new("a_project_is_built_changed_and_taken_down") else { return };
    let Some(dir) = aws_project(aws.site.dir(), "shop") else { return };
    aws.work_in("development");
    let zip = "import zipfile; zipfile.ZipFile('function.zip', 'w').writestr('index.py', 'def handler(e, c): return 1')";
    let mut python = aws.process("python3");
    assert!(python.args(["-c", zip]).current_dir(&dir).status().unwrap().success());

    let built = patiently(&aws, &dir, &["apply", "-auto-approve"]);
    let name = aws.name("shop");
    aws.prepare(&format!("dynamodb describe-table --table-name {name}-orders"));
    aws.prepare(&format!("lambda get-function --function-name {name}-worker"));
    let nothing = terraform(&aws, &dir, &["plan", "-detailed-exitcode"]);
    assert_eq!(nothing.code, Some(0), "what was read through the gateway is what is there: {nothing:?}");

    let changed = patiently(&aws, &dir, &["apply", "-auto-approve", "-var=greeting=good-morning"]);
    let greeting = aws.prepare(&format!("ssm get-parameter --name /{name}/greeting --query Parameter.Value"));
    assert!(greeting.out.contains("good-morning"));

    // What holds data is not taken down by itself, wherever it is.
    let stopped = terraform(&aws, &dir, &["destroy", "-auto-approve"]);
    assert_ne!(stopped.code, Some(0), "{stopped:?}");
    aws.prepare(&format!("dynamodb describe-table --table-name {name}-orders"));
    let destroyed = patiently(&aws, &dir, &["destroy", "-auto-approve"]);
    assert!(destroyed > 0, "to take everything down is a question for people");
    let left = terraform(&aws, &dir, &["state", "list"]).out;
    assert_eq!(left.trim(), "", "nothing is left");
    println!("stopped {built} times while building, {changed} while changing, {destroyed} while taking down");
    aws.keeps_its_secret();
}
