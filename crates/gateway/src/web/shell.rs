//! What every page has around it: the header with who is signed in, the assets, and the security headers.

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use holdpoint_core::{Frozen, Scope, Timestamp};
use holdpoint_store::people::Person;

use super::asset;
use super::visible::{Shown, shown, visible};
use super::words::when;
use crate::{ApiError, AppState, clock};

/// Nothing runs, loads or submits but our own; `trusted-types 'none'` also stops our own script from ever
/// turning text into markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// What the frame of a page depends on besides the person: the theme a reader chose (empty follows the system), and what
/// is frozen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    pub(crate) theme: &'static str,
    pub(crate) frozen: Arc<[Frozen]>,
}

impl Frame {
    /// As far as a request alone says.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let chosen = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| pair.trim().strip_prefix("holdpoint-theme="));
        let theme = match chosen {
            Some("dark") => "dark",
            Some("light") => "light",
            _ => "",
        };
        Frame { theme, frozen: Arc::default() }
    }
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        Ok(Frame { frozen: frozen(app), ..Frame::of(&parts.headers) })
    }
}

/// What is frozen now, for the banner on every page.
fn frozen(app: &AppState) -> Arc<[Frozen]> {
    app.hub.frozen()
}

/// The banner: the widest freeze, and how many more there are.
#[derive(Debug, Default)]
pub(crate) struct Banner {
    pub(crate) says: Shown,
    /// The same for a screen reader, when it changes.
    pub(crate) plain: String,
    pub(crate) more: String,
}

/// Says the widest of what is frozen; nothing when nothing is.
fn banner(frozen: &[Frozen], now: Timestamp) -> Option<Banner> {
    let widest = frozen.iter().filter(|f| f.until > now).min_by(|a, b| a.scope.cmp(&b.scope))?;
    let what = match &widest.scope {
        Scope::Everything => "Everything".to_owned(),
        Scope::Agent(id) => format!("Agent {id}"),
        Scope::Environment(environment) => format!("Everything in {}", environment.as_str()),
    };
    let until = when(widest.until, now);
    let plain = format!(
        "{what} is frozen by {}, until {} ({}): {}",
        visible(&widest.by),
        until.short,
        until.relative,
        visible(&widest.reason)
    );
    let more = frozen.iter().filter(|f| f.until > now).count().saturating_sub(1);
    Some(Banner {
        says: shown(&plain),
        plain,
        more: if more == 0 { String::new() } else { format!("and {more} more") },
    })
}

/// The frame of a page.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) title: String,
    /// The navigation entry that is current: `queue`, `changes`, `inventory`, `ledger`, `agents`,
    /// `bypass`, `freeze`.
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
    /// Shown to whoever is signed in, while something is frozen.
    pub(crate) frozen: Option<Banner>,
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
        frame: Frame,
        person: Option<&Person>,
    ) -> Self {
        let assets = asset::paths();
        Shell {
            title: title.into(),
            here,
            theme: frame.theme,
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
            frozen: person.and_then(|_| banner(&frame.frozen, clock::now())),
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
            Frame::of(&headers).theme
        };
        assert_eq!(of("a=b; holdpoint-theme=dark"), "dark");
        assert_eq!(of("holdpoint-theme=\"><script>"), "");
    }

    #[test]
    fn the_banner_names_the_widest_freeze_until_it_ends() {
        let now = Timestamp::UNIX_EPOCH + time::Duration::hours(14);
        let of = |scope, minutes| Frozen {
            scope,
            reason: "<b>\u{202e}".to_owned(),
            by: "ada".to_owned(),
            until: now + time::Duration::minutes(minutes),
        };
        let frozen =
            [of(Scope::Agent("agt_1".to_owned()), 90), of(Scope::Everything, 30), of(Scope::Everything, -1)];
        let banner = banner(&frozen, now).unwrap();
        assert!(
            banner.plain.starts_with("Everything is frozen by ada, until 14:30 UTC (in 30 min): <b>⟦U+202E⟧")
        );
        assert_eq!(banner.more, "and 1 more");
        assert!(!banner.says.to_string().contains("<b>"));
        assert!(super::banner(&frozen[2..], now).is_none());
    }

    #[test]
    fn the_policy_allows_nothing_inline() {
        assert!(!POLICY.contains("unsafe") && POLICY.contains("trusted-types 'none'"));
        assert!(HeaderValue::from_static(POLICY).to_str().is_ok());
    }
}
