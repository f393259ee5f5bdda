//! The `Authorization` header.

use super::Refused;
use super::payload::hash;

/// What a signature names, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) key_id: String,
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) signed: Vec<String>,
    pub(super) signature: [u8; 32],
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Reads the header's value.
pub(super) fn read(value: &str) -> Result<Parts, Refused> {
    let value = value.trim();
    let (algorithm, rest) = value.split_once(' ').unwrap_or((value, ""));
    this_version(algorithm)?;
    let (mut credential, mut signed, mut signature) = (None, None, None);
    for field in rest.split(',') {
        let (name, value) = field
            .trim()
            .split_once('=')
            .ok_or_else(|| Refused::malformed("a field of the Authorization header has no value"))?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed,
            "Signature" => &mut signature,
            _ => return Err(Refused::malformed("the Authorization header has a field that is not known")),
        };
        if place.replace(value).is_some() {
            return Err(Refused::malformed(format!("the Authorization header has two fields {name}")));
        }
    }
    let missing = |name: &str| Refused::malformed(format!("the Authorization header has no {name}"));
    parts(
        credential.ok_or_else(|| missing("Credential"))?,
        signed.ok_or_else(|| missing("SignedHeaders"))?,
        signature.ok_or_else(|| missing("Signature"))?,
    )
}

/// Refuses every other scheme by its name.
pub(super) fn this_version(algorithm: &str) -> Result<(), Refused> {
    match algorithm {
        ALGORITHM => Ok(()),
        "AWS" => Err(Refused::version_two()),
        other if other.starts_with("AWS4-ECDSA-") => Err(Refused::asymmetric()),
        other if other.starts_with("AWS3") => Err(Refused::version_two()),
        _ => {
            Err(Refused::denied("the request carries another kind of authorization than Signature Version 4"))
        }
    }
}

/// Reads the three parts, which header and query share.
pub(super) fn parts(credential: &str, signed: &str, signature: &str) -> Result<Parts, Refused> {
    let mut fields = credential.split('/');
    let (Some(key_id), Some(date), Some(region), Some(service), Some("aws4_request"), None) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(Refused::malformed("the credential is not KEY/DATE/REGION/SERVICE/aws4_request"));
    };
    let word = |text: &str, more: &[u8]| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    if !(word(key_id, b"_") && word(region, b"-") && word(service, b"-_.")) {
        return Err(Refused::malformed("the credential has a key id, region or service that cannot be one"));
    }
    if !(date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Refused::malformed("the credential's date is not YYYYMMDD"));
    }
    if service == "s3express" {
        return Err(Refused::express());
    }
    Ok(Parts {
        key_id: key_id.to_owned(),
        date: date.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
        signed: signed.split(';').map(str::to_owned).collect(),
        signature: hash(signature)
            .ok_or_else(|| Refused::malformed("the signature is not 64 lower-case hexadecimal digits"))?,
    })
}
