//! What the calls of a change mean, by which it is found again; and the calls that were made under it.

use holdpoint_core::{Actor, ChangeId, ClaimRequest, Digest, Grant, GrantId, Outcome, StateName, Timestamp};

use crate::changes::{ClaimError, StoredChange};
use crate::{Conn, Db, Error, changes};

/// One call that a change is about, or an intent that stands for several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// What it means.
    pub meaning: Digest,
    /// How many calls of it pass.
    pub most: u32,
}

/// Notes what the calls of a new change mean, in the transaction that hands it in.
///
/// # Errors
/// If the database fails.
pub async fn note(tx: &mut Conn, change: ChangeId, members: &[Member]) -> Result<(), Error> {
    let meanings: Vec<&[u8]> = members.iter().map(|m| m.meaning.as_bytes().as_slice()).collect();
    let most: Vec<i32> = members.iter().map(|m| i32::try_from(m.most).unwrap_or(i32::MAX)).collect();
    sqlx::query(
        "insert into holdpoint.change_calls (change_id, meaning, most)
         select $1, m.meaning, m.most from unnest($2::bytea[], $3::int[]) m(meaning, most) on conflict do nothing",
    )
    .bind(change.to_string())
    .bind(meanings)
    .bind(most)
    .execute(tx)
    .await?;
    Ok(())
}

/// The newest change of this requester that is about a call of one of these meanings, and still says something about
/// it: it waits, was released, is under way, ended in the unknown, or was rejected within `memory`. So does an intent of
/// many calls that was denied a moment ago. With it the meaning, and how many such calls were made.
///
/// # Errors
/// If the database fails.
pub async fn known(
    c: &mut Conn,
    requester: &str,
    meanings: &[Digest],
    memory: time::Duration,
) -> Result<Option<(StoredChange, Member, u32)>, Error> {
    let meanings: Vec<&[u8]> = meanings.iter().map(|m| m.as_bytes().as_slice()).collect();
    let row: Option<(String, Vec<u8>, i32, i64)> = sqlx::query_as(
        "select c.id, m.meaning, m.most, (select count(*) from holdpoint.calls k where k.change_id = c.id and k.member = m.meaning)
         from holdpoint.change_calls m join holdpoint.changes c on c.id = m.change_id
         where m.meaning = any ($1) and c.requester_id = $2
           and (c.verdict = 'hold' and c.state in ('held', 'approved', 'executing', 'unknown')
             or c.state = 'rejected' and c.updated_at > clock_timestamp() - $3 * interval '1 millisecond'
             or c.state = 'denied' and m.most > 1 and c.updated_at > clock_timestamp() - interval '1 minute')
         order by case c.state when 'approved' then 0 when 'executing' then 1 else 2 end, c.id desc limit 1",
    )
    .bind(meanings)
    .bind(requester)
    .bind(changes::millis(memory))
    .fetch_optional(&mut *c)
    .await?;
    let Some((id, meaning, most, made)) = row else { return Ok(None) };
    let wrong = |what: &str| Error::inconsistent("change_calls", id.clone(), what);
    let meaning = Digest::from_bytes(meaning.try_into().map_err(|_| wrong("a meaning is not 32 bytes"))?);
    let member = Member { meaning, most: u32::try_from(most).map_err(|_| wrong("`most` is negative"))? };
    let id: ChangeId = id.parse().map_err(|_| wrong("its change does not read"))?;
    let made = u32::try_from(made).unwrap_or(u32::MAX);
    Ok(Some((changes::get(c, id).await?, member, made)))
}

/// Whether a call of this invocation of the requester's was sent and is not known to have failed, by whichever replica.
///
/// # Errors
/// If the database does not answer.
pub async fn was_sent(
    c: &mut Conn,
    requester: &str,
    invocation: &str,
    meaning: Digest,
) -> Result<bool, Error> {
    Ok(sqlx::query_scalar(
        "select exists (select 1 from holdpoint.calls k join holdpoint.changes c on c.id = k.change_id
         where k.invocation = $1 and k.meaning = $2 and c.requester_id = $3 and (k.outcome is null or k.outcome = 'applied'))",
    )
    .bind(invocation)
    .bind(meaning.as_bytes().as_slice())
    .bind(requester)
    .fetch_one(c)
    .await?)
}

/// A call about to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewCall<'a> {
    /// The change that lets it pass.
    pub change: ChangeId,
    /// The key that it came with.
    pub key: &'a str,
    /// The change's member that lets it pass; none where the effects of a plan cover it.
    pub member: Option<Digest>,
    /// What it means.
    pub meaning: Digest,
    /// The client's own id of the invocation, the same over its tries.
    pub invocation: Option<&'a str>,
    /// The service.
    pub service: &'a str,
    /// The operation.
    pub operation: &'a str,
    /// The region.
    pub region: &'a str,
    /// What it is on, for people.
    pub target: &'a str,
}

