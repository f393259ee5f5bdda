//! The clock: what nobody answered, used or reported in time.

use holdpoint_core::ChangeId;

use crate::{Db, Error};

/// Moves up to `limit` changes whose time is over, by the database's clock: `held` to `expired`, `allowed` and `approved`
/// to `lapsed`, `executing` to `unknown`. Rows that somebody else is moving are passed over; the next round sees them.
/// One statement in its own transaction, so any number of daemons may do it.
///
/// # Errors
/// If the database fails.
pub async fn run_out(db: &Db, limit: u32) -> Result<Vec<ChangeId>, Error> {
    let mut conn = db.conn().await?;
    let ids: Vec<String> = sqlx::query_scalar(
        "with due as materialized (
           select id from holdpoint.changes
           where (state in ('held', 'allowed', 'approved') and until <= statement_timestamp())
              or (state = 'executing' and lease_until <= statement_timestamp())
           order by id limit $1 for no key update skip locked)
         update holdpoint.changes c set
           state = case c.state when 'held' then 'expired' when 'executing' then 'unknown' else 'lapsed' end,
           outcome = case c.state when 'executing' then 'unknown' end,
           ended_at = case c.state when 'executing' then clock_timestamp() end
         from due where c.id = due.id returning c.id",
    )
    .bind(i64::from(limit))
    .fetch_all(&mut *conn)
    .await?;
    ids.into_iter()
        .map(|id| id.parse().map_err(|_| Error::inconsistent("changes", id, "its id does not read")))
        .collect()
}
