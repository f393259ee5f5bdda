//! Exports: JSON lines, the signed checkpoint first, then every leaf with what opens its commitment.

use std::io::Write;

use serde::Serialize;
use serde_json::value::RawValue;

use super::verify::{FORMAT, Header};
use crate::{Conn, Error};

#[derive(Serialize)]
struct Line {
    index: i64,
    leaf: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

/// A leaf with the salt and body that open its commitment.
type Opened = (i64, String, Option<Vec<u8>>, Option<String>);

fn write<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Refused(error.to_string()))
}

/// The first line of an export, and how many leaves follow.
///
/// # Errors
/// `NotFound` before the first checkpoint.
pub async fn export_header(c: &mut Conn) -> Result<(String, i64), Error> {
    let (size, checkpoint): (i64, String) =
        sqlx::query_as("select size, checkpoint from holdpoint.ledger_head").fetch_one(c).await?;
    if checkpoint.is_empty() {
        return Err(Error::not_found("signed checkpoint yet"));
    }
    Ok((write(&Header { format: FORMAT.to_owned(), checkpoint })?, size))
}

/// The lines of leaves `from` to below `to`. With `bodies`, what opens the commitments comes along, where it was kept.
///
/// # Errors
/// If the database fails.
pub async fn export_lines(c: &mut Conn, from: i64, to: i64, bodies: bool) -> Result<Vec<String>, Error> {
    let rows: Vec<Opened> = sqlx::query_as(
        "select l.idx, l.leaf, b.salt, b.body from holdpoint.ledger_leaves l
           left join holdpoint.ledger_bodies b on $3 and b.event_id = l.event_id
         where l.idx >= $1 and l.idx < $2 order by l.idx",
    )
    .bind(from)
    .bind(to)
    .bind(bodies)
    .fetch_all(c)
    .await?;
    rows.into_iter()
        .map(|(index, leaf, salt, body)| {
            let leaf = RawValue::from_string(leaf).map_err(|error| {
                Error::inconsistent("ledger_leaves", index.to_string(), error.to_string())
            })?;
            write(&Line { index, leaf, salt: salt.map(hex::encode), body })
        })
        .collect()
}

/// Writes a whole export. The ledger only grows, so it is read in pages without a long transaction.
///
/// # Errors
/// `NotFound` before the first checkpoint; `Unavailable` if the writer fails, with its words.
pub async fn export(c: &mut Conn, bodies: bool, out: &mut (dyn Write + Send)) -> Result<i64, Error> {
    let of_writer =
        |error: std::io::Error| Error::Unavailable(format!("the export cannot be written: {error}"));
    let (header, size) = export_header(c).await?;
    writeln!(out, "{header}").map_err(of_writer)?;
    let mut from = 0;
    while from < size {
        let to = from.saturating_add(1_000).min(size);
        for line in export_lines(c, from, to, bodies).await? {
            writeln!(out, "{line}").map_err(of_writer)?;
        }
        from = to;
    }
    out.flush().map_err(of_writer)?;
    Ok(size)
}
