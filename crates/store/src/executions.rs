//! Commands that the daemon runs itself: what exactly, and how far it is. The one attempt at it is the change's own.

use holdpoint_core::{ChangeId, StateName, Timestamp};

use crate::changes::millis;
use crate::{Conn, Error};

/// How an execution stands, for those who look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// AWS's own id of it, once AWS has said it.
    pub id: Option<String>,
    /// How far it was at the last look, as the daemon wrote it down.
    pub progress: Option<String>,
    /// When that was.
    pub looked_at: Option<Timestamp>,
    /// Who cancelled it.
    pub cancelled_by: Option<String>,
}

/// An execution that this daemon looks after for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its change.
    pub change: ChangeId,
    /// Where the change stands: `allowed`, `approved`, `executing` or `unknown`.
    pub state: StateName,
    /// What exactly is to run.
    pub document: Vec<u8>,
    /// AWS's own id of it, once it is known.
    pub execution: Option<String>,
    /// How far it was at the last look.
    pub progress: Option<String>,
    /// Somebody cancelled it, and AWS was not told yet.
    pub to_cancel: bool,
}

/// Writes down what exactly is to run, in the transaction that hands the change in.
///
/// # Errors
/// `Refused` unless the change's source names the SHA-256 of these bytes.
pub async fn note(tx: &mut Conn, change: ChangeId, document: &[u8]) -> Result<(), Error> {
    sqlx::query("insert into holdpoint.executions (change_id, document) values ($1, $2)")
        .bind(change.to_string())
        .bind(document)
        .execute(tx)
        .await?;
    Ok(())
}

/// How executions are shared out between replicas.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// A daemon that has been silent about an execution for so long has lost it.
    pub silence: time::Duration,
    /// The least time between two looks at one execution.
    pub between: time::Duration,
    /// An execution whose outcome was lost is looked for so long.
    pub memory: time::Duration,
}

/// Takes what nobody else looks after: what may be started now, what runs, and what became of it unknown.
///
/// # Errors
/// If the database fails.
pub async fn take(c: &mut Conn, me: &str, pace: Pace, limit: u32) -> Result<Vec<Taken>, Error> {
    type Row = (String, String, Vec<u8>, Option<String>, Option<String>, bool);
    let rows: Vec<Row> = sqlx::query_as(
        "with due as materialized (
           select e.change_id, c.state from holdpoint.changes c join holdpoint.executions e on e.change_id = c.id
           where c.format = 'ssm' and c.state in ('allowed', 'approved', 'executing', 'unknown')
             and (c.state in ('executing', 'unknown') or c.until > clock_timestamp())
             and (c.state <> 'unknown' or c.claimed_at > clock_timestamp() - $5 * interval '1 millisecond')
             and (e.follower is null or e.follower = $1 or e.followed_until <= clock_timestamp())
             and (e.looked_at is null or e.looked_at <= clock_timestamp() - $4 * interval '1 millisecond')
             and (case c.requester_kind when 'person'
               then exists (select 1 from holdpoint.people p where p.id = c.requester_id and p.revoked_at is null)
               else exists (select 1 from holdpoint.agents a where a.id = c.requester_id and a.revoked_at is null)
               end or c.state in ('executing', 'unknown'))
           order by c.id limit $2 for no key update of e skip locked)
         update holdpoint.executions e
         set follower = $1, followed_until = clock_timestamp() + $3 * interval '1 millisecond', looked_at = clock_timestamp()
         from due where e.change_id = due.change_id
         returning e.change_id, due.state, e.document, e.execution_id, e.progress,
           e.cancelled_by is not null and not e.cancel_sent",
    )
    .bind(me)
    .bind(i64::from(limit))
    .bind(millis(pace.silence))
    .bind(millis(pace.between))
    .bind(millis(pace.memory))
    .fetch_all(c)
    .await?;
    rows.into_iter()
        .map(|(id, state, document, execution, progress, to_cancel)| {
            let wrong = |what: &str| Error::inconsistent("executions", id.clone(), what);
            Ok(Taken {
                change: id.parse().map_err(|_| wrong("its change does not read"))?,
                state: state.parse().map_err(|_| wrong("the state of its change does not read"))?,
                document,
                execution,
                progress,
                to_cancel,
            })
        })
        .collect()
}

