//! The command line's way to the daemon: blocking HTTP with retries where they are safe.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::Response;

use crate::Problem;
use crate::cli::exit::{Exit, Failure};

/// Where the daemon is and who we are.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Connection {
    /// The daemon.
    #[arg(
        long,
        global = true,
        env = "HOLDPOINT_URL",
        default_value = "http://127.0.0.1:4653",
        value_name = "URL"
    )]
    url: String,
    /// Your token: an agent's, a pipeline's or a person's.
    #[arg(long, global = true, env = "HOLDPOINT_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
}

/// A connection that is ready to ask.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    url: String,
    token: String,
}

/// What an answer was.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// No answer, or one that says to try again: nothing was recorded, or it can be asked again safely.
    TryAgain(Failure),
    /// An answer that says no.
    Final(Failure),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::TryAgain(failure) | Trouble::Final(failure) => failure,
        }
    }
}

impl Connection {
    /// The same with other values, for an identity whose token is at hand.
    pub(crate) fn to(url: &str, token: &str) -> Self {
        Self { url: url.to_owned(), token: Some(token.to_owned()) }
    }

    /// Whether the token is a person's.
    pub(crate) fn is_persons(&self) -> bool {
        self.token.as_deref().is_some_and(|token| token.starts_with(crate::auth::PERSON_PREFIX))
    }

    pub(crate) fn open(&self) -> Result<Client, Failure> {
        let token = self.token.clone().ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "no_token",
                "no token: set HOLDPOINT_TOKEN (`holdpoint dev` prints one to paste, `holdpoint agent create` makes one)",
            )
        })?;
        // Longer than any wait the daemon grants, so that only a dead connection runs into it.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(Duration::from_secs(90)))
            .user_agent(concat!("holdpoint/", env!("CARGO_PKG_VERSION")))
            .build();
        let url = self.url.trim_end_matches('/').to_owned();
        Ok(Client { agent: Agent::new_with_config(config), url, token })
    }
}

type Answer = Result<Response<ureq::Body>, ureq::Error>;

impl Client {
    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// `GET`, with further headers.
    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Response<ureq::Body>, Trouble> {
        let mut request =
            self.agent.get(format!("{}{path}", self.url)).header("authorization", self.bearer());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.judge(request.call())
    }

    /// `GET` of JSON.
    pub(crate) fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        body(self.get(path, &[])?)
    }

    /// `POST` of a document as it is.
    pub(crate) fn post_document(
        &self,
        path: &str,
        document: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<Response<ureq::Body>, Trouble> {
        let mut request =
            self.agent.post(format!("{}{path}", self.url)).header("authorization", self.bearer());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // A large document is announced first, so that a refusal arrives before it was sent in vain.
        if document.len() > 1 << 20 {
            request = request.header("expect", "100-continue");
        }
        self.judge(request.content_type("application/json").send(document))
    }

    /// `POST` of JSON.
    pub(crate) fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        value: &B,
    ) -> Result<T, Trouble> {
        let text = serde_json::to_vec(value).map_err(|error| Trouble::Final(error.into()))?;
        let answer = self.post_document(path, &text, &[])?;
        body(answer).map_err(Trouble::Final)
    }

    /// `PUT` of JSON.
    pub(crate) fn put<B: Serialize, T: DeserializeOwned>(&self, path: &str, value: &B) -> Result<T, Trouble> {
        let text = serde_json::to_vec(value).map_err(|error| Trouble::Final(error.into()))?;
        let request = self.agent.put(format!("{}{path}", self.url)).header("authorization", self.bearer());
        let answer = self.judge(request.content_type("application/json").send(&text))?;
        body(answer).map_err(Trouble::Final)
    }

    /// `DELETE`.
    pub(crate) fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = self.agent.delete(format!("{}{path}", self.url)).header("authorization", self.bearer());
        body(self.judge(request.call())?)
    }

    fn judge(&self, answer: Answer) -> Result<Response<ureq::Body>, Trouble> {
        let mut answer = answer.map_err(|error| {
            Trouble::TryAgain(Failure::new(
                Exit::Unreachable,
                "unreachable",
                format!("the daemon at {} cannot be reached: {error}; is it running? (`holdpoint dev`, or HOLDPOINT_URL)", self.url),
            ))
        })?;
        let status = answer.status().as_u16();
        if status < 400 {
            return Ok(answer);
        }
        let text = answer.body_mut().read_to_string().unwrap_or_default();
        let problem: Option<Problem> = serde_json::from_str(&text).ok();
        let exit = match status {
            401 | 403 | 404 | 409 => Exit::Denied,
            413 | 422 => Exit::Unreadable,
            400 => Exit::Usage,
            503 => Exit::Unreachable,
            _ => Exit::Internal,
        };
        let failure = match problem {
            Some(problem) => {
                Failure::new(exit, &problem.code, format!("{}: {}", problem.title, problem.detail))
            }
            None => {
                Failure::new(exit, "unexpected", format!("the daemon answered {status} without saying why"))
            }
        };
        Err(if status == 503 || status == 502 || status == 504 {
            Trouble::TryAgain(failure)
        } else {
            Trouble::Final(failure)
        })
    }
}

/// Reads a JSON body.
pub(crate) fn body<T: DeserializeOwned>(mut answer: Response<ureq::Body>) -> Result<T, Failure> {
    let bytes = answer.body_mut().with_config().limit(1 << 30).read_to_vec().map_err(Failure::internal)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// Asks again while it is safe to, with growing pauses, for as long as `patience` lasts.
pub(crate) fn patiently<T>(
    patience: Duration,
    mut ask: impl FnMut() -> Result<T, Trouble>,
) -> Result<T, Failure> {
    let started = std::time::Instant::now();
    let mut pause = Duration::from_millis(100);
    loop {
        match ask() {
            Ok(value) => return Ok(value),
            Err(Trouble::TryAgain(_)) if started.elapsed() + pause < patience => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(trouble) => return Err(trouble.into()),
        }
    }
}

/// Percent-encodes a query value.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
