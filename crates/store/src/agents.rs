//! Agents and pipelines: those who ask.

use holdpoint_core::{Actor, ActorKind, Environment, PersonId, Timestamp};

use crate::people::act_as;
use crate::{Conn, Error};

/// An agent or pipeline on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The id, `agt_…` or `pip_…`.
    pub id: String,
    /// Agent or pipeline.
    pub kind: ActorKind,
    /// The name; unique among those not revoked, whatever the case.
    pub name: String,
    /// The person who answers for it.
    pub operator: Option<PersonId>,
    /// That person's name.
    pub operator_name: Option<String>,
    /// The environment it was configured for.
    pub environment: Option<Environment>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When every right was taken away.
    pub revoked_at: Option<Timestamp>,
    /// When its token was last used, to the minute.
    pub last_seen_at: Option<Timestamp>,
}

impl Agent {
    /// The agent as the requester of a change.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { kind: self.kind, id: self.id.clone(), name: self.name.clone(), operator: self.operator }
    }
}

/// An agent or pipeline to put on record.
#[derive(Debug)]
pub struct NewAgent<'a> {
    /// The id: `agt_…` for an agent, `pip_…` for a pipeline.
    pub id: String,
    /// Agent or pipeline.
    pub kind: ActorKind,
    /// The name.
    pub name: &'a str,
    /// The person who answers for it.
    pub operator: Option<PersonId>,
    /// The environment it is configured for.
    pub environment: Option<Environment>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select a.id, a.kind, a.name, a.operator, p.name as operator_name, a.environment, a.created_at, a.revoked_at,
               a.last_seen_at from holdpoint.agents a left join holdpoint.people p on p.id = a.operator ",
            $rest
        )
    };
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    name: String,
    operator: Option<String>,
    operator_name: Option<String>,
    environment: Option<String>,
    created_at: Timestamp,
    revoked_at: Option<Timestamp>,
    last_seen_at: Option<Timestamp>,
}

impl Row {
    fn read(self) -> Result<Agent, Error> {
        let wrong = |what: &str| Error::inconsistent("agents", self.id.clone(), what);
        let kind = match self.kind.as_str() {
            "agent" => ActorKind::Agent,
            "pipeline" => ActorKind::Pipeline,
            _ => return Err(wrong("its kind is neither agent nor pipeline")),
        };
        let operator = self.operator.as_deref().map(str::parse).transpose();
        let environment = self.environment.as_deref().map(str::parse).transpose();
        Ok(Agent {
            operator: operator.map_err(|_| wrong("its operator does not read"))?,
            environment: environment.map_err(|_| wrong("its environment does not read"))?,
            id: self.id,
            kind,
            name: self.name,
            operator_name: self.operator_name,
            created_at: self.created_at,
            revoked_at: self.revoked_at,
            last_seen_at: self.last_seen_at,
        })
    }
}

/// Puts an agent or pipeline on record. `token_hash` is SHA-256 of its token; `by` is who does it, for the ledger.
///
/// # Errors
/// `Conflict` of code `name_taken`.
pub async fn create(
    tx: &mut Conn,
    new: &NewAgent<'_>,
    token_hash: &[u8; 32],
    by: &str,
) -> Result<Agent, Error> {
    act_as(tx, by).await?;
    sqlx::query(
        "insert into holdpoint.agents (id, kind, name, operator, environment, token_hash) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.id.as_str())
    .bind(new.kind.as_str())
    .bind(new.name)
    .bind(new.operator.map(|id| id.to_string()))
    .bind(new.environment.map(Environment::as_str))
    .bind(token_hash.as_slice())
    .execute(&mut *tx)
    .await?;
    get(tx, &new.id).await
}

/// One agent or pipeline, revoked or not.
///
/// # Errors
/// If there is none of that id.
pub async fn get(c: &mut Conn, id: &str) -> Result<Agent, Error> {
    let row: Option<Row> = sqlx::query_as(select!("where a.id = $1")).bind(id).fetch_optional(c).await?;
    row.ok_or_else(|| Error::not_found(format!("agent or pipeline `{id}`")))?.read()
}

/// All agents and pipelines, revoked ones too, by name.
///
/// # Errors
/// If the database fails.
pub async fn list(c: &mut Conn) -> Result<Vec<Agent>, Error> {
    let rows: Vec<Row> = sqlx::query_as(select!("order by lower(a.name), a.id")).fetch_all(c).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Takes an agent's rights away, at once. Again changes nothing.
///
/// # Errors
/// If there is none of that id.
pub async fn revoke(tx: &mut Conn, id: &str, by: &str) -> Result<Agent, Error> {
    act_as(tx, by).await?;
    sqlx::query(
        "update holdpoint.agents set revoked_at = clock_timestamp() where id = $1 and revoked_at is null",
    )
    .bind(id)
    .execute(&mut *tx)
    .await?;
    get(tx, id).await
}

/// The agent or pipeline whose token has this hash, unless revoked. Notes that it was seen, at most once a minute.
///
/// # Errors
/// If the database fails.
pub async fn by_token(c: &mut Conn, hash: &[u8; 32]) -> Result<Option<Agent>, Error> {
    let row: Option<(bool, String)> = sqlx::query_as(
        "select coalesce(last_seen_at < clock_timestamp() - interval '1 minute', true), id from holdpoint.agents
         where token_hash = $1 and revoked_at is null",
    )
    .bind(hash.as_slice())
    .fetch_optional(&mut *c)
    .await?;
    let Some((stale, id)) = row else { return Ok(None) };
    if stale {
        // Whoever holds the row's lock is noting the same: no submit waits for this.
        sqlx::query(
            "update holdpoint.agents set last_seen_at = clock_timestamp() where id =
               (select id from holdpoint.agents where id = $1 for no key update skip locked)",
        )
        .bind(id.as_str())
        .execute(&mut *c)
        .await?;
    }
    let row: Option<Row> = sqlx::query_as(select!("where a.id = $1 and a.revoked_at is null"))
        .bind(id)
        .fetch_optional(c)
        .await?;
    row.map(Row::read).transpose()
}
