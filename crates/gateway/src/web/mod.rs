//! The web UI: pages rendered on the server, which work without a script; a small script of our own makes them
//! live. What a person may do is decided here and in the store, never in the browser.

mod agents;
mod asset;
mod bypass;
mod change;
mod changes;
mod events;
mod freeze;
mod inventory;
mod ledger;
mod problem;
mod queue;
pub(crate) mod radius;
#[cfg(test)]
pub(crate) mod sample;
mod shell;
mod sign_in;
mod visible;
pub(crate) mod words;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use crate::AppState;

/// Every page, its forms, its streams and its assets.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(queue::page))
        .route("/events", get(events::queue))
        .route("/sign-in", get(sign_in::page).post(sign_in::redeem))
        .route("/sign-in/{code}", get(sign_in::link))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/changes", get(changes::page))
        .route("/changes/{id}", get(change::page))
        .route("/changes/{id}/fragment", get(change::fragment))
        .route("/changes/{id}/approvals", post(change::answer))
        .route("/changes/{id}/cancellation", post(change::cancel))
        .route("/changes/{id}/events", get(events::change))
        .route("/inventory", get(inventory::page))
        .route("/inventory/resource", get(inventory::resource))
        .route("/freeze", get(freeze::page).post(freeze::create))
        .route("/freeze/{id}/lift", post(freeze::lift))
        .route("/ledger", get(ledger::page))
        .route("/bypass", get(bypass::page))
        .route("/agents", get(agents::page).post(agents::create))
        .route("/agents/{id}/revoke", post(agents::revoke))
        .route("/assets/{name}", get(asset::serve))
        .fallback(problem::nothing)
        .layer(middleware::from_fn(problem::as_page))
        .layer(middleware::from_fn(shell::headers))
}
