//! Events and leaves, read and appended.

use holdpoint_core::ledger::Leaf;
use holdpoint_core::{ChangeId, Timestamp};
use serde_json::Value;

use crate::{Conn, Error};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the tree; absent until it is sequenced.
    pub index: Option<i64>,
    /// Its number in the database.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What kind, for example `change.held`.
    pub kind: String,
    /// Who, by id; `holdpoint` for the daemon itself.
    pub actor: String,
    /// The actor's name, if it is on record.
    pub actor_name: Option<String>,
    /// The change it is about.
    pub change: Option<ChangeId>,
    /// What it says; null when it was deleted.
    pub body: Value,
}

/// One leaf of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 0.
    pub index: i64,
    /// What it says.
    pub leaf: Leaf,
}

/// Appends an event that no table writes by itself. Kinds of the tables' own events are refused.
///
/// # Errors
/// `Refused` for a kind that is not a dotted word of lower-case letters, or belongs to a table.
pub async fn append(
    tx: &mut Conn,
    kind: &str,
    actor: &str,
    change: Option<ChangeId>,
    body: &Value,
) -> Result<(), Error> {
    sqlx::query("select holdpoint.append_event($1, $2, $3, $4)")
        .bind(kind)
        .bind(actor)
        .bind(change.map(|id| id.to_string()))
        .bind(body.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

/// The latest signed checkpoint; absent before the first.
///
/// # Errors
/// If the database fails.
pub async fn checkpoint(c: &mut Conn) -> Result<Option<String>, Error> {
    let text: String =
        sqlx::query_scalar("select checkpoint from holdpoint.ledger_head").fetch_one(c).await?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Leaves from a place on.
///
/// # Errors
/// If the database fails.
pub async fn entries(c: &mut Conn, from: i64, limit: u32) -> Result<Vec<Entry>, Error> {
    let rows: Vec<(i64, String)> =
        sqlx::query_as("select idx, leaf from holdpoint.ledger_leaves where idx >= $1 order by idx limit $2")
            .bind(from)
            .bind(i64::from(limit))
            .fetch_all(c)
            .await?;
    rows.into_iter()
        .map(|(index, leaf)| {
            let leaf = serde_json::from_str(&leaf).map_err(|error| {
                Error::inconsistent("ledger_leaves", index.to_string(), error.to_string())
            })?;
            Ok(Entry { index, leaf })
        })
        .collect()
}

/// Which changes the leaves from a place on are about: what a waiter looks at after it was woken.
///
/// # Errors
/// If the database fails.
pub async fn since(c: &mut Conn, from_index: i64, limit: u32) -> Result<Vec<(i64, Option<ChangeId>)>, Error> {
    let rows: Vec<(i64, Option<String>)> = sqlx::query_as(
        "select l.idx, e.change_id from holdpoint.ledger_leaves l join holdpoint.ledger_events e on e.id = l.event_id
         where l.idx >= $1 order by l.idx limit $2",
    )
    .bind(from_index)
    .bind(i64::from(limit))
    .fetch_all(c)
    .await?;
    rows.into_iter().map(|(index, change)| Ok((index, id_of(index, change)?))).collect()
}

fn id_of(row: i64, change: Option<String>) -> Result<Option<ChangeId>, Error> {
    let wrong = |_| Error::inconsistent("ledger_events", row.to_string(), "its change id does not read");
    change.map(|id| id.parse().map_err(wrong)).transpose()
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select l.idx, e.id, e.at, e.kind, e.actor, coalesce(p.name, a.name) as actor_name, e.change_id, b.body
             from holdpoint.ledger_events e
               left join holdpoint.ledger_leaves l on l.event_id = e.id
               left join holdpoint.ledger_bodies b on b.event_id = e.id
               left join holdpoint.people p on p.id = e.actor
               left join holdpoint.agents a on a.id = e.actor ",
            $rest
        )
    };
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    idx: Option<i64>,
    id: i64,
    at: Timestamp,
    kind: String,
    actor: String,
    actor_name: Option<String>,
    change_id: Option<String>,
    body: Option<String>,
}

impl Row {
    fn read(self) -> Result<Event, Error> {
        let body = match self.body {
            None => Value::Null,
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                Error::inconsistent("ledger_bodies", self.id.to_string(), error.to_string())
            })?,
        };
        Ok(Event {
            index: self.idx,
            id: self.id,
            at: self.at,
            kind: self.kind,
            actor: self.actor,
            actor_name: self.actor_name,
            change: id_of(self.id, self.change_id)?,
            body,
        })
    }
}

/// The events of one change in the order of the tree, then those not sequenced yet. With `after_index`, only what
/// comes after that place (the unsequenced always do).
///
/// # Errors
/// If the database fails.
pub async fn events_of(
    c: &mut Conn,
    change: ChangeId,
    after_index: Option<i64>,
) -> Result<Vec<Event>, Error> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "where e.change_id = $1 and (l.idx is null or l.idx > $2) order by l.idx nulls last, e.id"
    ))
    .bind(change.to_string())
    .bind(after_index.unwrap_or(-1))
    .fetch_all(c)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Events of everything, newest first, of a number below `before` ([`Event::id`]).
///
/// # Errors
/// If the database fails.
pub async fn recent(c: &mut Conn, before: Option<i64>, limit: u32) -> Result<Vec<Event>, Error> {
    let rows: Vec<Row> = sqlx::query_as(select!("where e.id < $1 order by e.id desc limit $2"))
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(c)
        .await?;
    rows.into_iter().map(Row::read).collect()
}
