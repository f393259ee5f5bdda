//! What every page has around it: the header with who is signed in, the assets, and the security headers.

use std::convert::Infallible;

use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use holdpoint_store::people::Person;

use super::asset;
use super::visible::{Shown, shown};
use crate::ApiError;

/// Nothing runs, loads or submits but our own; `trusted-types 'none'` also stops our own script from ever
/// turning text into markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// The theme a reader chose; empty follows the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Theme(pub(crate) &'static str);

impl Theme {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let chosen = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| pair.trim().strip_prefix("holdpoint-theme="));
        match chosen {
            Some("dark") => Theme("dark"),
            Some("light") => Theme("light"),
            _ => Theme(""),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Theme {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Theme::of(&parts.headers))
    }
}

/// The frame of a page.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) title: String,
    /// The navigation entry that is current: `queue`, `changes`, `ledger`, `agents`.
    pub(crate) here: &'static str,
    pub(crate) theme: &'static str,
    pub(crate) person: Option<Signed>,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) icon: &'static str,
    /// The stream that says when to look again; empty for a page that stays as it is.
    pub(crate) events: String,
    /// Where to look again; empty for the page's own address.
    pub(crate) fragment: String,
}

/// Who is signed in.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) name: Shown,
    pub(crate) groups: String,
    pub(crate) admin: bool,
}

impl Shell {
    pub(crate) fn new(
        title: impl Into<String>,
        here: &'static str,
        theme: Theme,
        person: Option<&Person>,
    ) -> Self {
        let assets = asset::paths();
        Shell {
            title: title.into(),
            here,
            theme: theme.0,
            person: person.map(|person| Signed {
                name: shown(&person.name),
                groups: person.groups.iter().cloned().collect::<Vec<_>>().join(", "),
                admin: person.admin,
            }),
            style: &assets.style,
            script: &assets.script,
            icon: &assets.icon,
            events: String::new(),
            fragment: String::new(),
        }
    }

    /// With a stream of news, and where to look again.
    pub(crate) fn live(mut self, events: impl Into<String>, fragment: impl Into<String>) -> Self {
        self.events = events.into();
        self.fragment = fragment.into();
        self
    }
}

/// A template as a response.
pub(crate) fn render(status: StatusCode, template: &impl Template) -> Result<Response, ApiError> {
    match template.render() {
        Ok(html) => Ok((status, Html(html)).into_response()),
        Err(error) => Err(ApiError::Internal(format!("a page does not render: {error}"))),
    }
}

/// Sets the security headers on everything below.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            header::HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_one_of_ours() {
        let of = |cookie: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
            Theme::of(&headers).0
        };
        assert_eq!(of("a=b; holdpoint-theme=dark"), "dark");
        assert_eq!(of("holdpoint-theme=\"><script>"), "");
    }

    #[test]
    fn the_policy_allows_nothing_inline() {
        assert!(!POLICY.contains("unsafe") && POLICY.contains("trusted-types 'none'"));
        assert!(HeaderValue::from_static(POLICY).to_str().is_ok());
    }
}
