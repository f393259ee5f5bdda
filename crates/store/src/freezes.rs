//! Freezes: the stop button. While one is in force the database moves no change that it covers to `executing`.
//!
//! After the commit of [`set`] or [`lift`], call [`crate::wake::notify`]: every replica looks again at once. A notification
//! inside of the transaction would let one commit through at a time.

use holdpoint_core::{FreezeId, Frozen, Scope, Timestamp};

use crate::changes::millis;
use crate::people::Person;
use crate::{Conn, Error};

const TABLE: &str = "freezes";

/// No freeze lasts longer than ten years.
const LONGEST: time::Duration = time::Duration::days(3_650);

/// A freeze on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFreeze {
    /// Its id.
    pub id: FreezeId,
    /// What it stops, why, by whose name, and until when.
    pub frozen: Frozen,
    /// When it was set.
    pub created_at: Timestamp,
    /// When it was lifted, if before its end.
    pub lifted_at: Option<Timestamp>,
    /// The name of who lifted it.
    pub lifted_by: Option<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: String,
    scope: String,
    reason: String,
    by: String,
    created_at: Timestamp,
    until: Timestamp,
    lifted_at: Option<Timestamp>,
    lifted_by: Option<String>,
}

impl Row {
    fn read(self) -> Result<StoredFreeze, Error> {
        let wrong = |what: &str| Error::inconsistent(TABLE, self.id.clone(), what);
        let id = self.id.parse().map_err(|_| wrong("its id does not read"))?;
        let scope = self.scope.parse().map_err(|_| wrong("its scope does not read"))?;
        Ok(StoredFreeze {
            id,
            frozen: Frozen { scope, reason: self.reason, by: self.by, until: self.until },
            created_at: self.created_at,
            lifted_at: self.lifted_at,
            lifted_by: self.lifted_by,
        })
    }
}

/// A selection of [`Row`]s of what is called `f`, for `concat!`.
macro_rules! rows {
    ($from:literal, $rest:literal) => {
        concat!(
            "select f.id, f.scope, f.reason, p.name as by, f.created_at, f.until, f.lifted_at, l.name as lifted_by
             from ",
            $from,
            " f join holdpoint.people p on p.id = f.created_by left join holdpoint.people l on l.id = f.lifted_by ",
            $rest
        )
    };
}

/// Stops what the scope says, from the commit on, for as long as it lasts at the most.
///
/// # Errors
/// `Refused` for a revoked person, a reason that is empty or longer than 2,000 characters, or a scope that is too long.
pub async fn set(
    tx: &mut Conn,
    id: FreezeId,
    scope: &Scope,
    reason: &str,
    by: &Person,
    lasts: time::Duration,
) -> Result<StoredFreeze, Error> {
    let row: Row = sqlx::query_as(concat!(
        "with fresh as (
           insert into holdpoint.freezes (id, scope, reason, created_by, until)
           values ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond') returning *) ",
        rows!("fresh", "")
    ))
    .bind(id.to_string())
    .bind(scope.key())
    .bind(reason)
    .bind(by.id.to_string())
    .bind(millis(lasts.min(LONGEST)))
    .fetch_one(tx)
    .await?;
    row.read()
}

/// Ends a freeze before its time. Lifting one that is over, or was lifted, changes nothing.
///
/// # Errors
/// If there is none of that id; `Refused` for a revoked person.
pub async fn lift(tx: &mut Conn, id: FreezeId, by: &Person) -> Result<StoredFreeze, Error> {
    sqlx::query("select 1 from holdpoint.freezes where id = $1 for update")
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "update holdpoint.freezes set lifted_by = $2
         where id = $1 and lifted_at is null and until > clock_timestamp()",
    )
    .bind(id.to_string())
    .bind(by.id.to_string())
    .execute(&mut *tx)
    .await?;
    let row: Option<Row> = sqlx::query_as(rows!("holdpoint.freezes", "where f.id = $1"))
        .bind(id.to_string())
        .fetch_optional(tx)
        .await?;
    row.ok_or_else(|| Error::not_found(format!("freeze `{id}`")))?.read()
}

/// The freezes in force, oldest first, by the database's clock.
///
/// # Errors
/// If the database fails, or a row does not read.
pub async fn in_force(c: &mut Conn) -> Result<Vec<StoredFreeze>, Error> {
    let rows: Vec<Row> = sqlx::query_as(rows!(
        "holdpoint.freezes",
        "where f.lifted_at is null and f.until > clock_timestamp() order by f.id"
    ))
    .fetch_all(c)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// The latest freezes, newest first, in force or not.
///
/// # Errors
/// If the database fails, or a row does not read.
pub async fn recent(c: &mut Conn, limit: u32) -> Result<Vec<StoredFreeze>, Error> {
    let rows: Vec<Row> =
        sqlx::query_as(rows!("holdpoint.freezes", "order by f.created_at desc, f.id desc limit $1"))
            .bind(i64::from(limit))
            .fetch_all(c)
            .await?;
    rows.into_iter().map(Row::read).collect()
}
