//! Rows of `changes`: read by matching the legal combinations of columns; anything else is named, not guessed at.

use holdpoint_core::{
    Actor, ActorKind, AttemptId, ChangeId, Digest, Outcome, PersonId, Requirements, State, StateName,
    Timestamp,
};
use serde::de::DeserializeOwned;

use super::{Attempt, StoredChange};
use crate::{Conn, Error};

/// The columns of [`Row`], for `concat!`.
macro_rules! columns {
    () => {
        "c.id, c.requester_kind, c.requester_id, c.requester_name, c.requester_operator, c.format, c.digest, c.state, \
         c.version, c.created_at, c.updated_at, c.counts, c.source, c.facts, c.judgement, c.statement, c.origin, \
         c.requirements::text as requirements, c.until, c.rejected_by, c.attempt_id, c.claimed_at, c.command, \
         c.lease_until, c.outcome, c.exit_code, c.detail, c.ended_at"
    };
}
pub(crate) use columns;

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    requester_kind: String,
    requester_id: String,
    requester_name: String,
    requester_operator: Option<String>,
    format: String,
    digest: Vec<u8>,
    state: String,
    version: i32,
    created_at: Timestamp,
    updated_at: Timestamp,
    counts: String,
    source: String,
    facts: String,
    judgement: Option<String>,
    statement: Option<String>,
    origin: String,
    requirements: Option<String>,
    until: Option<Timestamp>,
    rejected_by: Option<String>,
    attempt_id: Option<String>,
    claimed_at: Option<Timestamp>,
    command: Option<String>,
    lease_until: Option<Timestamp>,
    outcome: Option<String>,
    exit_code: Option<i32>,
    detail: Option<String>,
    ended_at: Option<Timestamp>,
}

impl Row {
    fn wrong(&self, what: impl Into<String>) -> Error {
        Error::inconsistent("changes", self.id.clone(), what)
    }

    fn text<T: std::str::FromStr>(&self, column: &str, text: &str) -> Result<T, Error> {
        text.parse().map_err(|_| self.wrong(format!("`{text}` in column `{column}` does not read")))
    }

    fn json<T: DeserializeOwned>(&self, column: &str, text: &str) -> Result<T, Error> {
        serde_json::from_str(text)
            .map_err(|error| self.wrong(format!("column `{column}` does not read: {error}")))
    }

    fn state(&self, attempt: Option<AttemptId>) -> Result<State, Error> {
        let name: StateName = self.text("state", &self.state)?;
        let requirements = match &self.requirements {
            Some(json) => Some(self.json::<Requirements>("requirements", json)?),
            None => None,
        };
        let by = match &self.rejected_by {
            Some(id) => Some(self.text::<PersonId>("rejected_by", id)?),
            None => None,
        };
        Ok(match (name, self.until, requirements, by, attempt, self.lease_until) {
            (StateName::Submitted, None, None, None, None, None) => State::Submitted,
            (StateName::Allowed, Some(until), None, None, None, None) => State::Allowed { until },
            (StateName::Held, Some(until), Some(requirements), None, None, None) => {
                State::Held { requirements, until }
            }
            (StateName::Denied, None, None, None, None, None) => State::Denied,
            (StateName::Approved, Some(until), Some(_), None, None, None) => State::Approved { until },
            (StateName::Rejected, Some(_), Some(_), Some(by), None, None) => State::Rejected { by },
            (StateName::Expired, Some(_), Some(_), None, None, None) => State::Expired,
            (StateName::Withdrawn, Some(_), Some(_), None, None, None) => State::Withdrawn,
            (StateName::Lapsed, Some(_), _, None, None, None) => State::Lapsed,
            (StateName::Executing, Some(_), _, None, Some(attempt), Some(lease_until)) => {
                State::Executing { attempt, lease_until }
            }
            (StateName::Applied, Some(_), _, None, Some(attempt), Some(_)) => State::Applied { attempt },
            (StateName::Failed, Some(_), _, None, Some(attempt), Some(_)) => State::Failed { attempt },
            (StateName::Unknown, Some(_), _, None, Some(attempt), Some(_)) => State::Unknown { attempt },
            (name, ..) => return Err(self.wrong(format!("its columns do not make a change that is {name}"))),
        })
    }