/// Records a call that is about to be made; commit before it goes out.
///
/// # Errors
/// `Conflict` of code `not_executing` when no attempt is under way, `key_closed`, `frozen`, or `used_up` when as many
/// calls were made as were approved.
pub async fn begin(tx: &mut Conn, new: &NewCall<'_>) -> Result<i64, Error> {
    Ok(sqlx::query_scalar(
        "insert into holdpoint.calls (change_id, key_id, member, meaning, invocation, service, operation, region, target)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
    )
    .bind(new.change.to_string())
    .bind(new.key)
    .bind(new.member.as_ref().map(|digest| digest.as_bytes().as_slice()))
    .bind(new.meaning.as_bytes().as_slice())
    .bind(new.invocation)
    .bind(new.service)
    .bind(new.operation)
    .bind(new.region)
    .bind(crate::text::cut(new.target, 400))
    .fetch_one(tx)
    .await?)
}

/// Claims a change for the gateway's own attempt and records its first call, in one transaction: the grant leaves only
/// after the commit.
///
/// # Errors
/// As [`changes::claim`] and [`begin`]; nothing is recorded then.
pub async fn claim(
    db: &Db,
    requester: &Actor,
    request: &ClaimRequest,
    lease: time::Duration,
    grant: GrantId,
    new: &NewCall<'_>,
) -> Result<(Grant, StoredChange, i64), ClaimError> {
    let mut tx = db.begin().await?;
    let command = format!("{}:{}", new.service, new.operation);
    let (right, change) =
        changes::claim_in(&mut tx, new.change, requester, request, Some(&command), lease, grant).await?;
    let Some(right) = right else { return Err(ClaimError::Refused(holdpoint_core::Refusal::Claimed)) };
    let call = begin(&mut tx, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((right, change, call))
}

/// Holds the change still until the transaction ends, so that of calls that end together the last one sees all others.
///
/// # Errors
/// If the database fails.
pub async fn hold_still(tx: &mut Conn, change: ChangeId) -> Result<(), Error> {
    sqlx::query("select 1 from holdpoint.changes where id = $1 for no key update")
        .bind(change.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

/// Records how a call ended: AWS's status and request id, and the identifiers of what came to be by it.
///
/// # Errors
/// `Refused` if it had ended already.
pub async fn end(
    c: &mut Conn,
    id: i64,
    outcome: Outcome,
    status: Option<u16>,
    request_id: Option<&str>,
    born: &[String],
) -> Result<(), Error> {
    sqlx::query(
        "update holdpoint.calls set outcome = $2, status = $3, request_id = $4, born = $5 where id = $1",
    )
    .bind(id)
    .bind(outcome.as_str())
    .bind(status.map(i32::from))
    .bind(request_id)
    .bind(born)
    .execute(c)
    .await?;
    Ok(())
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Made {
    /// Its number; later ones are larger.
    pub id: i64,
    /// When it went out.
    pub at: Timestamp,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The region.
    pub region: String,
    /// What it was on.
    pub target: String,
    /// `applied`, `failed`, `unknown`; absent while it is under way.
    pub outcome: Option<String>,
    /// AWS's HTTP status.
    pub status: Option<i32>,
    /// AWS's own id of the request, as CloudTrail has it.
    pub request_id: Option<String>,
}

/// The calls made under a change, oldest first, later than `after`.
///
/// # Errors
/// If the database fails.
pub async fn made(c: &mut Conn, change: ChangeId, after: i64, limit: u32) -> Result<Vec<Made>, Error> {
    Ok(sqlx::query_as(
        "select id, at, service, operation, region, target, outcome, status, request_id from holdpoint.calls
         where change_id = $1 and id > $2 order by id limit $3",
    )
    .bind(change.to_string())
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(c)
    .await?)
}

/// How many of a change's calls are listed beside it.
pub const LISTED: u32 = 100;

/// The latest calls of a change, in the order in which they went out, and how many there are of each outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calls {
    /// At most [`LISTED`].
    pub latest: Vec<Made>,
    /// All of them.
    pub tally: Tally,
}

/// The calls made under a change, for whoever looks at it.
///
/// # Errors
/// If the database fails.
pub async fn of(c: &mut Conn, change: ChangeId) -> Result<Calls, Error> {
    let mut latest: Vec<Made> = sqlx::query_as(
        "select id, at, service, operation, region, target, outcome, status, request_id from holdpoint.calls
         where change_id = $1 order by id desc limit $2",
    )
    .bind(change.to_string())
    .bind(i64::from(LISTED))
    .fetch_all(&mut *c)
    .await?;
    if latest.is_empty() {
        return Ok(Calls::default());
    }
    latest.reverse();
    Ok(Calls { latest, tally: tally(c, change).await? })
}

/// Identifiers of everything that came to be under a change.
///
/// # Errors
/// If the database fails.
pub async fn born(c: &mut Conn, change: ChangeId) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar(
        "select distinct b from holdpoint.calls k, unnest(k.born) b where k.change_id = $1 limit 10000",
    )
    .bind(change.to_string())
    .fetch_all(c)
    .await?)
}

/// Which of these identifiers came to be within the last day by calls that this requester made with this key.
///
/// # Errors
/// If the database fails.
pub async fn own(
    c: &mut Conn,
    requester: &str,
    key: &str,
    identifiers: &[String],
) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar(
        "select distinct b from holdpoint.calls k join holdpoint.changes c on c.id = k.change_id, unnest(k.born) b
         where k.key_id = $2 and c.requester_id = $1 and k.at > clock_timestamp() - interval '1 day' and k.born <> '{}' and k.born && $3 and b = any ($3)",
    )
    .bind(requester)
    .bind(key)
    .bind(identifiers)
    .fetch_all(c)
    .await?)
}

