//! Who claims to speak, and the proof.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::authorization::Parts;
use super::passing::{self, Onward};
use super::presigned::Kind;
use super::{Payload, Refused, Request, authorization, canonical, chunks, headers, mac, presigned};
use crate::sign::signs_raw_path;

/// For which day, region and service a signature is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The day, `YYYYMMDD`.
    pub date: String,
    /// The region's name as the client wrote it: not yet known to be one.
    pub region: String,
    /// The signing name as the client wrote it.
    pub service: String,
}

impl Scope {
    /// The scope as it is signed.
    pub(super) fn text(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

/// What a request says about its signer. Nothing of it is proved.
#[derive(Clone)]
pub struct Claim<'a> {
    request: Request<'a>,
    key_id: String,
    scope: Scope,
    at: OffsetDateTime,
    written: String,
    signed: Vec<String>,
    unsigned: Vec<String>,
    signature: [u8; 32],
    payload: Payload,
    token: Option<String>,
    expires: Option<Duration>,
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Claim");
        shown
            .field("key_id", &self.key_id)
            .field("scope", &self.scope)
            .field("at", &self.at)
            .field("payload", &self.payload)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// The body as it is there when a claim is verified.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// All of it: its hash is computed and compared.
    Whole(&'a [u8]),
    /// Still to come. A declared hash is believed for now: [`super::hashed::HashBound`] or
    /// [`chunks::Decoder`] must see every byte before the last one is passed on.
    Passing,
}

/// A request whose signer is known.
#[derive(Clone)]
pub struct Verified {
    /// The access key id, of which the signer holds the secret.
    pub key_id: String,
    /// The scope of the signature.
    pub scope: Scope,
    /// The time of signing.
    pub at: OffsetDateTime,
    /// From this time on the same signature is refused by the clock alone.
    pub until: OffsetDateTime,
    /// Whether the signature is in the query, where whoever has the URL can use it again.
    pub presigned: bool,
    /// What the signature says about the body.
    pub payload: Payload,
    /// The session token, which the signature covers.
    pub token: Option<String>,
    /// The headers to pass on and to judge by, in order: the signed ones and those few that need no signature.
    pub headers: Vec<(String, String)>,
    /// The signature: with the key id, the name of this one request.
    pub signature: [u8; 32],
    chain: chunks::Chain,
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("key_id", &self.key_id)
            .field("scope", &self.scope)
            .field("at", &self.at)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

impl Verified {
    /// The decoder for an aws-chunked body.
    pub fn decoder(&self) -> Result<chunks::Decoder, Refused> {
        chunks::Decoder::new(self.payload, &self.headers, self.chain.clone())
    }

    /// The body to pass on, checked on its way, and what to sign for it.
    pub fn onward<B>(&self, body: B) -> Result<Onward<B>, Refused> {
        passing::onward(self, body)
    }
}

/// Reads a claim, or refuses by name what is not Signature Version 4 or could be read in two ways.
pub fn read<'a>(request: &Request<'a>) -> Result<Claim<'a>, Refused> {
    let plain = |text: &str| !text.bytes().any(|byte| byte < 0x20 || byte == 0x7f || byte == b'#');
    let method = !request.method.is_empty() && request.method.bytes().all(|byte| byte.is_ascii_uppercase());
    if !method || !plain(request.path) || request.path.contains('?') || !plain(request.query) {
        return Err(Refused::malformed("the request line is not one"));
    }
    headers::check(request)?;
    if request.header("x-amz-s3session-token").is_some() {
        return Err(Refused::express());
    }
    match (request.header("authorization"), presigned::kind(request.query)) {
        (Some(_), Kind::Four | Kind::Two) => {
            Err(Refused::malformed("the request is signed twice, in its header and in its query: use one"))
        }
        (None, Kind::Plain) => Err(Refused::unsigned()),
        (None, Kind::Two) => Err(Refused::version_two()),
        (Some(value), Kind::Plain) => in_header(request, authorization::read(value)?),
        (None, Kind::Four) => in_query(request, presigned::read(request.query)?),
    }
}

fn in_header<'a>(request: &Request<'a>, parts: Parts) -> Result<Claim<'a>, Refused> {
    let at =
        request.header("x-amz-date").ok_or_else(|| Refused::malformed("the header x-amz-date is missing"))?;
    let payload = Payload::read(request, &parts.service, None)?;
    let token = request.header("x-amz-security-token").map(str::to_owned);
    claim(request, parts, at.trim(), payload, token, None)
}

fn in_query<'a>(request: &Request<'a>, read: presigned::Presigned) -> Result<Claim<'a>, Refused> {
    for name in ["x-amz-date", "x-amz-security-token"] {
        if request.header(name).is_some() {
            return Err(Refused::malformed(format!(
                "{name} belongs into the query of a presigned URL, not into a header"
            )));
        }
    }
    let payload = Payload::read(request, &read.parts.service, Some(read.payload.as_deref()))?;
    claim(request, read.parts, &read.at, payload, read.token, Some(read.expires))
}

