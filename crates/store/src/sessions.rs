//! Sign-in links and the browser sessions they open. Only hashes are stored.

use holdpoint_core::PersonId;

use crate::changes::millis;
use crate::people::{Person, Row, act_as};
use crate::{Conn, Error};

/// Makes a sign-in link for a person, good once and for so long. `by` is who does it, for the ledger.
///
/// # Errors
/// If there is no such person, or it was revoked.
pub async fn create_link(
    tx: &mut Conn,
    person: PersonId,
    hash: &[u8; 32],
    ttl: time::Duration,
    by: &str,
) -> Result<(), Error> {
    act_as(tx, by).await?;
    let made = sqlx::query(
        "insert into holdpoint.sign_in_links (hash, person_id, expires_at)
         select $1, p.id, clock_timestamp() + $3 * interval '1 millisecond' from holdpoint.people p
         where p.id = $2 and p.revoked_at is null",
    )
    .bind(hash.as_slice())
    .bind(person.to_string())
    .bind(millis(ttl))
    .execute(tx)
    .await?;
    if made.rows_affected() == 0 {
        return Err(Error::not_found(format!("person `{person}` who could sign in")));
    }
    Ok(())
}

/// Uses a link up and opens a session, which ends when it lies idle for `idle`, and after `absolute` in any case.
///
/// # Errors
/// `NotFound` if the link is unknown, used, or over.
pub async fn redeem(
    tx: &mut Conn,
    link_hash: &[u8; 32],
    session_hash: &[u8; 32],
    idle: time::Duration,
    absolute: time::Duration,
) -> Result<Person, Error> {
    let row: Option<Row> = sqlx::query_as(
        "update holdpoint.sign_in_links l set used_at = clock_timestamp() from holdpoint.people p
         where l.hash = $1 and l.used_at is null and l.expires_at > clock_timestamp()
           and p.id = l.person_id and p.revoked_at is null
         returning p.id, p.name, p.groups, p.admin, p.created_at, p.revoked_at",
    )
    .bind(link_hash.as_slice())
    .fetch_optional(&mut *tx)
    .await?;
    let person =
        row.ok_or_else(|| Error::not_found("sign-in link of that kind that is still good"))?.read()?;
    sqlx::query(
        "insert into holdpoint.sessions (hash, person_id, idle, ends_at) values ($1, $2,
           $3 * interval '1 millisecond', clock_timestamp() + $4 * interval '1 millisecond')",
    )
    .bind(session_hash.as_slice())
    .bind(person.id.to_string())
    .bind(millis(idle))
    .bind(millis(absolute))
    .execute(tx)
    .await?;
    Ok(person)
}

/// The person of a live session. Moves its idle time on, at most twice a minute.
///
/// # Errors
/// If the database fails.
pub async fn lookup(c: &mut Conn, session_hash: &[u8; 32]) -> Result<Option<Person>, Error> {
    let row: Option<Row> = sqlx::query_as(
        "select p.id, p.name, p.groups, p.admin, p.created_at, p.revoked_at
         from holdpoint.sessions s join holdpoint.people p on p.id = s.person_id
         where s.hash = $1 and s.ends_at > clock_timestamp() and s.last_seen_at + s.idle > clock_timestamp()
           and p.revoked_at is null",
    )
    .bind(session_hash.as_slice())
    .fetch_optional(&mut *c)
    .await?;
    let Some(row) = row else { return Ok(None) };
    sqlx::query(
        "update holdpoint.sessions set last_seen_at = clock_timestamp() where hash = $1
           and last_seen_at < clock_timestamp() - least(interval '30 seconds', idle / 10)",
    )
    .bind(session_hash.as_slice())
    .execute(c)
    .await?;
    row.read().map(Some)
}

/// Ends a session. Whether there was one.
///
/// # Errors
/// If the database fails.
pub async fn end(tx: &mut Conn, session_hash: &[u8; 32]) -> Result<bool, Error> {
    sqlx::query(
        "select set_config('holdpoint.actor', person_id, true) from holdpoint.sessions where hash = $1",
    )
    .bind(session_hash.as_slice())
    .execute(&mut *tx)
    .await?;
    let ended = sqlx::query("delete from holdpoint.sessions where hash = $1")
        .bind(session_hash.as_slice())
        .execute(tx)
        .await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends every session of a person, and every link. How many sessions there were.
///
/// # Errors
/// If the database fails.
pub async fn end_all(tx: &mut Conn, person: PersonId) -> Result<u64, Error> {
    act_as(tx, &person.to_string()).await?;
    sqlx::query("delete from holdpoint.sign_in_links where person_id = $1")
        .bind(person.to_string())
        .execute(&mut *tx)
        .await?;
    let ended = sqlx::query("delete from holdpoint.sessions where person_id = $1")
        .bind(person.to_string())
        .execute(tx)
        .await?;
    Ok(ended.rows_affected())
}

/// Removes sessions and links whose time has long been over.
///
/// # Errors
/// If the database fails.
pub async fn sweep(c: &mut Conn) -> Result<(), Error> {
    sqlx::query(
        "delete from holdpoint.sessions where ends_at < clock_timestamp() - interval '1 day'
           or last_seen_at + idle < clock_timestamp() - interval '1 day'",
    )
    .execute(&mut *c)
    .await?;
    sqlx::query(
        "delete from holdpoint.sign_in_links where expires_at < clock_timestamp() - interval '1 day'",
    )
    .execute(c)
    .await?;
    Ok(())
}
