use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

/// A caller of the API: anonymous, or with a token or a session's cookie.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    url: String,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The problem's code; empty when the body is no problem.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Fails unless the status is this one; the body as JSON.
    #[must_use]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }
}

impl Client {
    /// Nobody.
    #[must_use]
    pub fn anonymous(url: &str) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(120)))
            .build();
        Client { agent: Agent::new_with_config(config), url: url.to_owned(), headers: Vec::new() }
    }

    /// Whoever has this token.
    #[must_use]
    pub fn with_token(url: &str, token: &str) -> Client {
        Self::anonymous(url).with("authorization", &format!("Bearer {token}"))
    }

    /// The same caller at another replica.
    #[must_use]
    pub fn at(&self, url: &str) -> Client {
        Client { url: url.to_owned(), ..self.clone() }
    }

    /// The same caller with one more header on every call.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Client {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// One call; none when there was no answer.
    #[must_use]
    pub fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Option<Answer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = answer.ok()?;
        let headers = answer.headers().iter();
        let headers = headers
            .map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()))
            .collect();
        let text = answer.body_mut().with_config().limit(256 << 20).read_to_string().ok()?;
        Some(Answer { status: answer.status().as_u16(), headers, text })
    }

    /// `GET`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Answer> {
        self.call("GET", path, &[], None)
    }

    /// `POST` of JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Option<Answer> {
        self.call("POST", path, &[("content-type", "application/json")], Some(body.to_string().as_bytes()))
    }

    /// Hands a plan in.
    #[must_use]
    pub fn try_submit(&self, plan: &Value, key: Option<&str>) -> Option<Answer> {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.call("POST", "/v1/changes?format=terraform", &headers, Some(plan.to_string().as_bytes()))
    }

    /// Hands a plan in and expects to be answered with the change.
    #[must_use]
    pub fn submit(&self, plan: &Value) -> Value {
        let answer = self.try_submit(plan, None).expect("no answer");
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
        answer.json()
    }

    /// A change as it is now.
    #[must_use]
    pub fn change(&self, id: &str) -> Value {
        self.get(&format!("/v1/changes/{id}")).expect("no answer").expect(200)
    }

    /// The state of a change.
    #[must_use]
    pub fn state(&self, id: &str) -> String {
        self.change(id)["state"].as_str().unwrap().to_owned()
    }

    /// Waits until a change has been decided, at most so many seconds.
    #[must_use]
    pub fn wait(&self, id: &str, seconds: u32) -> Option<Answer> {
        self.call("GET", &format!("/v1/changes/{id}"), &[("prefer", &format!("wait={seconds}"))], None)
    }

    /// Answers for a change: `approve` or `reject`.
    #[must_use]
    pub fn answer(&self, change: &Value, answer: &str) -> Option<Answer> {
        let body = json!({ "digest": change["digest"], "answer": answer, "comment": "seen and understood" });
        self.post(&format!("/v1/changes/{}/approvals", change["id"].as_str().unwrap()), &body)
    }

    /// Approves and expects it to be recorded.
    pub fn approve(&self, change: &Value) {
        let _ = self.answer(change, "approve").expect("no answer").expect(200);
    }

    /// Claims the grant of a change for an attempt.
    #[must_use]
    pub fn claim(&self, change: &Value, attempt: &str) -> Option<Answer> {
        let body = json!({ "attempt": attempt, "digest": change["digest"], "source": change["source"], "command": "true" });
        self.post(&format!("/v1/changes/{}/claim", change["id"].as_str().unwrap()), &body)
    }

    /// Reports how an attempt ended.
    #[must_use]
    pub fn report(&self, change: &Value, attempt: &str, outcome: &str) -> Option<Answer> {
        let body = json!({ "attempt": attempt, "outcome": outcome, "exit_code": 0, "detail": "" });
        self.post(&format!("/v1/changes/{}/outcome", change["id"].as_str().unwrap()), &body)
    }
}
