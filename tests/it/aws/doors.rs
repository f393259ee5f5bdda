//! Who is let in: requests signed by a key of Holdpoint's own, as they were signed, now.

use holdpoint_tests::{Aws, Ended, until};

#[test]
fn what_is_not_signed_as_it_stands_is_refused_in_words() {
    let Some(aws) = Aws::new("what_is_not_signed_as_it_stands_is_refused") else { return };
    let bucket = aws.name("doors");
    aws.prepare(&format!("s3 mb s3://{bucket}"));
    let count = || {
        aws.prepare(
            "ec2 describe-vpcs --query length(Vpcs[?CidrBlock==`10.9.0.0/16`||CidrBlock==`10.8.0.0/16`])",
        )
        .out
    };
    let before = count();
    let said = Ended::from(aws.python("doors.py", &[&bucket]).output().unwrap()).expect(0).json();
    for (name, status, code, words) in [
        ("unsigned", 403, "MissingAuthenticationToken", "not signed"),
        ("another body", 403, "SignatureDoesNotMatch", "changed on the way"),
        ("another host", 403, "SignatureDoesNotMatch", ""),
        ("two hosts", 400, "", "host"),
        ("another path", 403, "AccessDenied", "NOT executed"),
        ("another region", 403, "SignatureDoesNotMatch", ""),
        ("an addition", 403, "AccessDenied", "NOT executed"),
        ("unknown key", 403, "InvalidClientTokenId", "not issued by Holdpoint"),
        ("the real key", 403, "InvalidClientTokenId", "not issued by Holdpoint"),
        ("wrong secret", 403, "SignatureDoesNotMatch", ""),
        ("an hour ago", 403, "SignatureDoesNotMatch", "signature expired"),
        ("in an hour", 403, "SignatureDoesNotMatch", "not yet current"),
        ("at first", 200, "CreateVpcResponse", "10.11.0.0/16"),
        ("sent again", 403, "AccessDenied", "came in before"),
        ("version 2", 403, "AccessDenied", "signature_version=s3v4"),
        ("presigned for something else", 403, "SignatureDoesNotMatch", ""),
        ("presigned, expired", 403, "AccessDenied", "expired"),
    ] {
        let (is, text) = (said[name][0].as_i64().unwrap(), said[name][1].as_str().unwrap());
        assert_eq!(is, status, "{name}: {text}");
        assert!(text.contains(code) && text.to_lowercase().contains(&words.to_lowercase()), "{name}: {text}");
    }
    assert_eq!(said["presigned put"][0], 200, "{said}");
    assert_eq!((&said["presigned get"][0], &said["presigned get"][1]), (&200.into(), &"by a URL".into()));
    assert_eq!(count(), before, "nothing of it was done");
    aws.keeps_its_secret();
}

#[test]
fn a_revoked_key_opens_nothing_on_any_replica() {
    let Some(aws) = Aws::new("a_revoked_key_opens_nothing") else { return };
    let second = aws.site.start();
    let list = |url: &str, key: &std::collections::BTreeMap<String, String>| -> Ended {
        let cli = holdpoint_tests::Cli::v1();
        let mut process = cli.start(&aws, key);
        process.args(["sqs", "list-queues", "--endpoint-url", url]).output().unwrap().into()
    };
    let first = aws.variables().clone();
    let both = [aws.daemon.aws_url(), second.aws_url()];
    for url in &both {
        let _ = list(url, &first).expect(0);
    }
    // Rotated: the new one is good, the old one is not, at once where it was done and soon on the other.
    let rotated = aws.access(&aws.daemon, "agent", &["--no-proxy", "--rotate"]);
    assert_ne!(rotated["AWS_ACCESS_KEY_ID"], first["AWS_ACCESS_KEY_ID"]);
    let refused = list(&both[0], &first);
    assert!(refused.code != Some(0) && refused.err.contains("no longer valid"), "{refused:?}");
    until("the other replica has heard of it", || list(&both[1], &first).code != Some(0));
    for url in &both {
        let _ = list(url, &rotated).expect(0);
    }
    // Without --rotate it is the same key.
    assert_eq!(
        aws.access(&second, "agent", &["--no-proxy"])["AWS_ACCESS_KEY_ID"],
        rotated["AWS_ACCESS_KEY_ID"]
    );
    // Revoked by an administrator.
    let path =
        format!("/v1/agents/{}/keys/{}/revocation", aws.site.id("agent"), rotated["AWS_ACCESS_KEY_ID"]);
    let revoked = aws.cast.olive.at(&second.url()).call("POST", &path, &[], None).unwrap();
    assert_eq!(revoked.status, 204, "{}", revoked.text);
    assert_ne!(list(&both[1], &rotated).code, Some(0));
    until("the other replica has heard of it", || list(&both[0], &rotated).code != Some(0));
    // And an agent that is revoked has no key that opens anything.
    let third = aws.access(&aws.daemon, "agent", &["--no-proxy"]);
    let _ = list(&both[0], &third).expect(0);
    let path = format!("/v1/agents/{}/revocation", aws.site.id("agent"));
    let revoked = aws.cast.olive.post(&path, &serde_json::json!({})).unwrap();
    assert!(revoked.status < 300, "{}", revoked.text);
    for url in &both {
        until("the key of a revoked agent is closed", || list(url, &third).code != Some(0));
    }
}
