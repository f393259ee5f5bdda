//! What goes out is signed with the daemon's own credential, and the other side checks it: moto does so for calls without
//! a path or a query, which it computes as it should.

use holdpoint_tests::{Aws, Cli, Ended, Moto, Site};

#[test]
fn a_stand_in_that_checks_signatures_accepts_what_goes_out() {
    let test = "a_stand_in_that_checks_signatures";
    if Aws::site(test).is_none() {
        return;
    }
    // The first three calls are unchecked: they make a user who may do everything.
    let Some(moto) = Moto::own(test, &[("INITIAL_NO_AUTH_ACTION_COUNT", "3")]) else { return };
    let (Some(site), Some(other)) = (Site::new(test), Site::new(test)) else { return };
    let direct = |key: &str, secret: &str, line: &str| -> Ended {
        let mut process = holdpoint_tests::command(Cli::v1().program());
        process.args(["-m", "awscli"]).args(line.split(' ')).env("AWS_ENDPOINT_URL", moto.url());
        process.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", secret);
        process.env("AWS_DEFAULT_REGION", "eu-west-1").output().unwrap().into()
    };
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let _ = direct("any", "any", "iam create-user --user-name daemon").expect(0);
    let _ = direct(
        "any",
        "any",
        &format!("iam put-user-policy --user-name daemon --policy-name all --policy-document {all}"),
    )
    .expect(0);
    let made = direct("any", "any", "iam create-access-key --user-name daemon").expect(0).json();
    let text = |name: &str| made["AccessKey"][name].as_str().unwrap().to_owned();
    let (key, secret) = (text("AccessKeyId"), text("SecretAccessKey"));
    let wrong = direct(&key, "another", "ec2 describe-vpcs");
    assert!(wrong.err.contains("AuthFailure"), "signatures are checked: {wrong:?}");

    let aws = Aws::before(site, &moto.url(), "", (&key, &secret));
    for line in [
        "ec2 create-vpc --cidr-block 10.5.0.0/16",
        "ec2 describe-vpcs",
        "s3 mb s3://signed-bucket",
        "dynamodb list-tables",
        "sns create-topic --name signed",
        "ssm put-parameter --name signed --type String --value a",
        "iam list-users",
        "sts get-caller-identity",
    ] {
        let ended = aws.run(line);
        assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
        assert!(!ended.out.contains(&secret), "{line}: {ended:?}");
    }
    assert!(!aws.daemon.log().contains(&secret));

    // With a wrong real secret nothing passes, and the client is told by AWS itself.
    let wrong = Aws::before(other, &moto.url(), "", (&key, "another"));
    let refused = wrong.run("ec2 describe-vpcs");
    assert!(refused.code != Some(0) && refused.err.contains("AuthFailure"), "{refused:?}");
}
