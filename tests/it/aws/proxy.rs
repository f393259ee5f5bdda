//! HTTPS_PROXY with Holdpoint's own authority: nothing tells the clients of an endpoint, and still each call is seen.

use std::thread;

use holdpoint_tests::{Aws, Cli, Ended, aws_project, change_in};

use super::table;

#[test]
fn clients_that_know_of_no_endpoint_are_seen_through_the_proxy() {
    let Some(aws) = Aws::new("clients_that_know_of_no_endpoint") else { return };
    let proxied = aws.proxied();
    assert!(!proxied.contains_key("AWS_ENDPOINT_URL") && proxied.contains_key("HTTPS_PROXY"), "{proxied:?}");
    let (bucket, orders) = (aws.name("proxied"), table(&aws, "orders"));
    aws.prepare(&format!("s3 mb s3://{bucket}"));
    std::fs::write(aws.site.dir().join("note.txt"), "through the proxy").unwrap();
    thread::scope(|scope| {
        let (aws, proxied, bucket, orders) = (&aws, &proxied, &bucket, &orders);
        for cli in Cli::all() {
            scope.spawn(move || {
                let run = |line: &str| -> Ended {
                    cli.start(aws, proxied).args(line.split(' ')).output().unwrap().into()
                };
                let _ = run("ec2 describe-vpcs").expect(0);
                // Version 1 sends these to hosts of their own, whatever endpoint it is told.
                let _ = run("rds describe-db-instances").expect(0);
                let _ = run("sqs list-queues").expect(0);
                // By the name of the bucket in the host, with a checksum behind the body.
                let key = format!("s3://{bucket}/{}.txt", cli.name.replace(' ', "/"));
                let _ = run(&format!("s3 cp note.txt {key}")).expect(0);
                assert_eq!(run(&format!("s3 cp {key} -")).expect(0).out, "through the proxy");
                let held = run(&format!("dynamodb delete-table --table-name {orders}"));
                assert!(held.code != Some(0) && change_in(&held.err).is_some(), "{}: {held:?}", cli.name);
            });
        }
        scope.spawn(move || {
            let Some(dir) = aws_project(aws.site.dir(), "look") else { return };
            let mut terraform = aws.process_with("terraform", proxied);
            terraform.args(["apply", "-auto-approve", "-input=false", "-no-color"]).current_dir(&dir);
            let applied: Ended = terraform.env("TF_VAR_name", bucket).output().unwrap().into();
            assert!(applied.expect(0).out.contains("account = \"123456789012\""));
            aws.prepare(&format!("s3api head-bucket --bucket {bucket}-by-proxy"));
        });
        scope.spawn(move || {
            let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("aws-py/ordinary.py");
            let python = aws.python("ordinary.py", &[]).get_program().to_owned();
            let output =
                aws.process_with(python, proxied).arg(script).args([bucket, orders]).output().unwrap();
            assert_eq!(Ended::from(output).expect(0).json()["got"], "hello");
        });
    });
    aws.keeps_its_secret();
}

#[test]
fn the_proxy_opens_no_way_round() {
    let Some(aws) = Aws::with("the_proxy_opens_no_way_round", "aws.tunnel = [\"localhost\"]\n") else {
        return;
    };
    let proxied = aws.proxied();
    let hosts = [
        "example.org:443",
        "169.254.169.254:443",
        "ec2.eu-west-1.amazonaws.xyz:443",
        "sts.eu-west-1.amazonaws.com.evil.example:443",
        "ec2.eu-west-1.amazonaws.com:80",
        "ec2.eu-west-1.amazonaws.com:443",
        "dynamodb.eu-west-1.api.aws:443",
    ];
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("aws-py/connect.py");
    let python = aws.python("connect.py", &[]).get_program().to_owned();
    let output = aws.process_with(python, &proxied).arg(script).args(hosts).output().unwrap();
    let said = Ended::from(output).expect(0).json();
    for host in &hosts[..5] {
        assert_eq!(said[*host][0], 403, "{host}: {said}");
        assert!(said[*host][1].as_str().unwrap().contains(host.split(':').next().unwrap()), "{host}: {said}");
    }
    for host in &hosts[5..] {
        assert_eq!(said[*host][0], 200, "{host}: {said}");
    }
}
