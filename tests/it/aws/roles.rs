//! Credentials that AWS would hand out never reach an agent: assuming a role gives it another key of Holdpoint's.

use holdpoint_tests::{Aws, Cli, Ended};

const SETTINGS: &str = "aws.agents.agent.assumes = [\"arn:aws:iam::123456789012:role/deploy-*\"]\n";

#[test]
fn an_assumed_role_is_a_key_of_holdpoints_own() {
    let Some(aws) = Aws::with("an_assumed_role_is_a_key_of_holdpoints_own", SETTINGS) else { return };
    let assume = |role: &str| {
        aws.run(&format!(
            "sts assume-role --role-session-name work --role-arn arn:aws:iam::123456789012:role/{role}"
        ))
    };
    let assumed = assume("deploy-site").expect(0).json();
    let keys = &assumed["Credentials"];
    let text = |name: &str| keys[name].as_str().unwrap().to_owned();
    assert!(
        text("AccessKeyId").starts_with("HPK") && text("SessionToken").starts_with("holdpoint-"),
        "{keys}"
    );
    assert!(!assumed.to_string().contains("ASIA"), "nothing of AWS's own: {assumed}");
    let mut with_role = aws.variables().clone();
    for (variable, name) in [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ] {
        with_role.insert(variable.to_owned(), text(name));
    }
    let as_role = |line: &str| -> Ended {
        Cli::v1().start(&aws, &with_role).args(line.split(' ')).output().unwrap().into()
    };
    let who = as_role("sts get-caller-identity").expect(0);
    assert!(who.out.contains(":assumed-role/deploy-site/"), "the call is made with the role: {who:?}");
    let _ = as_role(&format!("sns create-topic --name {}", aws.name("by-role"))).expect(0);

    let refused = assume("admin");
    assert!(refused.code != Some(0) && refused.err.contains("may not assume"), "{refused:?}");
    assert!(refused.err.contains("AccessDenied") && refused.err.contains("`assumes`"), "{refused:?}");
    aws.keeps_its_secret();
}

#[test]
fn what_hands_out_credentials_does_not_pass() {
    let Some(aws) = Aws::with("what_hands_out_credentials_does_not_pass", SETTINGS) else { return };
    let user = aws.name("somebody");
    aws.prepare(&format!("iam create-user --user-name {user}"));
    for line in [
        "sts get-session-token".to_owned(),
        "sts get-federation-token --name somebody".to_owned(),
        format!("iam create-access-key --user-name {user}"),
        format!("ec2 create-key-pair --key-name {user}"),
    ] {
        let ended = aws.run(&line);
        assert_ne!(ended.code, Some(0), "{line}: {ended:?}");
        assert!(ended.out.is_empty() && ended.err.contains("AccessDenied"), "{line}: {ended:?}");
    }
}
