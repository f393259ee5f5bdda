//! The HTTP client towards AWS: connections, TLS, time limits. HTTP/1.1, no proxy from the environment, no redirect
//! followed, nothing decompressed, and paths sent byte for byte.

mod progress;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::sign::Signed;
use crate::verify::Refused;
use progress::{Pulse, Watched};

/// A body on its way to AWS.
pub type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// A body of bytes that are all there.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// How AWS is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The limit for a connection to be made.
    pub connect: Duration,
    /// The limit for silence: no byte of the body was taken and no answer has begun.
    pub silence: Duration,
    /// A PEM file with the only authorities to trust; without it, those of the system.
    pub authorities: Option<PathBuf>,
    /// One address for all hosts, such as `http://127.0.0.1:5000`; the `Host` header stays the real one.
    pub upstream: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(60),
            authorities: None,
            upstream: None,
        }
    }
}

/// Why there is no sender.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The authorities to trust cannot be read.
    #[error("the certificate authorities cannot be read: {0}")]
    Authorities(String),
    /// The address to send everything to is not one.
    #[error("`{0}` is not a base URL such as http://127.0.0.1:5000")]
    Upstream(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// The request cannot be written down; nothing was sent.
    #[error("the request cannot be sent: {0}")]
    Unwritable(String),
    /// No connection: nothing was sent.
    #[error("AWS cannot be reached at {host}: {why}")]
    Unreached {
        /// The real host.
        host: String,
        /// The cause.
        why: String,
    },
    /// The body broke off before its end, so that no complete request was sent and none can have been carried out.
    #[error("the request to {host} was broken off before its end: {why}")]
    Withdrawn {
        /// The real host.
        host: String,
        /// The cause.
        why: String,
        /// The refusal, if the body failed its check; otherwise whoever sent it has gone.
        refused: Option<Refused>,
    },
    /// The connection failed, or stayed silent, after something may have been sent: whether the request was carried
    /// out is not known.
    #[error("no answer from {host}, and what was sent may have been carried out: {why}")]
    Unanswered {
        /// The real host.
        host: String,
        /// The cause.
        why: String,
    },
}

/// Connections are dropped before AWS would: a request on one that the other side just closed has an unknown end.
const IDLE: Duration = Duration::from_secs(8);

/// Keeps connections open between requests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Client<HttpsConnector<HttpConnector>, Watched>,
    upstream: Option<(http::uri::Scheme, http::uri::Authority)>,
    silence: Duration,
}

impl Sender {
    /// Reads the authorities; connects to nothing yet.
    pub fn new(settings: &Settings) -> Result<Self, Unusable> {
        let upstream = settings.upstream.as_deref().map(base).transpose()?;
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .set_host(false)
            .build(tls::connector(settings)?);
        Ok(Self { client, upstream, silence: settings.silence })
    }

    /// Sends a signed request and gives the answer as soon as its head is there. Any answer is an answer: errors and
    /// redirects too.
    pub async fn send(&self, signed: Signed, body: Body) -> Result<Response<Incoming>, Unsent> {
        let host = signed.host.clone();
        let pulse = Pulse::default();
        let request = self.request(signed, Watched::new(body, pulse.clone()))?;
        let answer = progress::unless_silent(self.client.request(request), &pulse, self.silence).await;
        match answer {
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) if pulse.broken() => {
                Err(Unsent::Withdrawn { host, why: causes(&error), refused: refused(&error) })
            }
            Some(Err(error)) if error.is_connect() => Err(Unsent::Unreached { host, why: causes(&error) }),
            Some(Err(error)) => Err(Unsent::Unanswered { host, why: causes(&error) }),
            None => Err(Unsent::Unanswered { host, why: format!("silent for {} s", self.silence.as_secs()) }),
        }
    }

    /// Sends a request whose body is all there, and reads an answer of at most `limit` bytes.
    pub async fn ask(
        &self,
        signed: Signed,
        body: impl Into<Bytes>,
        limit: usize,
    ) -> Result<Response<Bytes>, Unsent> {
        let host = signed.host.clone();
        let (head, incoming) = self.send(signed, whole(body)).await?.into_parts();
        let reading = Limited::new(incoming, limit).collect();
        let lost = |why: String| Unsent::Unanswered { host: host.clone(), why };
        let read = tokio::time::timeout(self.silence, reading).await;
        let bytes = read
            .map_err(|_| lost("the answer was not read to its end in time".to_owned()))?
            .map_err(|error| lost(error.to_string()))?
            .to_bytes();
        Ok(Response::from_parts(head, bytes))
    }

    fn request(&self, signed: Signed, body: Watched) -> Result<Request<Watched>, Unsent> {
        let unwritable = |error: http::Error| Unsent::Unwritable(error.to_string());
        let (scheme, authority) = match &self.upstream {
            Some((scheme, authority)) => (scheme.clone(), authority.clone()),
            None => {
                let authority =
                    signed.host.parse().map_err(|_| Unsent::Unwritable(format!("host `{}`", signed.host)))?;
                (http::uri::Scheme::HTTPS, authority)
            }
        };
        let uri = Uri::builder()
            .scheme(scheme)
            .authority(authority)
            .path_and_query(signed.target.as_str())
            .build()
            .map_err(unwritable)?;
        let mut request =
            Request::builder().method(signed.method.as_str()).uri(uri).body(body).map_err(unwritable)?;
        for (name, value) in &signed.headers {
            let name: HeaderName =
                name.parse().map_err(|_| Unsent::Unwritable(format!("header name `{name}`")))?;
            let mut value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| Unsent::Unwritable(format!("the value of header `{name}`")))?;
            value.set_sensitive(name == http::header::AUTHORIZATION || name == "x-amz-security-token");
            request.headers_mut().append(name, value);
        }
        Ok(request)
    }
}

fn base(url: &str) -> Result<(http::uri::Scheme, http::uri::Authority), Unusable> {
    let bad = || Unusable::Upstream(url.to_owned());
    let parts = url.parse::<Uri>().map_err(|_| bad())?.into_parts();
    let bare = parts.path_and_query.is_none_or(|path| path == "/");
    match (parts.scheme, parts.authority) {
        (Some(scheme), Some(authority)) if bare => Ok((scheme, authority)),
        _ => Err(bad()),
    }
}

/// The refusal among the causes of an error.
fn refused(error: &(dyn std::error::Error + 'static)) -> Option<Refused> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(refused.clone());
        }
        cause = error.source();
    }
    None
}

/// An error with all its causes, which the first one seldom names.
fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        said = format!("{said}: {deeper}");
        cause = deeper.source();
    }
    said
}