/// Writes AWS's id of an execution down. The same id again changes nothing.
///
/// # Errors
/// `Refused` if another one is known, or no attempt is under way.
pub async fn started(c: &mut Conn, change: ChangeId, execution: &str) -> Result<(), Error> {
    sqlx::query("update holdpoint.executions set execution_id = $2 where change_id = $1 and execution_id is distinct from $2")
        .bind(change.to_string())
        .bind(execution)
        .execute(c)
        .await?;
    Ok(())
}

/// Writes down how far an execution is, and whether AWS was told to cancel it.
///
/// # Errors
/// If the database fails.
pub async fn looked(c: &mut Conn, change: ChangeId, progress: &str, cancel_sent: bool) -> Result<(), Error> {
    sqlx::query(
        "update holdpoint.executions set progress = $2, cancel_sent = cancel_sent or ($3 and cancelled_by is not null)
         where change_id = $1",
    )
    .bind(change.to_string())
    .bind(progress)
    .bind(cancel_sent)
    .execute(c)
    .await?;
    Ok(())
}

/// Somebody cancels an execution. Cancelling it again changes nothing.
///
/// # Errors
/// `Conflict` of code `not_executing` unless it is a change of commands that is being carried out.
pub async fn cancel(tx: &mut Conn, change: ChangeId, by: &str) -> Result<(), Error> {
    let cancelled: Option<Option<String>> = sqlx::query_scalar(
        "select cancelled_by from holdpoint.executions where change_id = $1 for no key update",
    )
    .bind(change.to_string())
    .fetch_optional(&mut *tx)
    .await?;
    match cancelled {
        None => Err(Error::conflict("not_executing", "the daemon carries out commands on machines only")),
        Some(Some(_)) => Ok(()),
        Some(None) => {
            sqlx::query(
                "update holdpoint.executions set cancelled_by = $2, looked_at = null where change_id = $1",
            )
            .bind(change.to_string())
            .bind(by)
            .execute(tx)
            .await?;
            Ok(())
        }
    }
}

/// How the execution of a change stands, if it is one of commands.
///
/// # Errors
/// If the database fails.
pub async fn of(c: &mut Conn, change: ChangeId) -> Result<Option<Execution>, Error> {
    type Row = (Option<String>, Option<String>, Option<Timestamp>, Option<String>);
    let row: Option<Row> = sqlx::query_as(
        "select execution_id, progress, looked_at, cancelled_by from holdpoint.executions where change_id = $1",
    )
    .bind(change.to_string())
    .fetch_optional(c)
    .await?;
    Ok(row.map(|(id, progress, looked_at, cancelled_by)| Execution { id, progress, looked_at, cancelled_by }))
}

/// An execution as reconciliation with CloudTrail needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its change.
    pub change: ChangeId,
    /// The name of who asked for it, which the session at AWS carries.
    pub requester: String,
    /// When the change was claimed to be carried out; the execution was started right after.
    pub at: Timestamp,
}

/// Executions whose change was claimed in this time, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn between(c: &mut Conn, from: Timestamp, to: Timestamp, limit: u32) -> Result<Vec<Ran>, Error> {
    let rows: Vec<(String, String, Timestamp)> = sqlx::query_as(
        "select e.change_id, c.requester_name, c.claimed_at
         from holdpoint.executions e join holdpoint.changes c on c.id = e.change_id
         where c.claimed_at between $1 and $2 order by c.claimed_at limit $3",
    )
    .bind(from)
    .bind(to)
    .bind(i64::from(limit))
    .fetch_all(c)
    .await?;
    rows.into_iter()
        .map(|(id, requester, at)| {
            let change =
                id.parse().map_err(|_| Error::inconsistent("executions", id, "its change does not read"))?;
            Ok(Ran { change, requester, at })
        })
        .collect()
}
