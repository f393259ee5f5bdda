//! What nobody needs to be asked about passes at once, with every client.

use std::thread;

use holdpoint_tests::{Aws, Cli, REAL_KEY};

#[test]
fn ordinary_work_passes_with_every_client_and_the_real_key_stays_inside() {
    let Some(aws) = Aws::new("ordinary_work_passes") else { return };
    let (bucket, table) = (aws.name("files"), aws.name("items"));
    // By the gateway as well: to make something is ordinary.
    let _ = aws.run(&format!("s3 mb s3://{bucket}")).expect(0);
    let _ = aws
        .run(&format!("dynamodb create-table --table-name {table} --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH"))
        .expect(0);
    let mut said = thread::scope(|scope| {
        let (aws, bucket, table) = (&aws, &bucket, &table);
        let mut running = Vec::new();
        for cli in Cli::all() {
            running.push(scope.spawn(move || commands(aws, &cli, bucket)));
        }
        running.push(scope.spawn(move || {
            let output = aws.python("ordinary.py", &[bucket, table]).output().unwrap();
            let ended = holdpoint_tests::Ended::from(output).expect(0);
            let said = ended.json();
            let keys = serde_json::json!([["pages/0", "pages/1"], ["pages/2", "pages/3"], ["pages/4"]]);
            assert_eq!((&said["keys"], &said["n"], &said["got"]), (&keys, &"1".into(), &"hello".into()));
            ended.out
        }));
        running.push(scope.spawn(move || {
            let Some(ended) = aws.node("ordinary.mjs", &[bucket, table]) else { return String::new() };
            let ended = ended.expect(0);
            assert_eq!((&ended.json()["text"], &ended.json()["n"]), (&"by JavaScript".into(), &"1".into()));
            ended.out
        }));
        running.into_iter().map(|client| client.join().unwrap()).collect::<String>()
    });
    for change in aws.changes() {
        assert_eq!(change["state"], "applied", "{change}");
        said.push_str(&change.to_string());
    }
    assert!(!said.contains(REAL_KEY.0) && !said.contains(REAL_KEY.1), "{said}");
    aws.keeps_its_secret();
}

/// A day's work at a command line; everything that was printed.
fn commands(aws: &Aws, cli: &Cli, bucket: &str) -> String {
    let mut said = String::new();
    let mut run = |line: &str| {
        let ended = aws.cli(cli, &line.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.code, Some(0), "{}: {line}: {ended:?}", cli.name);
        said.push_str(&ended.out);
        said.push_str(&ended.err);
        ended.out
    };
    let short = cli.name.replace(' ', "-");
    assert!(run("sts get-caller-identity").contains("123456789012"));
    let made = run("ec2 create-vpc --cidr-block 10.7.0.0/16 --query Vpc.VpcId --output text");
    assert!(run(&format!("ec2 describe-vpcs --vpc-ids {}", made.trim())).contains("10.7.0.0/16"));
    let name = format!("/{bucket}/{short}");
    run(&format!("ssm put-parameter --name {name} --type String --value plain"));
    assert!(run(&format!("ssm get-parameter --name {name}")).contains("plain"));
    std::fs::write(aws.site.dir().join(&short), format!("by {short}")).unwrap();
    run(&format!("s3 cp {short} s3://{bucket}/{short}"));
    assert!(run(&format!("s3 cp s3://{bucket}/{short} -")).contains(&format!("by {short}")));
    assert!(run(&format!("s3 ls s3://{bucket}/")).contains(&short));
    run("route53 list-hosted-zones");
    run("lambda list-functions");
    run("cloudwatch describe-alarms");
    said
}
