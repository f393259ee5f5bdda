use holdpoint_core::Digest;
use serde_json::Value;

/// A request as it came in, after its signature was verified.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// The path as it was sent, still percent-encoded.
    pub path: &'a str,
    /// The query string as it was sent, without the question mark.
    pub query: &'a str,
    /// The `Host` header, or the host that was connected to through the proxy.
    pub host: &'a str,
    /// All headers in order; names in lower case.
    pub headers: &'a [(String, String)],
    /// The body, or empty where [`super::body_wanted`] says that it passes unread.
    pub body: &'a [u8],
    /// The service of the signature's credential scope.
    pub service: &'a str,
    /// The region of the signature's credential scope.
    pub region: &'a str,
    /// What `x-amz-content-sha256` declares, for a body that passes unread; or the content's hash, where it is known.
    pub payload: Option<&'a str>,
    /// The account that the request is for, where known: part of its meaning, and of ARNs.
    pub account: Option<&'a str>,
}

/// How a service speaks; it decides the shape of errors too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Form with `Action` and `Version`, answers in XML.
    Query,
    /// EC2's dialect of it.
    Ec2,
    /// `X-Amz-Target` and JSON.
    Json,
    /// Paths and JSON.
    RestJson,
    /// Paths and XML.
    RestXml,
    /// S3's dialect of that.
    S3,
    /// Smithy's RPC over CBOR.
    Cbor,
}

/// What right an operation needs, by the published authorization data; where two sources disagree, the stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads one thing.
    Read,
    /// Lists things.
    List,
    /// Changes tags only.
    Tagging,
    /// Changes things.
    Write,
    /// Changes who may do what.
    Permissions,
    /// Nobody says.
    Unknown,
}

impl Access {
    /// Whether nothing is changed.
    #[must_use]
    pub fn reads(self) -> bool {
        matches!(self, Access::Read | Access::List)
    }
}

/// A resource that a call names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The parameter it was read from, as a JSON pointer into [`Call::parameters`].
    pub parameter: String,
    /// The id, name or ARN as the caller wrote it.
    pub id: String,
    /// Its ARN, where it can be built from what the call says.
    pub arn: Option<String>,
}

/// One call, understood.
#[derive(Debug, Clone)]
pub struct Call {
    /// The service's name in the published models (`ec2`, `rds`, `elbv2`).
    pub service: String,
    /// The operation's name there (`TerminateInstances`).
    pub operation: String,
    /// How it was asked for, and so how it must be answered.
    pub protocol: Protocol,
    /// The region of the signature's scope.
    pub region: String,
    /// The account it is for, where known.
    pub account: Option<String>,
    /// What right it needs.
    pub access: Access,
    /// The decoded parameters by the members' names in the service model, whatever the protocol; values of sensitive
    /// members are `"[hidden]"`. Idempotency tokens are left out. A body that passed unread is `{"$bytes": N}`.
    pub parameters: Value,
    /// The meaning of the call: SHA-256 over service, operation, region, account and parameters, hidden ones included,
    /// without idempotency tokens and presigned URLs. The same call asked again has the same meaning.
    pub meaning: Digest,
    /// What it names.
    pub resources: Vec<Named>,
    /// Why it could not be told for certain what this is; empty when it could. Such a call is never allowed.
    pub doubts: Vec<String>,
    /// JSON pointers of presigned URLs and other credentials inside the parameters.
    pub presigned: Vec<String>,
    /// The parameters with nothing hidden, to be judged: commands and definitions are sensitive to the models.
    pub(crate) whole: Whole,
}

/// What stands behind a prefix where a call is about everything below it, up to a number: `logs/ (all below, at most 40)`.
pub const ALL_BELOW: &str = " (all below, at most ";

impl Call {
    /// The parameters with their secrets, for what must be carried out as it was asked. Neither store nor show them.
    #[must_use]
    pub fn with_secrets(&self) -> &Value {
        &self.whole.0
    }

    /// This deletion as an intent: of everything below a prefix of its bucket, up to `most` objects.
    #[must_use]
    pub fn below(&self, prefix: &str, most: u32, meaning: Digest) -> Call {
        let bucket = self.parameters.get("Bucket").cloned().unwrap_or_default();
        let key = format!("{prefix}{ALL_BELOW}{most})");
        let parameters = serde_json::json!({ "Bucket": bucket, "Key": key, "Limit": most });
        let whole = Whole(parameters.clone());
        Call { parameters, whole, meaning, resources: Vec::new(), ..self.clone() }
    }
}

/// Parameters with their secrets. They are looked at, and neither stored nor shown.
#[derive(Clone, Default)]
pub(crate) struct Whole(pub(crate) Value);

impl std::fmt::Debug for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Whole([hidden])")
    }
}

/// Why a request is not taken as a call: what is wrong, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{says}")]
pub struct Refused {
    /// How to answer; a guess where the request does not say.
    pub protocol: Protocol,
    /// A whole sentence or two for whoever sent it.
    pub says: String,
}
