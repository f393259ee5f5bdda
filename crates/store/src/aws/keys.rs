//! Keys that agents sign with. No secret is kept here: it follows from the key's id and the daemon's master key.

use holdpoint_core::{AttemptId, ChangeId, Timestamp};

use crate::agents::{self, Agent};
use crate::people::act_as;
use crate::{Conn, Error};

/// What a key opens. With neither, everything that its agent may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opens {
    /// The one attempt at this change: what the change covers passes without another question.
    pub change: Option<(ChangeId, AttemptId)>,
    /// The role that its agent assumed.
    pub role: Option<Assumed>,
}

/// A role that an agent assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// The role's ARN.
    pub role: String,
    /// The session's name, as the agent chose it.
    pub session: String,
}

/// A key on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The access key id, `HPK…`.
    pub id: String,
    /// Whose it is.
    pub agent: Agent,
    /// What it opens.
    pub opens: Opens,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: String,
    agent_id: String,
    change_id: Option<String>,
    attempt_id: Option<String>,
    role: Option<String>,
    session: Option<String>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

macro_rules! keys {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " k.id, k.agent_id, k.change_id, k.attempt_id, k.role, k.session, k.created_at, k.expires_at, k.revoked_at ",
            $after
        )
    };
}

impl Row {
    async fn read(self, c: &mut Conn) -> Result<Key, Error> {
        let wrong = |what: &str| Error::inconsistent("aws_keys", self.id.clone(), what);
        let change = match (&self.change_id, &self.attempt_id) {
            (None, None) => None,
            (Some(change), Some(attempt)) => Some((
                change.parse().map_err(|_| wrong("its change does not read"))?,
                attempt.parse().map_err(|_| wrong("its attempt does not read"))?,
            )),
            _ => return Err(wrong("a change without an attempt, or the other way round")),
        };
        let role = match (&self.role, &self.session) {
            (None, None) => None,
            (Some(role), Some(session)) => Some(Assumed { role: role.clone(), session: session.clone() }),
            _ => return Err(wrong("a role without a session, or the other way round")),
        };
        let opens = Opens { change, role };
        Ok(Key {
            agent: agents::get(c, &self.agent_id).await?,
            id: self.id,
            opens,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        })
    }
}

/// Puts a key on record. `lasts` is how long, if not until it is revoked; `by` is who makes it, for the ledger.
///
/// # Errors
/// `Refused` for a revoked agent, or a change that is not the agent's own or not under way.
pub async fn create(
    tx: &mut Conn,
    id: &str,
    agent: &str,
    opens: &Opens,
    lasts: Option<time::Duration>,
    by: &str,
) -> Result<Key, Error> {
    act_as(tx, by).await?;
    let change = opens.change.map(|(change, attempt)| (change.to_string(), attempt.to_string()));
    let role = opens.role.as_ref();
    let row: Row = sqlx::query_as(keys!(
        "insert into holdpoint.aws_keys as k (id, agent_id, change_id, attempt_id, role, session, expires_at)
         values ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 millisecond') returning",
        ""
    ))
    .bind(id)
    .bind(agent)
    .bind(change.as_ref().map(|(change, _)| change.as_str()))
    .bind(change.as_ref().map(|(_, attempt)| attempt.as_str()))
    .bind(role.map(|assumed| assumed.role.as_str()))
    .bind(role.map(|assumed| assumed.session.as_str()))
    .bind(lasts.map(crate::changes::millis))
    .fetch_one(&mut *tx)
    .await?;
    row.read(tx).await
}

/// The key of this id, if it opens anything at this moment: not revoked, not expired, its agent not revoked either, and
/// the attempt that it opens still under way.
///
/// # Errors
/// If the database fails.
pub async fn open(c: &mut Conn, id: &str) -> Result<Option<Key>, Error> {
    let row: Option<Row> = sqlx::query_as(keys!(
        "select",
        "from holdpoint.aws_keys k join holdpoint.agents a on a.id = k.agent_id
         where k.id = $1 and k.revoked_at is null and a.revoked_at is null
           and (k.expires_at is null or k.expires_at > clock_timestamp())
           and (k.change_id is null or exists (select 1 from holdpoint.changes c where c.id = k.change_id
             and c.state = 'executing' and c.attempt_id = k.attempt_id and c.lease_until > clock_timestamp()))"
    ))
    .bind(id)
    .fetch_optional(&mut *c)
    .await?;
    match row {
        Some(row) => Ok(Some(row.read(c).await?)),
        None => Ok(None),
    }
}

/// Which of these keys open nothing any more.
///
/// # Errors
/// If the database fails.
pub async fn closed(c: &mut Conn, ids: &[String]) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar(
        "select i.id from unnest($1::text[]) i(id) where not exists (
           select 1 from holdpoint.aws_keys k join holdpoint.agents a on a.id = k.agent_id
           where k.id = i.id and k.revoked_at is null and a.revoked_at is null
             and (k.expires_at is null or k.expires_at > clock_timestamp())
             and (k.change_id is null or exists (select 1 from holdpoint.changes c where c.id = k.change_id
               and c.state = 'executing' and c.attempt_id = k.attempt_id and c.lease_until > clock_timestamp())))",
    )
    .bind(ids)
    .fetch_all(c)
    .await?)
}

/// An agent's own keys that are not revoked, oldest first.
///
/// # Errors
/// If the database fails.
pub async fn list(c: &mut Conn, agent: &str) -> Result<Vec<Key>, Error> {
    let rows: Vec<Row> = sqlx::query_as(keys!(
        "select",
        "from holdpoint.aws_keys k where k.agent_id = $1 and k.revoked_at is null and k.change_id is null
           and k.role is null order by k.created_at, k.id"
    ))
    .bind(agent)
    .fetch_all(&mut *c)
    .await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        keys.push(row.read(c).await?);
    }
    Ok(keys)
}

/// Takes a key's power away, at once. Again changes nothing.
///
/// # Errors
/// If the agent has no key of that id.
pub async fn revoke(tx: &mut Conn, agent: &str, id: &str, by: &str) -> Result<(), Error> {
    act_as(tx, by).await?;
    let known: bool = sqlx::query_scalar(
        "select exists (select 1 from holdpoint.aws_keys where id = $1 and agent_id = $2)",
    )
    .bind(id)
    .bind(agent)
    .fetch_one(&mut *tx)
    .await?;
    if !known {
        return Err(Error::not_found(format!("key `{id}`")));
    }
    sqlx::query(
        "update holdpoint.aws_keys set revoked_at = clock_timestamp() where id = $1 and revoked_at is null",
    )
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}
