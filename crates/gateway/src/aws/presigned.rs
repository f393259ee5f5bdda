//! Presigned URLs inside of parameters (EC2's CopySnapshot, RDS's copies across regions) were signed with the agent's key
//! and name Holdpoint's own host: they are taken out, and where AWS wants one it is signed anew.

use std::time::Duration;

use holdpoint_cloud::credentials::Keys;
use holdpoint_cloud::host;
use holdpoint_cloud::sign::{Presigned, Scope, presign};
use holdpoint_intake::aws::{Protocol, index};

use super::answer::Refusal;
use super::arrive::{Arrived, Content};
use crate::{AppState, clock};

/// How long the new URL is good.
const GOOD_FOR: Duration = Duration::from_secs(600);

/// The body with its presigned URLs signed anew.
pub(super) fn anew(
    app: &AppState,
    arrived: &Arrived,
    content: Content,
    keys: &Keys,
) -> Result<Content, Refusal> {
    let call = &arrived.call;
    if call.presigned.is_empty() {
        return Ok(content);
    }
    let unreadable =
        || Refusal::denied("NOT executed: it carries a presigned URL that Holdpoint cannot sign anew");
    let (Protocol::Ec2 | Protocol::Query, Content::Whole(body)) = (call.protocol, &content) else {
        return Err(unreadable());
    };
    let form = std::str::from_utf8(body).map_err(|_| unreadable())?;
    let named = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        !matches!(name, "PresignedUrl" | "PreSignedUrl")
    };
    let mut kept: Vec<String> = form.split('&').filter(named).map(str::to_owned).collect();
    let source = call.parameters.get("SourceRegion").and_then(serde_json::Value::as_str);
    let Some(source) = source else { return Err(unreadable()) };
    if call.parameters.get("DestinationRegion").is_some_and(|region| region.as_str() != Some(&call.region)) {
        return Err(Refusal::denied(
            "NOT executed: DestinationRegion is not the region that the call is signed for",
        ));
    }
    let allowed = &app.config.aws.regions;
    if !allowed.is_empty() && !allowed.iter().any(|region| region == source) {
        return Err(Refusal::denied(format!(
            "NOT executed: Holdpoint is not configured for the region `{source}`"
        )));
    }
    let service = index::service(&call.service).ok_or_else(unreadable)?;
    let place = host::of(service.endpoint_prefix, source)
        .map_err(|error| Refusal::denied(format!("NOT executed: {error}")))?;
    let mut parameters: Vec<(&str, &str)> = Vec::new();
    let pairs = decoded(&kept.join("&"));
    parameters.extend(
        pairs
            .iter()
            .filter(|(name, _)| name != "DestinationRegion")
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    parameters.push(("DestinationRegion", &call.region));
    let request = Presigned { host: &place.name, parameters: &parameters, expires: GOOD_FOR };
    let scope = Scope { region: &place.region, service: service.signing_name, now: clock::now() };
    let url = presign(&request, keys, &scope).map_err(|_| unreadable())?;
    let member = if call.service == "ec2" { "PresignedUrl" } else { "PreSignedUrl" };
    kept.push(format!("{member}={}", encoded(&url)));
    Ok(Content::Whole(kept.join("&").into_bytes().into()))
}

/// The names and values of a form, in their order.
pub(super) fn decoded(form: &str) -> Vec<(String, String)> {
    form.split('&').filter_map(|pair| pair.split_once('=')).map(|(n, v)| (plain(n), plain(v))).collect()
}

/// Decodes a form's value.
fn plain(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let mut decoded = [0];
                if hex::decode_to_slice(&digits, &mut decoded).is_ok() {
                    bytes.extend(decoded);
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
