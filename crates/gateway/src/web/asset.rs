//! The style, the script and the mark: part of the binary, named by their content, so that a browser may keep
//! them for ever.

use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdpoint_core::Digest;

const STYLE: &[u8] = include_bytes!("../assets/style.css");
const SCRIPT: &[u8] = include_bytes!("../assets/app.js");
const ICON: &[u8] = include_bytes!("../assets/icon.svg");

/// Where each is served.
#[derive(Debug)]
pub(crate) struct Paths {
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) icon: String,
}

/// The paths, computed once.
pub(crate) fn paths() -> &'static Paths {
    static PATHS: OnceLock<Paths> = OnceLock::new();
    PATHS.get_or_init(|| {
        let named = |bytes: &[u8], stem: &str, end: &str| {
            format!("/assets/{stem}-{}.{end}", Digest::of(bytes).short())
        };
        Paths {
            style: named(STYLE, "style", "css"),
            script: named(SCRIPT, "app", "js"),
            icon: named(ICON, "icon", "svg"),
        }
    })
}

/// `GET /assets/{name}`
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let (paths, path) = (paths(), format!("/assets/{name}"));
    let (bytes, kind) = if path == paths.style {
        (STYLE, "text/css; charset=utf-8")
    } else if path == paths.script {
        (SCRIPT, "text/javascript; charset=utf-8")
    } else if path == paths.icon {
        (ICON, "image/svg+xml")
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers =
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, bytes).into_response()
}
