//! Operations by path, and S3's by path, query, host and headers.

use serde_json::json;

use super::sent::{PLAIN, Sent, s3};

#[test]
fn the_query_decides_what_s3_is_asked() {
    let cases = [
        ("GET", "/", "s3:ListBuckets"),
        ("GET", "/b?list-type=2&prefix=p", "s3:ListObjectsV2"),
        ("GET", "/b/", "s3:ListObjects"),
        ("DELETE", "/b", "s3:DeleteBucket"),
        ("DELETE", "/b?policy", "s3:DeleteBucketPolicy"),
        ("DELETE", "/b/k", "s3:DeleteObject"),
        ("DELETE", "/b/k?versionId=1", "s3:DeleteObject"),
        ("DELETE", "/b/k?tagging", "s3:DeleteObjectTagging"),
        ("DELETE", "/b/k?uploadId=u", "s3:AbortMultipartUpload"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "s3:UploadPart"),
        ("PUT", "/b/k?acl", "s3:PutObjectAcl"),
        ("PUT", "/b/a/../c", "s3:PutObject"),
        ("POST", "/b/k?uploads", "s3:CreateMultipartUpload"),
        ("GET", "/b/k?x-id=DeleteObject", "s3:GetObject"),
    ];
    for (method, target, wanted) in cases {
        assert_eq!(s3(method, target).name(), wanted, "{method} {target}");
    }
    for (method, target) in [
        ("DELETE", "/b/k?blowUp"),
        ("PUT", "/b?ACL"),
        ("PUT", "/b/k?uploadId=u"),
        ("GET", "/b?policy&acl"),
        ("GET", "/b?acl&acl"),
    ] {
        assert!(s3(method, target).call().is_err(), "{method} {target}");
    }
}

#[test]
fn s3s_headers_are_parameters() {
    let headers = vec![
        ("x-amz-copy-source", "/other/k"),
        ("x-amz-acl", "public-read"),
        ("x-amz-meta-one", "1"),
        ("content-encoding", "gzip,aws-chunked"),
        ("x-amz-checksum-crc32", "AAAA"),
    ];
    let call = Sent { headers, ..s3("PUT", "/b/a%20b") }.call().unwrap();
    assert_eq!(call.operation, "CopyObject");
    let wanted = json!({
        "Bucket": "b", "Key": "a b", "CopySource": "/other/k", "ACL": "public-read", "Metadata": {"one": "1"},
        "ContentEncoding": "gzip",
    });
    assert_eq!(call.parameters, wanted);
    let strange = Sent { headers: vec![("x-amz-new", "1")], ..s3("PUT", "/b/k") }.call().unwrap();
    assert_eq!(strange.doubts, ["the parameter `x-amz-new` is not in the published model"]);
    assert_ne!(strange.meaning, s3("PUT", "/b/k").call().unwrap().meaning);
    let headers = vec![("x-amz-bypass-governance-retention", "true")];
    let call = Sent { headers, ..s3("DELETE", "/b/k?versionId=1") }.call().unwrap();
    assert_eq!(call.parameters["BypassGovernanceRetention"], true);
    assert_eq!(call.resources[0].arn.as_deref(), Some("arn:aws:s3:::b/k"));
}

#[test]
fn a_bucket_may_be_in_the_host() {
    let sent = |host, target| Sent { host, ..s3("DELETE", target) };
    let key = |sent: Sent<'_>| sent.call().map(|call| (call.operation, call.parameters)).unwrap();
    let deleted = ("DeleteObject".to_owned(), json!({"Bucket": "my.b", "Key": "k/l"}));
    assert_eq!(key(sent("my.b.s3.amazonaws.com", "/k/l")), deleted);
    assert_eq!(key(sent("my.b.s3.eu-west-1.amazonaws.com:443", "/k/l")), deleted);
    assert_eq!(key(sent("my.b.s3-us-west-2.amazonaws.com", "/k/l")), deleted);
    assert_eq!(key(sent("my.b.S3.AMAZONAWS.COM", "/k/l")), deleted);
    assert_eq!(key(sent("s3.eu-west-1.amazonaws.com", "/my.b/k/l")), deleted);
    assert_eq!(sent("my.b.s3.amazonaws.com", "/").name(), "s3:DeleteBucket");
    assert!(sent("ap-1.s3-accesspoint.eu-west-1.amazonaws.com", "/k/l").refused().contains("Access points"));
}

#[test]
fn the_control_plane_of_s3_has_an_account() {
    let sent = |headers| Sent { headers, ..s3("GET", "/v20180820/bucket") };
    assert_eq!(sent(vec![("x-amz-account-id", "1")]).name(), "s3control:ListRegionalBuckets");
    assert_eq!(sent(vec![]).name(), "s3:GetObject");
}

#[test]
fn the_most_literal_path_wins_and_none_goes_up() {
    let lambda = |method, target| Sent { method, target, service: "lambda", ..PLAIN };
    assert_eq!(lambda("DELETE", "/2015-03-31/functions/f").name(), "lambda:DeleteFunction");
    assert_eq!(lambda("DELETE", "/2015-03-31/functions/f/").name(), "lambda:DeleteFunction");
    assert_eq!(
        lambda("DELETE", "/2015-03-31/functions/f?Qualifier=1").call().unwrap().parameters["Qualifier"],
        "1"
    );
    assert_eq!(
        lambda("GET", "/2018-10-31/layers?find=LayerVersion&Arn=a").name(),
        "lambda:GetLayerVersionByArn"
    );
    assert_eq!(lambda("GET", "/2018-10-31/layers").name(), "lambda:ListLayers");
    assert!(lambda("DELETE", "/2015-03-31/functions/x/../f").refused().contains("goes up"));
    assert!(lambda("DELETE", "/2015-03-31/functions/%2e%2e").refused().contains("goes up"));
    assert!(lambda("DELETE", "/2015-03-31/functions//").call().is_err());
    assert!(
        lambda("DELETE", "/2015-03-31/functions/f?Qualifier=1&Qualifier=2")
            .refused()
            .contains("more than once")
    );
    assert!(lambda("DELETE", "/2015-03-31/functions/f?Qualifier=a+b").refused().contains("%2B"));
    // An escaped letter does not make a literal a label.
    let quicksight = |target| Sent { method: "GET", target, service: "quicksight", ..PLAIN }.name();
    assert_eq!(quicksight("/accounts/1/d%61shboards/d"), "quicksight:DescribeDashboard");
}