fn claim<'a>(
    request: &Request<'a>,
    parts: Parts,
    at: &str,
    payload: Payload,
    token: Option<String>,
    expires: Option<Duration>,
) -> Result<Claim<'a>, Refused> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let parsed = PrimitiveDateTime::parse(at, format)
        .map_err(|_| Refused::malformed("x-amz-date is not YYYYMMDDTHHMMSSZ"))?
        .assume_utc();
    if at.get(..8) != Some(parts.date.as_str()) {
        return Err(Refused::mismatch("the date of the credential is not the day of x-amz-date"));
    }
    let unsigned = headers::unsigned(request, &parts.signed, expires.is_some())?;
    Ok(Claim {
        request: *request,
        key_id: parts.key_id,
        scope: Scope { date: parts.date, region: parts.region, service: parts.service },
        at: parsed,
        written: at.to_owned(),
        signed: parts.signed,
        unsigned,
        signature: parts.signature,
        payload,
        token,
        expires,
    })
}

impl Claim<'_> {
    /// The access key id that is claimed.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The scope that is claimed.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What the signature says about the body: whether it must be read before it can be verified.
    pub fn payload(&self) -> Payload {
        self.payload
    }

    /// The session token that is claimed.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The names of headers that the signature does not cover. Most are dropped.
    pub fn unsigned(&self) -> &[String] {
        &self.unsigned
    }

    /// Proves that the signer holds this secret, signed this request, and did so now.
    pub fn verify(&self, secret: &str, now: OffsetDateTime, body: Body<'_>) -> Result<Verified, Refused> {
        let until = self.in_time(now)?;
        let payload = self.payload.canonical(self.body(body)?);
        let canonical = canonical::request(&self.request, &self.scope.service, &self.signed, &payload);
        let scope = self.scope.text();
        let digest = hex::encode(Sha256::digest(canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{digest}", self.written);
        let key = signing_key(secret, &self.scope);
        let expected = mac(&key, &[text.as_bytes()]);
        if !bool::from(expected.ct_eq(&self.signature)) {
            return Err(Refused::mismatch(
                "the signature does not match: the secret is another one, or the request was changed on the way",
            ));
        }
        Ok(Verified {
            key_id: self.key_id.clone(),
            scope: self.scope.clone(),
            at: self.at,
            until,
            presigned: self.expires.is_some(),
            payload: self.payload,
            token: self.token.clone(),
            headers: headers::kept(&self.request, &self.signed),
            signature: self.signature,
            chain: chunks::Chain::new(key, &self.written, &scope, self.signature),
        })
    }

    /// The clock: five minutes either way, fifteen for S3, and the life of a presigned URL. Gives the end of validity.
    fn in_time(&self, now: OffsetDateTime) -> Result<OffsetDateTime, Refused> {
        let s3 = signs_raw_path(&self.scope.service);
        let skew = if s3 { Duration::minutes(15) } else { Duration::minutes(5) };
        let code = if s3 { "RequestTimeTooSkewed" } else { "SignatureDoesNotMatch" };
        let (at, today) = (self.at, now);
        let ends = match self.expires {
            Some(life) => at + life,
            None => at + skew,
        };
        if today > ends {
            let says = match self.expires {
                Some(_) => format!("the presigned URL expired at {ends}: sign it again"),
                None => format!(
                    "signature expired: signed at {at}, and it is {today} here; set the client's clock"
                ),
            };
            return Err(Refused { code: if self.expires.is_some() { "AccessDenied" } else { code }, says });
        }
        if at > today + skew {
            let says = format!(
                "signature not yet current: signed at {at}, and it is {today} here; set the client's clock"
            );
            return Err(Refused { code, says });
        }
        Ok(ends)
    }

    /// The body's hash, where the signature covers it.
    fn body(&self, body: Body<'_>) -> Result<[u8; 32], Refused> {
        match (self.payload, body) {
            (Payload::Body, Body::Whole(bytes)) => Ok(Sha256::digest(bytes).into()),
            (Payload::Body, Body::Passing) => {
                Err(Refused::denied("the body must be read before its signature can be verified"))
            }
            (Payload::Hash(declared), Body::Whole(bytes)) => {
                let found: [u8; 32] = Sha256::digest(bytes).into();
                if found == declared { Ok(found) } else { Err(super::hashed::another_body()) }
            }
            _ => Ok([0; 32]),
        }
    }
}

/// The key that signs for one day, region and service.
fn signing_key(secret: &str, scope: &Scope) -> [u8; 32] {
    let day = mac(format!("AWS4{secret}").as_bytes(), &[scope.date.as_bytes()]);
    let region = mac(&day, &[scope.region.as_bytes()]);
    let service = mac(&region, &[scope.service.as_bytes()]);
    mac(&service, &[b"aws4_request"])
}