    fn attempt(&self) -> Result<Option<Attempt>, Error> {
        let (id, claimed_at) = match (&self.attempt_id, self.claimed_at) {
            (None, None) => return Ok(None),
            (Some(id), Some(at)) => (self.text("attempt_id", id)?, at),
            _ => return Err(self.wrong("an attempt without its time, or the other way round")),
        };
        let outcome = match self.outcome.as_deref() {
            None => None,
            Some("applied") => Some(Outcome::Applied),
            Some("failed") => Some(Outcome::Failed),
            Some("unknown") => Some(Outcome::Unknown),
            Some(other) => return Err(self.wrong(format!("`{other}` is not an outcome"))),
        };
        Ok(Some(Attempt {
            id,
            claimed_at,
            command: self.command.clone(),
            lease_until: self.lease_until,
            outcome,
            exit_code: self.exit_code,
            detail: self.detail.clone(),
            ended_at: self.ended_at,
        }))
    }

    /// The change, or what is wrong with the row.
    pub(crate) fn read(self) -> Result<StoredChange, Error> {
        let attempt = self.attempt()?;
        let judgement = self.judgement.as_deref().ok_or_else(|| self.wrong("it was never judged"))?;
        let operator = match &self.requester_operator {
            Some(id) => Some(self.text::<PersonId>("requester_operator", id)?),
            None => None,
        };
        let kind = match self.requester_kind.as_str() {
            "agent" => ActorKind::Agent,
            "pipeline" => ActorKind::Pipeline,
            "person" => ActorKind::Person,
            other => return Err(self.wrong(format!("`{other}` is not a kind of actor"))),
        };
        Ok(StoredChange {
            id: self.text::<ChangeId>("id", &self.id)?,
            state: self.state(attempt.as_ref().map(|a| a.id))?,
            format: self.text("format", &self.format)?,
            digest: digest("changes", &self.id, &self.digest)?,
            counts: self.json("counts", &self.counts)?,
            source: self.json("source", &self.source)?,
            facts: self.json("facts", &self.facts)?,
            judgement: self.json("judgement", judgement)?,
            origin: self.json("origin", &self.origin)?,
            requester: Actor { kind, id: self.requester_id, name: self.requester_name, operator },
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            statement: self.statement,
            attempt,
        })
    }
}

/// 32 bytes as a digest.
pub(crate) fn digest(table: &'static str, row: &str, bytes: &[u8]) -> Result<Digest, Error> {
    let bytes: [u8; 32] =
        bytes.try_into().map_err(|_| Error::inconsistent(table, row, "a digest is not of 32 bytes"))?;
    Ok(Digest::from_bytes(bytes))
}

/// Locks a change for the rest of the transaction, says to the ledger who is about to move it, and reads it with the
/// database's clock. The lock is a statement of its own: what is read, and when, is then after any wait for it.
pub(crate) async fn lock(
    c: &mut Conn,
    id: ChangeId,
    actor: &str,
) -> Result<(StoredChange, Timestamp), Error> {
    sqlx::query(
        "select set_config('holdpoint.actor', $2, true) from holdpoint.changes where id = $1 for no key update",
    )
    .bind(id.to_string())
    .bind(actor)
    .execute(&mut *c)
    .await?;
    let row: Option<Row> =
        sqlx::query_as(concat!("select ", columns!(), " from holdpoint.changes c where c.id = $1"))
            .bind(id.to_string())
            .fetch_optional(&mut *c)
            .await?;
    let now: Timestamp = sqlx::query_scalar("select clock_timestamp()").fetch_one(c).await?;
    Ok((row.ok_or_else(|| Error::not_found(format!("change `{id}`")))?.read()?, now))
}
