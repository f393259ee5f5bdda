//! A signature in the query: a presigned URL.

use time::Duration;

use super::authorization::{Parts, parts, this_version};
use super::{Refused, query};

/// The longest life of a presigned URL. AWS allows seven days with long-lived keys, but a URL signed with a role's
/// session, which is what stands behind an issued key, ends with the session: twelve hours at most.
const LONGEST: i64 = 12 * 60 * 60;

/// What the query names.
#[derive(Debug)]
pub(super) struct Presigned {
    pub(super) parts: Parts,
    pub(super) at: String,
    pub(super) expires: Duration,
    pub(super) token: Option<String>,
    pub(super) payload: Option<String>,
}

/// How the query is signed, if it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Not at all.
    Plain,
    /// By Signature Version 4.
    Four,
    /// By Signature Version 2.
    Two,
}

/// Looks for any parameter that belongs to a signature, however it is written.
pub(super) fn kind(raw: &str) -> Kind {
    let mut kind = Kind::Plain;
    for (name, _) in query::pairs(raw) {
        let name = name.to_ascii_lowercase();
        match name.as_slice() {
            b"x-amz-algorithm"
            | b"x-amz-credential"
            | b"x-amz-signature"
            | b"x-amz-signedheaders"
            | b"x-amz-expires"
            | b"x-amz-date"
            | b"x-amz-security-token" => return Kind::Four,
            b"awsaccesskeyid" | b"signature" | b"signatureversion" | b"signaturemethod" => kind = Kind::Two,
            _ => {}
        }
    }
    kind
}

/// Reads the parameters, each of which must be written plainly and once.
pub(super) fn read(raw: &str) -> Result<Presigned, Refused> {
    let (mut algorithm, mut credential, mut date, mut expires) = (None, None, None, None);
    let (mut signed, mut signature, mut token, mut payload) = (None, None, None, None);
    for pair in raw.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let place = match name {
            "X-Amz-Algorithm" => &mut algorithm,
            "X-Amz-Credential" => &mut credential,
            "X-Amz-Date" => &mut date,
            "X-Amz-Expires" => &mut expires,
            "X-Amz-SignedHeaders" => &mut signed,
            "X-Amz-Signature" => &mut signature,
            "X-Amz-Security-Token" => &mut token,
            "X-Amz-Content-Sha256" => &mut payload,
            other if kind(other) == Kind::Four => {
                return Err(Refused::malformed("a parameter of the signature is not written as X-Amz-…"));
            }
            _ => continue,
        };
        let text = String::from_utf8(query::decode(value))
            .map_err(|_| Refused::malformed(format!("{name} is not text")))?;
        if place.replace(text).is_some() {
            return Err(Refused::malformed(format!("the parameter {name} is there twice")));
        }
    }
    let needed = |part: Option<String>, name: &str| {
        part.ok_or_else(|| Refused::malformed(format!("the parameter {name} is missing")))
    };
    this_version(&needed(algorithm, "X-Amz-Algorithm")?)?;
    let (credential, signed) =
        (needed(credential, "X-Amz-Credential")?, needed(signed, "X-Amz-SignedHeaders")?);
    Ok(Presigned {
        parts: parts(&credential, &signed, &needed(signature, "X-Amz-Signature")?)?,
        at: needed(date, "X-Amz-Date")?,
        expires: life(&needed(expires, "X-Amz-Expires")?)?,
        token,
        payload,
    })
}

fn life(text: &str) -> Result<Duration, Refused> {
    let digits = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<i64>().ok().filter(|seconds| digits && *seconds > 0);
    match seconds {
        None => Err(Refused::malformed("X-Amz-Expires is not a number of seconds")),
        Some(seconds) if seconds > LONGEST => Err(Refused::denied(format!(
            "a presigned URL may live {LONGEST} seconds at most (aws s3 presign --expires-in {LONGEST})"
        ))),
        Some(seconds) => Ok(Duration::seconds(seconds)),
    }
}
