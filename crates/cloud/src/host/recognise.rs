//! Where a client wants to go, when it asks for a tunnel: AWS, which is never tunnelled, or elsewhere.

use std::net::IpAddr;

/// What a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// An endpoint of AWS: read what goes there.
    Aws,
    /// Nobody may go there through Holdpoint, for this reason.
    Refused(&'static str),
    /// No part of AWS.
    Elsewhere,
}

/// What AWS's endpoints end in.
const SUFFIXES: [&str; 11] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "api.aws",
    "on.aws",
    "signin.amazonaws-eusc.eu",
    "signin.amazonaws-us-gov.com",
    "signin.amazonaws.cn",
    "signin.aws.amazon.com",
];

/// Sites of AWS where there is only something to read.
const READING: [&str; 2] = ["aws.amazon.com", "docs.aws.amazon.com"];

/// Looks at the host of a `CONNECT` request or of a URL, with or without a port. What merely looks like AWS is refused
/// and not passed on: an endpoint that is new would otherwise be a way around.
pub fn recognise(host: &str) -> Destination {
    let host = host.to_ascii_lowercase();
    let (name, port) = split(&host);
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Destination::Refused("the port is not a number");
    }
    if let Ok(address) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
        return by_address(address);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if name.is_empty() || name.split('.').any(str::is_empty) || !name.bytes().all(plain) {
        return Destination::Refused("the host is not a name");
    }
    // A name of digits and dots, or of hexadecimal ones, is an address in another notation.
    if name
        .rsplit('.')
        .next()
        .is_some_and(|last| last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Destination::Refused("the host is an address in an unusual notation");
    }
    let within =
        |suffix: &str| name == suffix || name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
    if SUFFIXES.iter().any(|suffix| within(suffix)) {
        return Destination::Aws;
    }
    if READING.contains(&name) {
        return Destination::Elsewhere;
    }
    if looks_like_aws(name) {
        return Destination::Refused("the host looks like one of AWS and is not known here");
    }
    Destination::Elsewhere
}

/// A port is cut off, but not the end of an IPv6 address.
fn split(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if name.ends_with(']') || !name.contains(':') => (name, Some(port)),
        _ => (host, None),
    }
}

/// Link-local addresses are where instances and containers fetch their own credentials.
fn by_address(address: IpAddr) -> Destination {
    let credentials = match address {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => {
            six.to_ipv4_mapped().is_some_and(|four| four.is_link_local())
                || six.is_unicast_link_local()
                || six.segments().starts_with(&[0xfd00, 0xec2])
        }
    };
    if credentials {
        Destination::Refused("the metadata service hands out credentials")
    } else {
        Destination::Elsewhere
    }
}

fn looks_like_aws(name: &str) -> bool {
    let labels = || name.split('.');
    labels().any(|label| label.starts_with("amazonaws") || label.starts_with("amazonwebservices"))
        || labels().next_back() == Some("aws")
        || name.ends_with(".aws.amazon.com")
        || [
            "c2s.ic.gov",
            "sc2s.sgov.gov",
            "cloud.adc-e.uk",
            "csp.hci.ic.gov",
            "aws.ic.gov",
            "aws.scloud",
            "aws.hci.ic.gov",
        ]
        .iter()
        .any(|suffix| name.ends_with(suffix))
}
