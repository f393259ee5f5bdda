//! `GET /openapi.json`: OpenAPI 3.1, generated from the handlers.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::api;

#[derive(OpenApi)]
#[openapi(
    info(title = "Holdpoint", description = "Hold points for infrastructure changes made by AI agents."),
    modifiers(&Credentials),
    paths(
        api::submit::submit, api::list::list, api::show::show, api::content::content, api::events::events,
        api::approve::approve, api::withdraw::withdraw, api::claim::claim, api::claim::renew, api::outcome::report,
        api::resolve::resolve, api::cancel::cancel,
        api::check::check, api::ledger::checkpoint, api::ledger::key, api::ledger::entries, api::ledger::inclusion,
        api::ledger::consistency, api::ledger::export, api::agents::create, api::agents::list, api::agents::revoke,
        api::keys::create, api::keys::list, api::keys::revoke,
        api::reconcile::create, api::reconcile::list, api::freeze::list, api::freeze::set, api::freeze::lift,
    )
)]
struct Document;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, what) in [
            ("requester", "A token of an agent (`hp_agent_…`) or pipeline (`hp_pipeline_…`)."),
            ("person", "A person's token (`hp_person_…`)."),
        ] {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(what.to_owned());
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// The document, as pretty JSON.
///
/// # Errors
/// Passes the serialiser's error on.
pub(crate) fn document() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Document::openapi()).map(|text| text + "\n")
}

/// `GET /openapi.json`
pub(crate) async fn page() -> Result<Response, crate::ApiError> {
    Ok(([(header::CONTENT_TYPE, "application/json")], document()?).into_response())
}

#[cfg(test)]
mod tests {
    /// `docs/openapi.json` is what the handlers say; `make openapi` writes it anew.
    #[test]
    fn the_published_description_is_current() {
        let published = include_str!("../../../../docs/openapi.json");
        let generated = super::document().unwrap();
        assert!(
            published == generated,
            "docs/openapi.json has drifted: run `make openapi` and review the difference"
        );
    }
}
