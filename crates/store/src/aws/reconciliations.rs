//! What reconciliations with CloudTrail found.

use holdpoint_core::{PersonId, Timestamp};

use crate::{Conn, Error};

/// How many events were looked at, and what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Events in the time that is asked about, those of [`Counts::elsewhere`] left out.
    pub looked_at: u64,
    /// A change explains them.
    pub explained: u64,
    /// They read only, or AWS did them by itself.
    pub exempt: u64,
    /// They happened in accounts that are not guarded.
    pub elsewhere: u64,
    /// Records that could not be read; each may be a write.
    pub unread: u64,
    /// Writes that no change explains.
    pub unexplained: u64,
}

/// A reconciliation to record.
#[derive(Debug, Clone, Copy)]
pub struct NewReconciliation<'a> {
    /// Who asked for it.
    pub made_by: PersonId,
    /// The time that it is about.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Where the events come from, in words.
    pub sources: &'a [String],
    /// What they are.
    pub counts: Counts,
    /// Whether part of the time could not be looked at.
    pub partial: bool,
    /// The unexplained writes, or the first of them, as a JSON array.
    pub findings: &'a str,
}

/// A reconciliation on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// Its number; later ones are larger.
    pub id: i64,
    /// When it was made.
    pub at: Timestamp,
    /// The name of who asked for it.
    pub by: String,
    /// The time that it is about.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Where the events come from, in words.
    pub sources: Vec<String>,
    /// What they are.
    pub counts: Counts,
    /// Whether part of the time could not be looked at.
    pub partial: bool,
    /// The unexplained writes, or the first of them, as a JSON array.
    pub findings: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: Timestamp,
    by: String,
    from_at: Timestamp,
    to_at: Timestamp,
    sources: Vec<String>,
    looked_at: i64,
    explained: i64,
    exempt: i64,
    elsewhere: i64,
    unread: i64,
    partial: bool,
    unexplained: i64,
    findings: String,
}

impl From<Row> for Reconciliation {
    fn from(row: Row) -> Self {
        let of = |number: i64| u64::try_from(number).unwrap_or(0);
        Self {
            id: row.id,
            at: row.at,
            by: row.by,
            from: row.from_at,
            to: row.to_at,
            sources: row.sources,
            counts: Counts {
                looked_at: of(row.looked_at),
                explained: of(row.explained),
                exempt: of(row.exempt),
                elsewhere: of(row.elsewhere),
                unread: of(row.unread),
                unexplained: of(row.unexplained),
            },
            partial: row.partial,
            findings: row.findings,
        }
    }
}

/// Records a reconciliation, with its entry in the ledger; its number.
///
/// # Errors
/// `Refused` for a revoked person.
pub async fn record(tx: &mut Conn, new: &NewReconciliation<'_>) -> Result<i64, Error> {
    let of = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(sqlx::query_scalar(
        "insert into holdpoint.reconciliations (made_by, from_at, to_at, sources, looked_at, explained, exempt, elsewhere,
           unread, partial, unexplained, findings)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id",
    )
    .bind(new.made_by.to_string())
    .bind(new.from)
    .bind(new.to)
    .bind(new.sources)
    .bind(of(new.counts.looked_at))
    .bind(of(new.counts.explained))
    .bind(of(new.counts.exempt))
    .bind(of(new.counts.elsewhere))
    .bind(of(new.counts.unread))
    .bind(new.partial)
    .bind(of(new.counts.unexplained))
    .bind(new.findings)
    .fetch_one(tx)
    .await?)
}

/// The latest reconciliations, newest first.
///
/// # Errors
/// If the database fails.
pub async fn latest(c: &mut Conn, limit: u32) -> Result<Vec<Reconciliation>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "select r.id, r.at, p.name as by, r.from_at, r.to_at, r.sources, r.looked_at, r.explained, r.exempt, r.elsewhere,
           r.unread, r.partial, r.unexplained, r.findings
         from holdpoint.reconciliations r join holdpoint.people p on p.id = r.made_by order by r.id desc limit $1",
    )
    .bind(i64::from(limit))
    .fetch_all(c)
    .await?;
    Ok(rows.into_iter().map(Reconciliation::from).collect())
}
