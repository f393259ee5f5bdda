//! What was last seen of each workspace's state.

use holdpoint_core::{ChangeId, SeenState};

use crate::{Conn, Error};

/// What was last seen of a workspace, if it ever was.
///
/// # Errors
/// If the database fails.
pub async fn seen(c: &mut Conn, name: &str) -> Result<Option<SeenState>, Error> {
    let row: Option<(String, i64)> =
        sqlx::query_as("select lineage, serial from holdpoint.workspaces where name = $1")
            .bind(name)
            .fetch_optional(c)
            .await?;
    row.map(|(lineage, serial)| {
        let serial = u64::try_from(serial)
            .map_err(|_| Error::inconsistent("workspaces", name, "its serial is negative"))?;
        Ok(SeenState { lineage, serial })
    })
    .transpose()
}

/// Notes the state a workspace was seen with. Within one lineage the serial never goes back. Whether another lineage
/// is to be believed is the caller's decision.
///
/// # Errors
/// If the database fails, or the serial is beyond 2⁶³.
pub async fn saw(
    tx: &mut Conn,
    name: &str,
    lineage: &str,
    serial: u64,
    change: ChangeId,
) -> Result<(), Error> {
    let serial = i64::try_from(serial).map_err(|_| Error::Refused(format!("a serial of {serial}")))?;
    sqlx::query(
        "insert into holdpoint.workspaces as w (name, lineage, serial, change_id) values ($1, $2, $3, $4)
         on conflict (name) do update set lineage = excluded.lineage, change_id = excluded.change_id,
           seen_at = clock_timestamp(),
           serial = case when w.lineage = excluded.lineage then greatest(w.serial, excluded.serial) else excluded.serial end
         where (w.lineage, w.serial) is distinct from (excluded.lineage, excluded.serial)",
    )
    .bind(name)
    .bind(lineage)
    .bind(serial)
    .bind(change.to_string())
    .execute(tx)
    .await?;
    Ok(())
}
