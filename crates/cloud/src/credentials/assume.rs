//! Assuming a role: one signed call to the token service, and what its answer means.

use http::StatusCode;
use quick_xml::Reader;
use quick_xml::events::Event;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Bearer, Keys, Missing};
use crate::send::Sender;
use crate::sign::{Outgoing, Payload, Scope, sign};

/// One hour: the longest that AWS grants when the daemon itself runs under a role.
const SECONDS: &str = "3600";
/// An answer has a few kilobytes; the token is its largest part.
const ANSWER: usize = 64 * 1024;

/// The session that is asked for.
pub(super) struct Wanted<'a> {
    pub(super) role: &'a str,
    pub(super) external_id: Option<&'a str>,
    pub(super) bearer: &'a Bearer,
}

/// Asks for the session. The source identity is the change where there is one, and the agent otherwise: it stays with
/// the session through every further role, so CloudTrail can be joined by it.
pub(super) async fn assume(
    sender: &Sender,
    own: &Keys,
    region: &str,
    wanted: &Wanted<'_>,
    now: OffsetDateTime,
) -> Result<Keys, Missing> {
    let unanswered = |why: String| Missing::Unanswered { role: wanted.role.to_owned(), why };
    let body = form(wanted);
    let place = crate::host::of("sts", region).map_err(|error| unanswered(error.to_string()))?;
    let headers =
        [("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
    let outgoing = Outgoing {
        method: "POST",
        host: &place.name,
        path: "/",
        query: "",
        headers: &headers,
        payload: Payload::Bytes(body.as_bytes()),
    };
    let scope = Scope { region: &place.region, service: "sts", now };
    let signed = sign(&outgoing, own, &scope).map_err(|error| unanswered(error.to_string()))?;
    let answer = sender.ask(signed, body, ANSWER).await.map_err(|error| unanswered(error.to_string()))?;
    let text =
        std::str::from_utf8(answer.body()).map_err(|_| unanswered("the answer is not text".to_owned()))?;
    if answer.status() == StatusCode::OK {
        return granted(text).ok_or_else(|| unanswered("the answer carries no keys".to_owned()));
    }
    let code = first(text, "Code").unwrap_or_else(|| answer.status().to_string());
    let message = first(text, "Message").unwrap_or_default();
    if answer.status().is_client_error() {
        return Err(Missing::Refused { role: wanted.role.to_owned(), why: explained(&code, &message) });
    }
    Err(unanswered(format!("{code}: {message}")))
}

fn form(wanted: &Wanted<'_>) -> String {
    let bearer = wanted.bearer;
    let identity = bearer.change.as_deref().unwrap_or(&bearer.agent);
    let mut pairs = vec![
        ("Action", "AssumeRole".to_owned()),
        ("Version", "2011-06-15".to_owned()),
        ("RoleArn", wanted.role.to_owned()),
        ("RoleSessionName", session_name(&bearer.agent)),
        ("SourceIdentity", session_name(identity)),
        ("DurationSeconds", SECONDS.to_owned()),
        ("Tags.member.1.Key", "holdpoint:agent".to_owned()),
        ("Tags.member.1.Value", tag_value(&bearer.agent)),
    ];
    if let Some(change) = &bearer.change {
        pairs.push(("Tags.member.2.Key", "holdpoint:change".to_owned()));
        pairs.push(("Tags.member.2.Value", tag_value(change)));
    }
    if let Some(external_id) = wanted.external_id {
        pairs.push(("ExternalId", external_id.to_owned()));
    }
    let written: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", crate::sign::encode(value))).collect();
    written.join("&")
}

/// The name of an agent's session, or of its source identity, as the token service takes it: two to 64 of its
/// characters, others written as a hyphen.
#[must_use]
pub fn session_name(name: &str) -> String {
    let mut plain: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter) { letter } else { '-' })
        .take(64)
        .collect();
    while plain.len() < 2 {
        plain.push('-');
    }
    plain
}

/// A tag's value as the token service takes it.
fn tag_value(value: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || " _.:/=+-@".contains(letter);
    value.chars().map(|letter| if plain(letter) { letter } else { '-' }).take(256).collect()
}

fn granted(text: &str) -> Option<Keys> {
    let until = OffsetDateTime::parse(&first(text, "Expiration")?, &Rfc3339).ok()?;
    let (id, secret) = (first(text, "AccessKeyId")?, first(text, "SecretAccessKey")?);
    Some(Keys::new(id, secret, Some(first(text, "SessionToken")?), Some(until)))
}

/// AWS's refusal, with what to add to which policy.
fn explained(code: &str, message: &str) -> String {
    let wanting = ["sts:SetSourceIdentity", "sts:TagSession", "sts:AssumeRole"];
    match wanting.iter().find(|action| message.contains(*action)) {
        Some(action) => format!(
            "allow {action} for the daemon's identity, in the role's trust policy and in the identity's own ({code}: {message})"
        ),
        None => format!("{code}: {message}"),
    }
}

/// The text of the first element with this local name.
fn first(text: &str, wanted: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    let mut inside = false;
    let mut found = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if start.local_name().as_ref() == wanted => inside = true,
            Event::Text(part) if inside => found.push_str(&part),
            Event::GeneralRef(reference) if inside => match reference.resolve_char_ref().ok()? {
                Some(letter) => found.push(letter),
                None => found.push_str(quick_xml::escape::resolve_predefined_entity(&reference)?),
            },
            Event::End(_) if inside => return Some(found),
            Event::Eof => return None,
            _ => {}
        }
    }
}
