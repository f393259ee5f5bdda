//! Anything that goes wrong, as a page that says what happened and what to do next.

use askama::Template;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::shell::{Frame, Shell, render};
use super::visible::{Shown, prose};
use crate::{ApiError, Problem};

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    shell: Shell,
    status: u16,
    title: String,
    detail: Shown,
    next: &'static str,
}

/// Where no page is.
pub(crate) async fn nothing() -> ApiError {
    ApiError::NotFound("page")
}

/// Turns every error below into a page: the API's problem documents, and the framework's plain refusals.
pub(crate) async fn as_page(request: Request, next: Next) -> Response {
    let frame = Frame::of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !(status.is_client_error() || status.is_server_error()) || kind.starts_with("text/html") {
        return response;
    }
    let retry_after = response.headers().get(RETRY_AFTER).cloned();
    let body = to_bytes(response.into_body(), 64 * 1024).await.unwrap_or_default();
    let (title, detail) = match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => (problem.title, problem.detail),
        Err(_) => {
            let reason = status.canonical_reason().unwrap_or("This did not work");
            (reason.to_owned(), String::from_utf8_lossy(&body).into_owned())
        }
    };
    let mut page = page(frame, status, title, &detail).into_response();
    if let Some(seconds) = retry_after {
        page.headers_mut().insert(RETRY_AFTER, seconds);
    }
    page
}

fn page(frame: Frame, status: StatusCode, title: String, detail: &str) -> Response {
    let next = match status {
        StatusCode::NOT_FOUND => "Go to the queue, or look for it under all changes.",
        StatusCode::UNAUTHORIZED => "Sign in again; what you typed was not sent.",
        StatusCode::SERVICE_UNAVAILABLE => {
            "Nothing was decided or recorded. Load the page again in a moment."
        }
        StatusCode::FORBIDDEN => "Nothing was changed.",
        _ => "Nothing was executed by this.",
    };
    let shell = Shell::new(title.clone(), "", frame, None);
    let page = Page { shell, status: status.as_u16(), title, detail: prose(&sentence(detail)), next };
    render(status, &page).unwrap_or_else(|_| status.into_response())
}

/// A detail as a sentence: the API's begin with a small letter and have no full stop.
fn sentence(detail: &str) -> String {
    let mut chars = detail.chars();
    let Some(first) = chars.next() else { return String::new() };
    let stop = if detail.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{stop}", first.to_uppercase(), chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_a_page_with_a_next_step() {
        let shell = Shell::new("x", "", Frame::default(), None);
        let page = Page { shell, status: 404, title: "<b>".to_owned(), detail: prose("<i>"), next: "Go on." };
        let html = page.render().unwrap();
        assert!(html.contains("&#60;b&#62;") || html.contains("&lt;b&gt;"));
        assert!(!html.contains("<i>") && html.contains("Go on."));
        assert_eq!(sentence("there is no such change"), "There is no such change.");
    }
}
