//! Why a request is not let in: AWS's own code, and words that name the way out.

/// A refusal. The words never contain a secret, a token or a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{says}")]
pub struct Refused {
    /// The code that AWS uses for the like, so that clients and tools recognise it.
    pub code: &'static str,
    /// One line for the person who reads the client's output.
    pub says: String,
}

impl Refused {
    pub(crate) fn malformed(says: impl Into<String>) -> Self {
        Self { code: "IncompleteSignature", says: says.into() }
    }

    pub(crate) fn denied(says: impl Into<String>) -> Self {
        Self { code: "AccessDenied", says: says.into() }
    }

    pub(crate) fn mismatch(says: impl Into<String>) -> Self {
        Self { code: "SignatureDoesNotMatch", says: says.into() }
    }

    pub(crate) fn unsigned() -> Self {
        Self {
            code: "MissingAuthenticationToken",
            says: "the request is not signed: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the key that Holdpoint \
                   issued, and do not ask for unsigned requests (--no-sign-request)"
                .to_owned(),
        }
    }

    pub(crate) fn version_two() -> Self {
        Self::denied(
            "Signature Version 2 is not accepted: set signature_version=s3v4 (boto3: Config(signature_version='s3v4'); \
             AWS CLI: aws configure set default.s3.signature_version s3v4)",
        )
    }

    pub(crate) fn asymmetric() -> Self {
        Self::denied(
            "Signature Version 4A is not accepted: name a single region instead of a multi-region access point or a \
             global endpoint id, or set AWS_SIGV4A_SIGNING_REGION_SET to nothing and use an API that signs with SigV4",
        )
    }

    pub(crate) fn express() -> Self {
        Self::denied(
            "S3 Express sessions are not accepted, because they hand out credentials of their own: use a general purpose \
             bucket, or set AWS_S3_DISABLE_EXPRESS_SESSION_AUTH=true",
        )
    }
}

/// The refusal of a key that was never issued, or no longer is valid, as the service's clients expect it.
pub fn unknown_key(service: &str, key_id: &str) -> Refused {
    let code = if service == "s3" { "InvalidAccessKeyId" } else { "InvalidClientTokenId" };
    Refused {
        code,
        says: format!(
            "the access key {key_id} was not issued by Holdpoint, or is no longer valid: ask for one and set \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to it"
        ),
    }
}
