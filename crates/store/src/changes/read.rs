//! Looking at changes.

use holdpoint_core::{Change, ChangeId, Digest, StateName};

use super::{Row, StoredChange, columns};
use crate::{Conn, Error};

/// One change.
///
/// # Errors
/// If there is none of that id.
pub async fn get(c: &mut Conn, id: ChangeId) -> Result<StoredChange, Error> {
    let row: Option<Row> =
        sqlx::query_as(concat!("select ", columns!(), " from holdpoint.changes c where c.id = $1"))
            .bind(id.to_string())
            .fetch_optional(c)
            .await?;
    row.ok_or_else(|| Error::not_found(format!("change `{id}`")))?.read()
}

/// A change with its effects, put together from what is stored. The content must have the digest on record.
///
/// # Errors
/// If there is none of that id, or it does not read.
pub async fn load(c: &mut Conn, id: ChangeId) -> Result<Change, Error> {
    let row: Option<(Vec<u8>, Vec<u8>, String)> =
        sqlx::query_as("select content, digest, assessment from holdpoint.changes where id = $1")
            .bind(id.to_string())
            .fetch_optional(c)
            .await?;
    let (content, digest, assessment) = row.ok_or_else(|| Error::not_found(format!("change `{id}`")))?;
    let wrong = |what: String| Error::inconsistent("changes", id.to_string(), what);
    if Digest::of(&content).as_bytes().as_slice() != digest.as_slice() {
        return Err(wrong("the content is not what its digest says".to_owned()));
    }
    let assessment = serde_json::from_str(&assessment)
        .map_err(|error| wrong(format!("column `assessment` does not read: {error}")))?;
    Change::from_stored(&content, assessment)
        .map_err(|error| wrong(format!("the content does not read: {error}")))
}

/// Which changes to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only these states; empty for all.
    pub states: Vec<StateName>,
    /// Only this requester's, by id.
    pub requester: Option<String>,
    /// Only those whose id, requester, workspace, statement or origin contains this, whatever the case.
    pub search: Option<String>,
}

/// Changes, newest first, older than `before`.
///
/// # Errors
/// If the database fails, or a row does not read.
pub async fn list(
    c: &mut Conn,
    filter: &Filter,
    before: Option<ChangeId>,
    limit: u32,
) -> Result<Vec<StoredChange>, Error> {
    let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from holdpoint.changes c
          where (cardinality($1::text[]) = 0 or c.state = any ($1))
            and ($2::text is null or c.requester_id = $2)
            and ($3::text is null or position(lower($3) in lower(concat_ws(' ', c.id, c.requester_name, c.requester_id,
                 c.source, c.statement, c.origin))) > 0)
            and ($4::text is null or c.id < $4)
          order by c.id desc limit $5"
    ))
    .bind(states)
    .bind(filter.requester.as_deref())
    .bind(filter.search.as_deref().filter(|text| !text.is_empty()))
    .bind(before.map(|id| id.to_string()))
    .bind(i64::from(limit))
    .fetch_all(c)
    .await?;
    rows.into_iter().map(Row::read).collect()
}
