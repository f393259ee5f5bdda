use super::*;

fn name(prefix: &str, region: &str) -> (String, String) {
    let host = of(prefix, region).unwrap();
    (host.name, host.region)
}

#[test]
fn hosts_of_services_in_regions() {
    let cases = [
        ("ec2", "eu-central-1", "ec2.eu-central-1.amazonaws.com", "eu-central-1"),
        ("s3", "us-east-1", "s3.us-east-1.amazonaws.com", "us-east-1"),
        ("ec2", "cn-north-1", "ec2.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("ec2", "eusc-de-east-1", "ec2.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("iam", "eu-west-1", "iam.amazonaws.com", "us-east-1"),
        ("iam", "us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1"),
        ("iam", "cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("route53", "us-west-2", "route53.amazonaws.com", "us-east-1"),
        ("route53", "us-gov-west-1", "route53.us-gov.amazonaws.com", "us-gov-west-1"),
        ("organizations", "eu-west-1", "organizations.us-east-1.amazonaws.com", "us-east-1"),
        ("organizations", "cn-north-1", "organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
        ("networkmanager", "eu-west-1", "networkmanager.us-west-2.amazonaws.com", "us-west-2"),
        ("datazone", "eu-west-1", "datazone.eu-west-1.api.aws", "eu-west-1"),
        ("datazone", "cn-north-1", "datazone.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1"),
        ("codecatalyst", "us-west-2", "codecatalyst.global.api.aws", "us-west-2"),
        ("notifications-contacts", "eu-west-1", "notifications-contacts.us-east-1.api.aws", "us-east-1"),
        ("transcribe", "cn-north-1", "cn.transcribe.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("sdb", "us-east-1", "sdb.amazonaws.com", "us-east-1"),
        ("sdb", "us-west-2", "sdb.us-west-2.amazonaws.com", "us-west-2"),
        ("runtime.sagemaker", "us-west-2", "runtime.sagemaker.us-west-2.amazonaws.com", "us-west-2"),
    ];
    for (prefix, region, host, signs) in cases {
        assert_eq!(name(prefix, region), (host.to_owned(), signs.to_owned()), "{prefix} {region}");
    }
}

#[test]
fn every_host_is_one_of_aws() {
    let prefixes =
        EXCEPTIONS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').next());
    for prefix in prefixes.chain(["ec2", "s3"]) {
        for region in ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"] {
            let (host, signs) = name(prefix, region);
            assert!(partition(&signs).is_ok(), "{host}: {signs}");
            assert_eq!(recognise(&host), Destination::Aws, "{host}");
        }
    }
}

#[test]
fn nothing_but_a_region_becomes_part_of_a_host() {
    for region in [
        "",
        "evil.test",
        "us-east-1.evil.test",
        "us-east-1.evil.test/",
        "us-east-1/../",
        "us-east-1#",
        "us-east-1@evil",
        "us-east-1:80",
        "xx-nowhere-1",
        "US-EAST-1",
        "us-east-1\r\nHost: evil",
        "aws-global",
        "*",
        "{region}",
    ] {
        assert_eq!(of("ec2", region), Err(Nowhere::Region(region.to_owned())));
        assert!(partition(region).is_err());
    }
    for prefix in
        ["", "evil.test/", "a/b", "a@b", "a..b", ".a", "a.", "-a", "a-", "A", "a:1", "a b", "{region}", "a\n"]
    {
        assert_eq!(of(prefix, "us-east-1"), Err(Nowhere::Prefix(prefix.to_owned())));
    }
}

#[test]
fn a_host_prefix_is_filled_with_labels_only() {
    let host = of("s3-control", "eu-west-1").unwrap();
    let with = |template: &str, value: &'static str| {
        prefixed(&host, template, |_| Some(value)).map(|host| host.name)
    };
    assert_eq!(
        with("{AccountId}.", "123456789012").unwrap(),
        "123456789012.s3-control.eu-west-1.amazonaws.com"
    );
    assert_eq!(with("sync-", "").unwrap(), "sync-s3-control.eu-west-1.amazonaws.com");
    assert_eq!(with("a.{Name}.b-", "My-Bucket").unwrap(), "a.My-Bucket.b-s3-control.eu-west-1.amazonaws.com");
    for value in ["", "12345678901", "123456789012.evil", "evil.test/#", "12345678901a"] {
        assert_eq!(with("{AccountId}.", value), Err(Nowhere::Label("AccountId".to_owned())), "{value}");
    }
    for value in ["", "a.b", "evil.test/", "a@", "-a", "a-", "a:b", "é", "a b"] {
        assert_eq!(with("{Name}.", value), Err(Nowhere::Label("Name".to_owned())), "{value}");
    }
    assert!(prefixed(&host, "{AccountId}.", |_| None).is_err());
    assert!(prefixed(&host, "{AccountId", |_| Some("123456789012")).is_err());
    assert!(prefixed(&host, "evil.test/", |_| None).is_err());
}

#[test]
fn aws_is_recognised_and_its_look_alikes_are_not_passed_on() {
    for host in [
        "ec2.eu-west-1.amazonaws.com:443",
        "S3.AmazonAWS.com",
        "bucket.s3.eu-west-1.amazonaws.com",
        "sts.amazonaws.com.",
        "ec2.cn-north-1.amazonaws.com.cn:443",
        "datazone.eu-west-1.api.aws",
        "x.lambda-url.eu-west-1.on.aws",
        "iam.cn-north-1.api.amazonwebservices.com.cn",
        "ec2.eusc-de-east-1.amazonaws.eu",
        "amazonaws.com",
        "us-east-1.signin.aws.amazon.com",
    ] {
        assert_eq!(recognise(host), Destination::Aws, "{host}");
    }
    for host in [
        "ec2.amazonaws.example",
        "ec2.us-iso-east-1.c2s.ic.gov",
        "new.thing.aws",
        "x.amazonaws.cn",
        "amazonaws-us-gov.com",
        "console.aws.amazon.com",
        "amazonwebservices.com",
        "169.254.169.254",
        "169.254.170.2:80",
        "[fd00:ec2::254]:80",
        "[::ffff:169.254.169.254]",
        "fe80::1",
        "0xa9fea9fe",
        "2852039166",
        "169.254.43518",
        "",
        ".",
        "a..b",
        "a b",
        "ec2.amazonaws.com:",
        "ec2.amazonaws.com:x",
        "ec2.amazonaws.com\0.evil.test",
        "ec2.amazonaws.com/evil",
        "user@ec2.amazonaws.com",
        "ec2.amazonaws.com:443:1",
    ] {
        assert!(matches!(recognise(host), Destination::Refused(_)), "{host}: {:?}", recognise(host));
    }
    for host in [
        "registry.example:443",
        "notamazonaws.com",
        "docs.aws.amazon.com:443",
        "10.0.0.1:443",
        "[::1]:80",
        "localhost",
    ] {
        assert_eq!(recognise(host), Destination::Elsewhere, "{host}");
    }
}
