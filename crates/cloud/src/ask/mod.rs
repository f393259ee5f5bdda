//! Read-only questions to AWS's API, signed with the daemon's own credentials. What may be asked is a list in the code;
//! nothing else can be sent. One small client for every service, because what a look-up reads of each is a few fields.

mod allowed;
mod cache;
mod pages;
mod unanswered;
mod values;
pub(crate) mod wire;
mod xml;

use hyper::body::Bytes;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub use pages::Rows;
pub(crate) use unanswered::error_code;
pub use unanswered::{Unanswered, Why};
pub use values::{number, plain, rows, tags, text, texts, truth};

use crate::credentials::{Bearer, Binding, Real};
use crate::host;
use crate::send::Sender;
use crate::sign::{Outgoing, Payload, Scope, sign};
use allowed::{Allowed, Protocol};
use cache::Cache;
use wire::Wire;

/// Largest answer that is read.
const LARGEST: usize = 4 << 20;
/// Questions under way at once.
const AT_ONCE: usize = 24;

/// Now, and until when an answer counts.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The time of signing.
    pub now: OffsetDateTime,
    /// No question waits beyond this.
    pub deadline: Instant,
    /// Whether an answer of the last half minute will do. Before executing, it will not.
    pub cached: bool,
}

/// Asks as one identity. Share it: it keeps connections, and answers for half a minute.
#[derive(Debug)]
pub struct Asker {
    sender: Sender,
    real: Real,
    binding: Binding,
    bearer: Bearer,
    turns: Semaphore,
    cache: Cache,
}

impl Asker {
    /// Asks with the keys that stand behind this binding: a role that reads descriptions and no data.
    #[must_use]
    pub fn new(sender: Sender, real: Real, binding: Binding, bearer: Bearer) -> Self {
        Self { sender, real, binding, bearer, turns: Semaphore::new(AT_ONCE), cache: Cache::default() }
    }

    /// Asks one question. XML answers come as JSON, without the wrapper that repeats the operation's name; times and
    /// numbers in them are text.
    ///
    /// # Errors
    /// Why there is no answer, AWS's own refusal included.
    pub async fn ask(
        &self,
        region: &str,
        service: &str,
        operation: &str,
        parameters: &Value,
        times: Times,
    ) -> Result<Value, Unanswered> {
        let failed =
            |why: Why| Unanswered { service: service.to_owned(), operation: operation.to_owned(), why };
        let question = Allowed::find(service, operation).ok_or_else(|| failed(Why::NotAllowed))?;
        let wire = Wire::of(question, parameters).map_err(|why| failed(Why::Unreadable(why)))?;
        let known = format!("{region} {service}:{operation} {parameters}");
        if times.cached
            && let Some(answer) = self.cache.get(&known, Instant::now())
        {
            return Ok(answer);
        }
        let asked = async {
            let _turn = self.turns.acquire().await.map_err(|_| Why::Slow)?;
            self.send(question.service().prefix, question.service().signing, region, wire, times.now).await
        };
        let answer = timeout_at(times.deadline, asked).await.unwrap_or(Err(Why::Slow)).map_err(failed)?;
        let (head, body) = answer.into_parts();
        if !head.status.is_success() {
            return Err(failed(unanswered::refusal(question, head.status.as_u16(), &head.headers, &body)));
        }
        let value = read(question, &body).map_err(|why| failed(Why::Unreadable(why)))?;
        self.cache.put(known, value.clone(), body.len(), Instant::now());
        Ok(value)
    }

    /// Sends what only this crate's modules can have written down: an allowed question, or a dry run.
    pub(crate) async fn send(
        &self,
        prefix: &str,
        service: &str,
        region: &str,
        wire: Wire,
        now: OffsetDateTime,
    ) -> Result<http::Response<Bytes>, Why> {
        let unreachable = |why: String| Why::Unreachable(plain(&why));
        let host = host::of(prefix, region).map_err(|why| unreachable(why.to_string()))?;
        let keys = self.real.of(&self.binding, &self.bearer, now).await;
        let keys = keys.map_err(|why| unreachable(why.to_string()))?;
        let (path, query) = wire.target.split_once('?').unwrap_or((&wire.target, ""));
        let headers: Vec<(String, String)> =
            wire.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let outgoing = Outgoing {
            method: wire.method,
            host: &host.name,
            path,
            query,
            headers: &headers,
            payload: Payload::Bytes(&wire.body),
        };
        let scope = Scope { region: &host.region, service, now };
        let signed = sign(&outgoing, &keys, &scope).map_err(|why| unreachable(why.to_string()))?;
        self.sender.ask(signed, wire.body, LARGEST).await.map_err(|why| unreachable(why.to_string()))
    }
}

/// Reads a success.
fn read(question: Allowed, body: &[u8]) -> Result<Value, String> {
    let json = |body: &[u8]| serde_json::from_slice(body).map_err(|_| "it is not JSON".to_owned());
    match question.service().protocol {
        _ if body.is_empty() => Ok(Value::Null),
        Protocol::Json(..) => json(body),
        Protocol::Rest if body.trim_ascii_start().starts_with(b"<") => xml::read(body).map_err(str::to_owned),
        Protocol::Rest => json(body),
        Protocol::Query(_) => {
            let mut value = xml::read(body)?;
            let inner = format!("{}Result", question.operation());
            Ok(value.get_mut(&inner).map(Value::take).unwrap_or(value))
        }
    }
}
