//! What the inventory's pages read; the only place here that speaks to the store.

use holdpoint_store::inventory;
pub(super) use holdpoint_store::inventory::{Filter, Row as InventoryRow, Shown as Found, WorkspaceRow};

use crate::{ApiError, AppState};

/// A neighbour: workspace, address, and how it is known.
pub(super) type Neighbour = ((String, String), holdpoint_core::Link);

/// The workspaces, and a page of resources after the one named.
pub(super) async fn page(
    app: &AppState,
    filter: &Filter,
    after: Option<(String, String)>,
    limit: u32,
) -> Result<(Vec<WorkspaceRow>, Vec<InventoryRow>), ApiError> {
    let mut conn = app.db.conn().await?;
    let workspaces = inventory::workspaces(&mut conn).await?;
    let rows = inventory::list(&mut conn, filter, after, limit).await?;
    Ok((workspaces, rows))
}

/// One resource.
pub(super) async fn one(app: &AppState, workspace: &str, address: &str) -> Result<Option<Found>, ApiError> {
    Ok(inventory::show(&mut *app.db.conn().await?, workspace, address).await?)
}

#[cfg(test)]
pub(super) fn sample(address: &str) -> InventoryRow {
    use holdpoint_core::{ChangeId, Class, Environment};

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
        change: ChangeId::new(now, 1),
        names: Vec::new(),
        pending: None,
    }
}
