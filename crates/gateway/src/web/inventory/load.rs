//! What the inventory's pages read; the only place here that speaks to the store.

use holdpoint_core::{Class, Environment, Link, Timestamp};

use crate::{ApiError, AppState};

/// Which resources are wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    pub(super) workspace: Option<String>,
    pub(super) class: Option<Class>,
    pub(super) search: Option<String>,
    /// Only those that are there, or only those that are not.
    pub(super) present: Option<bool>,
}

/// A workspace as the inventory knows it.
#[derive(Debug, Clone)]
pub(super) struct WorkspaceRow {
    pub(super) name: String,
    pub(super) seen_at: Timestamp,
    pub(super) resources: u64,
}

/// A resource as the inventory knows it.
#[derive(Debug, Clone)]
pub(super) struct InventoryRow {
    pub(super) workspace: String,
    pub(super) address: String,
    pub(super) kind: String,
    pub(super) class: Class,
    pub(super) identifiers: Vec<String>,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) sign: Option<(Environment, String)>,
    pub(super) present: bool,
    pub(super) born_at: Option<Timestamp>,
    pub(super) born_by: Option<String>,
    pub(super) gone_at: Option<Timestamp>,
    pub(super) gone_by: Option<String>,
    pub(super) first_seen_at: Timestamp,
    pub(super) seen_at: Timestamp,
    /// The change that last taught something about it.
    pub(super) change: String,
}

/// A neighbour: workspace, address, and how it is known.
pub(super) type Neighbour = ((String, String), Link);

/// A resource and its neighbours.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) row: InventoryRow,
    pub(super) dependents: Vec<Neighbour>,
    pub(super) dependencies: Vec<Neighbour>,
}

/// The workspaces, and a page of resources after the one named.
pub(super) async fn page(
    _app: &AppState,
    _filter: &Filter,
    _after: Option<(String, String)>,
    _limit: u32,
) -> Result<(Vec<WorkspaceRow>, Vec<InventoryRow>), ApiError> {
    // `inventory::workspaces` and `inventory::list` of the store belong here.
    Ok((Vec::new(), Vec::new()))
}

/// One resource.
pub(super) async fn one(
    _app: &AppState,
    _workspace: &str,
    _address: &str,
) -> Result<Option<Found>, ApiError> {
    // `inventory::show` of the store belongs here.
    Ok(None)
}

#[cfg(test)]
pub(super) fn sample(address: &str) -> InventoryRow {
    let now = crate::web::sample::now();
    InventoryRow {
        workspace: "shop/production".to_owned(),
        address: address.to_owned(),
        kind: "aws_db_instance".to_owned(),
        class: Class::Data,
        identifiers: vec!["arn:aws:rds:eu-west-1:1:db:main".to_owned()],
        account: Some("123456789012".to_owned()),
        region: Some("eu-west-1".to_owned()),
        sign: Some((Environment::Production, "tagged Environment=production".to_owned())),
        present: true,
        born_at: None,
        born_by: None,
        gone_at: None,
        gone_by: None,
        first_seen_at: now,
        seen_at: now,
        change: "chg_1".to_owned(),
    }
}
