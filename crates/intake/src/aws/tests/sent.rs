//! Requests made up for one rule each.

use crate::aws::{BodyWanted, Call, Incoming, Refused, body_wanted, recognise};

/// A request with what the cases do not care about filled in.
pub(super) struct Sent<'a> {
    pub(super) method: &'a str,
    pub(super) target: &'a str,
    pub(super) host: &'a str,
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: &'a [u8],
    pub(super) service: &'a str,
}

pub(super) const PLAIN: Sent<'static> = Sent {
    method: "POST",
    target: "/",
    host: "127.0.0.1:4654",
    headers: Vec::new(),
    body: b"",
    service: "ec2",
};

impl Sent<'_> {
    fn with<T>(&self, look: impl Fn(&Incoming<'_>) -> T) -> T {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        look(&Incoming {
            method: self.method,
            path,
            query,
            host: self.host,
            headers: &headers,
            body: self.body,
            service: self.service,
            region: "eu-west-1",
            payload: None,
            account: Some("123456789012"),
        })
    }

    pub(super) fn call(&self) -> Result<Call, Refused> {
        self.with(recognise)
    }

    pub(super) fn name(&self) -> String {
        self.call().map_or_else(|refused| refused.says, |call| format!("{}:{}", call.service, call.operation))
    }

    pub(super) fn refused(&self) -> String {
        self.call().map(|call| format!("{}:{}", call.service, call.operation)).unwrap_err().says
    }

    pub(super) fn wanted(&self) -> BodyWanted {
        self.with(body_wanted).unwrap()
    }
}

pub(super) fn form(body: &str) -> Sent<'_> {
    let headers = vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    Sent { headers, body: body.as_bytes(), ..PLAIN }
}

pub(super) fn target<'a>(service: &'a str, target: &'a str, body: &'a str) -> Sent<'a> {
    let headers = vec![("x-amz-target", target), ("content-type", "application/x-amz-json-1.1")];
    Sent { headers, body: body.as_bytes(), service, ..PLAIN }
}

pub(super) fn s3<'a>(method: &'a str, target: &'a str) -> Sent<'a> {
    Sent { method, target, service: "s3", ..PLAIN }
}
