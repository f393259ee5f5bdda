//! What a change that was applied brought about.

use holdpoint_core::{ChangeId, Effect, EffectKind, StateName};
use sqlx::Connection as _;

use crate::{Conn, Error, changes, text};

/// Takes in what an applied change brought about, from the change as it is on record: what it created is there, what it
/// deleted is gone, with whose doing it was. Does nothing for a change that is not applied, or names no workspace.
///
/// If it fails, the caller's transaction is as it was before.
///
/// # Errors
/// If there is no such change, or it does not read.
pub async fn carried_out(tx: &mut Conn, change: ChangeId) -> Result<(), Error> {
    let stored = changes::get(tx, change).await?;
    let Some(workspace) = stored.source.workspace.as_deref() else { return Ok(()) };
    if stored.state.name() != StateName::Applied {
        return Ok(());
    }
    let effects = changes::load(tx, change).await?.effects;
    let created = |e: &Effect| e.effect == EffectKind::Create && e.imported_as.is_none();
    // A deposed twin goes without the resource.
    let deleted = |e: &Effect| e.effect == EffectKind::Delete && e.resource.deposed.is_none();
    let session = stored.origin.session.as_deref().map(|session| text::cut(session, 300));
    let mut part = tx.begin().await?;
    for (sql, addresses) in [(CREATED, of(&effects, created)), (DELETED, of(&effects, deleted))] {
        sqlx::query(sql)
            .bind(workspace)
            .bind(addresses)
            .bind(stored.requester.id.as_str())
            .bind(session.as_deref())
            .bind(change.to_string())
            .execute(&mut *part)
            .await?;
    }
    sqlx::query(DONE)
        .bind(workspace)
        .bind(of(&effects, |_| true))
        .bind(change.to_string())
        .execute(&mut *part)
        .await?;
    // The next document is believed, and read even if it shows the same again.
    sqlx::query(
        "update holdpoint.inventory_workspaces w set carried_out = true, digest = null, resources =
           (select count(*) from holdpoint.inventory_resources r where r.workspace = w.name and r.present)
         where w.name = $1",
    )
    .bind(workspace)
    .execute(&mut *part)
    .await?;
    part.commit().await?;
    Ok(())
}

fn of(effects: &[Effect], which: impl Fn(&Effect) -> bool) -> Vec<String> {
    effects
        .iter()
        .filter(|effect| which(effect))
        .filter_map(|effect| Some(text::key(&effect.resource.address)?.into_owned()))
        .collect()
}

/// It is the requester's own if it had never been there, or if an applied change removed it: a document that leaves it
/// out is no proof of either.
const CREATED: &str = "
update holdpoint.inventory_resources r set present = true, confirmed = true, told_by = $3,
  born_at = case when r.gone_at is null or r.gone_by is not null then clock_timestamp() end,
  born_by = case when r.gone_at is null or r.gone_by is not null then $3 end,
  born_session = case when r.gone_at is null or r.gone_by is not null then $4 end,
  gone_at = null, gone_by = null, gone_session = null, counts_until = null, seen_at = clock_timestamp(), change_id = $5
where r.workspace = $1 and r.address = any ($2::text[]) and not r.present";

const DELETED: &str = "
update holdpoint.inventory_resources r set present = false, confirmed = false, gone_at = clock_timestamp(), gone_by = $3,
  gone_session = $4, counts_until = null, seen_at = clock_timestamp(), change_id = $5
where r.workspace = $1 and r.address = any ($2::text[]) and (r.present or r.counts_until is not null)";

const DONE: &str = "
update holdpoint.inventory_resources r set pending_effect = null from holdpoint.inventory_workspaces w
where w.name = r.workspace and w.change_id = $3 and r.workspace = $1 and r.address = any ($2::text[])
  and r.pending_effect is not null";