/// How often each operation was made under a change, as `service:operation`, what failed left out.
///
/// # Errors
/// If the database fails.
pub async fn counts(c: &mut Conn, change: ChangeId) -> Result<Vec<(String, u32)>, Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select service || ':' || operation, count(*) from holdpoint.calls
         where change_id = $1 and outcome is distinct from 'failed' group by 1",
    )
    .bind(change.to_string())
    .fetch_all(c)
    .await?;
    Ok(rows.into_iter().map(|(name, count)| (name, u32::try_from(count).unwrap_or(u32::MAX))).collect())
}

/// How the calls of a change stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many calls the change lets pass.
    pub most: u64,
    /// How many were made.
    pub made: u64,
    /// How many of them are under way.
    pub open: u64,
    /// How many failed.
    pub failed: u64,
    /// Of how many nobody knows how they ended.
    pub unknown: u64,
}

/// Counts the calls of a change.
///
/// # Errors
/// If the database fails.
pub async fn tally(c: &mut Conn, change: ChangeId) -> Result<Tally, Error> {
    let (most, made, open, failed, unknown): (i64, i64, i64, i64, i64) = sqlx::query_as(
        "select (select coalesce(sum(most), 0) from holdpoint.change_calls where change_id = $1),
           count(*), count(*) filter (where outcome is null), count(*) filter (where outcome = 'failed'),
           count(*) filter (where outcome = 'unknown')
         from holdpoint.calls where change_id = $1",
    )
    .bind(change.to_string())
    .fetch_one(c)
    .await?;
    let of = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(Tally { most: of(most), made: of(made), open: of(open), failed: of(failed), unknown: of(unknown) })
}

/// A call as reconciliation with CloudTrail needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The change that let it pass, and where that stands.
    pub change: ChangeId,
    /// Where the change stands.
    pub state: StateName,
    /// The name of who asked for it, which the session at AWS carries.
    pub requester: String,
    /// The call.
    pub call: Made,
}

/// Calls that went out in this time, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn between(
    c: &mut Conn,
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> Result<Vec<Carried>, Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        change_id: String,
        state: String,
        requester_name: String,
        #[sqlx(flatten)]
        made: Made,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "select k.change_id, c.state, c.requester_name, k.id, k.at, k.service, k.operation, k.region, k.target, k.outcome, k.status, k.request_id
         from holdpoint.calls k join holdpoint.changes c on c.id = k.change_id
         where k.at between $1 and $2 order by k.id limit $3",
    )
    .bind(from)
    .bind(to)
    .bind(i64::from(limit))
    .fetch_all(c)
    .await?;
    rows.into_iter()
        .map(|row| {
            let wrong = |what: &str| Error::inconsistent("calls", row.made.id.to_string(), what);
            Ok(Carried {
                change: row.change_id.parse().map_err(|_| wrong("its change does not read"))?,
                state: row.state.parse().map_err(|_| wrong("the state of its change does not read"))?,
                requester: row.requester_name,
                call: row.made,
            })
        })
        .collect()
}

/// Changes of several calls whose attempt ends within this time.
///
/// # Errors
/// If the database fails.
pub async fn due(c: &mut Conn, within: time::Duration) -> Result<Vec<ChangeId>, Error> {
    let ids: Vec<String> = sqlx::query_scalar(
        "select c.id from holdpoint.changes c where c.state = 'executing' and c.format = 'aws'
           and c.lease_until between clock_timestamp() and clock_timestamp() + $1 * interval '1 millisecond'
           and (select sum(most) from holdpoint.change_calls m where m.change_id = c.id) > 1
         limit 100",
    )
    .bind(changes::millis(within))
    .fetch_all(c)
    .await?;
    ids.into_iter()
        .map(|id| id.parse().map_err(|_| Error::inconsistent("changes", id, "its id does not read")))
        .collect()
}
