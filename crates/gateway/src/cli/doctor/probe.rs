//! What answers where.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::Agent;

use super::Finding;
use super::aws::real;

/// Where an instance gives its role's credentials.
const INSTANCE: &str = "http://169.254.169.254/latest/api/token";

fn agent(patience: Duration) -> Agent {
    // Whatever proxy the environment names is not meant for these questions.
    let config =
        Agent::config_builder().http_status_as_error(false).timeout_global(Some(patience)).proxy(None);
    Agent::new_with_config(config.build())
}

/// Whether Holdpoint's gateway answers there: it refuses a call without a signature, under a request id of its own.
pub(super) fn is_gateway(url: &str) -> Result<(), String> {
    let answer = agent(Duration::from_secs(3)).get(url).call();
    let answer =
        answer.map_err(|error| format!("nothing answers there ({error}); is the daemon running?"))?;
    let ids = ["x-amzn-requestid", "x-amz-request-id"].iter().filter_map(|name| answer.headers().get(*name));
    if ids.filter_map(|id| id.to_str().ok()).any(|id| id.starts_with("hp-")) {
        Ok(())
    } else {
        Err("what answers there is not Holdpoint's gateway".to_owned())
    }
}

/// The instance's own role, if one can be asked for it.
pub(super) fn instance() -> Option<Finding> {
    let asked =
        agent(Duration::from_millis(400)).put(INSTANCE).header("x-aws-ec2-metadata-token-ttl-seconds", "60");
    let answer = asked.send_empty().ok()?;
    // Anything else at that address is another cloud's, or switched off.
    (answer.status() == 200).then(|| {
        real("the instance metadata service answers, and gives the credentials of the instance's role if it has one (AWS_EC2_METADATA_DISABLED stops well-meaning clients only)")
    })
}

/// Whether a bundle of certificates holds Holdpoint's authority.
pub(super) fn holds_authority(bundle: &str) -> bool {
    let name = crate::aws::AUTHORITY.as_bytes();
    bundle
        .split("-----BEGIN CERTIFICATE-----")
        .skip(1)
        .filter_map(|rest| rest.split("-----END CERTIFICATE-----").next())
        .filter_map(|text| STANDARD.decode(text.split_whitespace().collect::<String>()).ok())
        .any(|certificate| certificate.windows(name.len()).any(|window| window == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_found_by_its_name_inside_of_a_certificate() {
        let pem = |content: &[u8]| {
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(content))
        };
        let ours = [b"\x30\x82".as_slice(), crate::aws::AUTHORITY.as_bytes(), b"\x00"].concat();
        assert!(holds_authority(&(pem(b"another") + &pem(&ours))));
        assert!(!holds_authority(&pem(b"another")));
        assert!(!holds_authority(crate::aws::AUTHORITY), "its name beside the certificates is none");
    }

    #[test]
    fn a_port_where_nobody_listens_is_no_gateway() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        assert!(is_gateway(&url).is_err());
    }
}
