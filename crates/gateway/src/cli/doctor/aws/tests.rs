use super::*;

fn variables(of: &[(&str, &str)]) -> Variables {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_endpoint_must_be_the_gateway() {
    let at = variables(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4654")]);
    assert_eq!(endpoint(&at, |_| Ok(())).level, Level::Well);
    assert_eq!(endpoint(&at, |_| Err("nobody answers".to_owned())).level, Level::Wrong);
    assert_eq!(endpoint(&variables(&[]), |_| Ok(())).level, Level::Warning);
}

#[test]
fn what_sends_clients_elsewhere_is_said() {
    let of = |name: &str, value: &str| {
        elsewhere(&variables(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4654"), (name, value)]))
    };
    assert_eq!(of("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:4654/_svc/s3"), []);
    assert_eq!(of("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:46540").len(), 1);
    assert_eq!(of("AWS_ENDPOINT_URL_S3", "https://s3.us-east-1.amazonaws.com").len(), 1);
    assert_eq!(of("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True").len(), 1);
    assert_eq!(of("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"), []);
}

#[test]
fn a_real_key_is_a_warning_and_ours_is_not() {
    let level = |id: &str| keys(&variables(&[("AWS_ACCESS_KEY_ID", id)]))[0].level;
    assert_eq!(level("AKIAIOSFODNN7EXAMPLE"), Level::Warning);
    assert_eq!(level("ASIAIOSFODNN7EXAMPLE"), Level::Warning);
    assert_eq!(level(&holdpoint_cloud::credentials::issued_id([7; 17])), Level::Well);
    assert_eq!(keys(&variables(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")]))[0].what, "credentials");
    assert!(!keys(&variables(&[("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")]))[0].says.contains("AKIA"));
}

#[test]
fn the_proxy_is_ours_without_an_exception_for_aws() {
    let url = "http://127.0.0.1:4654";
    let of = |proxy_url: &str, except: &str| {
        proxy(&variables(&[("AWS_ENDPOINT_URL", url), ("HTTPS_PROXY", proxy_url), ("NO_PROXY", except)]))
            .level
    };
    assert_eq!(of(url, "127.0.0.1,localhost,::1"), Level::Well);
    assert_eq!(of("http://127.0.0.1:4654/", "localhost, 127.0.0.1"), Level::Well);
    for (proxy_url, except) in [
        (url, ""),
        (url, "127.0.0.1,.amazonaws.com"),
        (url, "127.0.0.1,com"),
        (url, "127.0.0.1,*"),
        (url, "127.0.0.1,ec2.us-east-1.amazonaws.com"),
        ("http://proxy.example:3128", "127.0.0.1"),
    ] {
        assert_eq!(of(proxy_url, except), Level::Warning, "{proxy_url} {except}");
    }
    assert_eq!(proxy(&variables(&[])).level, Level::Warning);
}
