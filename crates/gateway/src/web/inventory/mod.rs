//! The inventory: what earlier changes taught about which resources there are, and what depends on what.

mod list;
mod load;
mod resource;

pub(crate) use list::page;
pub(crate) use resource::page as resource;

use super::change::encode;

/// Where a resource's page is.
fn href(workspace: &str, address: &str) -> String {
    format!("/inventory/resource?workspace={}&address={}", encode(workspace), encode(address))
}
