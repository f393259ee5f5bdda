//! The sequencer: moves durable events into the tree and signs its head.

use std::collections::HashMap;

use holdpoint_core::Timestamp;
use holdpoint_core::ledger::Leaf;
use tlog_tiles::{Error as TreeError, Hash, HashReader};

use super::LedgerKey;
use crate::{Conn, Db, Error};

/// What a round of the sequencer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequenced {
    /// How many events went into the tree.
    pub added: u64,
    /// How many the tree has now.
    pub size: u64,
}

/// Stored node hashes, by their place.
#[derive(Debug, Default)]
pub(super) struct Nodes(pub(super) HashMap<u64, Hash>);

impl HashReader for Nodes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, TreeError> {
        indexes.iter().map(|at| self.0.get(at).copied().ok_or(TreeError::IndexesNotInTree)).collect()
    }
}

impl Nodes {
    /// Reads these nodes from the database.
    pub(super) async fn fetch(c: &mut Conn, places: &[u64]) -> Result<Self, Error> {
        let places: Vec<i64> = places.iter().filter_map(|at| i64::try_from(*at).ok()).collect();
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("select pos, hash from holdpoint.ledger_nodes where pos = any ($1)")
                .bind(places)
                .fetch_all(c)
                .await?;
        let mut nodes = HashMap::with_capacity(rows.len());
        for (at, hash) in rows {
            let (Ok(place), Ok(hash)) = (u64::try_from(at), <[u8; 32]>::try_from(hash)) else {
                return Err(Error::inconsistent("ledger_nodes", at.to_string(), "it is not a hash"));
            };
            nodes.insert(place, Hash(hash));
        }
        Ok(Self(nodes))
    }
}

pub(super) fn of_tree(error: TreeError) -> Error {
    Error::inconsistent("ledger_nodes", "*", error.to_string())
}

#[derive(Debug, sqlx::FromRow)]
struct Waiting {
    id: i64,
    at: Timestamp,
    kind: String,
    actor: String,
    change_id: Option<String>,
    digest: Option<Vec<u8>>,
    commitment: Vec<u8>,
}

impl Waiting {
    fn leaf(self) -> Leaf {
        Leaf {
            event: self.id,
            at: i64::try_from(self.at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX),
            kind: self.kind,
            actor: self.actor,
            change: self.change_id,
            digest: self.digest.map(hex::encode),
            commitment: hex::encode(self.commitment),
        }
    }
}

/// Moves up to `max` events (1,000 is a good batch) into the tree and signs the new head, in a transaction of its own.
/// The head's row lock lets one replica at a time do it. Events show here after their commit only, and a change's
/// row lock keeps its events in order. Call again while `added` is `max`; then [`crate::wake::notify`].
///
/// # Errors
/// If the database fails.
pub async fn sequence(db: &Db, key: &LedgerKey, max: u32) -> Result<Sequenced, Error> {
    let mut tx = db.begin().await?;
    let (size, waits): (i64, bool) = sqlx::query_as(
        "select size, exists (select 1 from holdpoint.ledger_pending) from holdpoint.ledger_head",
    )
    .fetch_one(&mut *tx)
    .await?;
    if !waits {
        return Ok(Sequenced { added: 0, size: size.unsigned_abs() });
    }
    let size: i64 =
        sqlx::query_scalar("select size from holdpoint.ledger_head for update").fetch_one(&mut *tx).await?;
    let waiting: Vec<Waiting> = sqlx::query_as(
        "select e.id, e.at, e.kind, e.actor, e.change_id, e.digest, e.commitment
         from holdpoint.ledger_pending p join holdpoint.ledger_events e on e.id = p.event_id
         order by p.event_id limit $1",
    )
    .bind(i64::from(max))
    .fetch_all(&mut *tx)
    .await?;
    let size = size.unsigned_abs();
    let added = waiting.len() as u64;
    if added > 0 {
        put(&mut tx, key, size, waiting).await?;
        tx.commit().await?;
    }
    Ok(Sequenced { added, size: size.saturating_add(added) })
}

async fn put(c: &mut Conn, key: &LedgerKey, size: u64, waiting: Vec<Waiting>) -> Result<(), Error> {
    let mut nodes = Nodes::fetch(c, &tlog_tiles::sub_tree_index(0, size, Vec::new())).await?;
    let count = waiting.len();
    let (mut events, mut indexes, mut leaves) =
        (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut places, mut hashes) = (Vec::with_capacity(count * 2), Vec::with_capacity(count * 2));
    let mut next = size;
    for event in waiting {
        events.push(event.id);
        let bytes = event.leaf().bytes().map_err(|error| Error::Refused(error.to_string()))?;
        let first = tlog_tiles::stored_hash_index(0, next);
        let fresh = tlog_tiles::stored_hashes(next, &bytes, &nodes).map_err(of_tree)?;
        for (at, hash) in (first..).zip(fresh) {
            nodes.0.insert(at, hash);
            places.push(at.cast_signed());
            hashes.push(hash.0.to_vec());
        }
        indexes.push(next.cast_signed());
        leaves.push(String::from_utf8(bytes).map_err(|error| Error::Refused(error.to_string()))?);
        next = next.saturating_add(1);
    }
    let root = tlog_tiles::tree_hash(next, &nodes).map_err(of_tree)?;
    let note = key
        .sign(next, root)
        .map_err(|why| Error::Refused(format!("the checkpoint cannot be signed: {why}")))?;

    sqlx::query(
        "insert into holdpoint.ledger_leaves (idx, event_id, leaf)
         select * from unnest($1::bigint[], $2::bigint[], $3::text[])",
    )
    .bind(&indexes)
    .bind(&events)
    .bind(&leaves)
    .execute(&mut *c)
    .await?;
    sqlx::query(
        "insert into holdpoint.ledger_nodes (pos, hash) select * from unnest($1::bigint[], $2::bytea[])",
    )
    .bind(&places)
    .bind(&hashes)
    .execute(&mut *c)
    .await?;
    sqlx::query("delete from holdpoint.ledger_pending where event_id = any ($1)")
        .bind(&events)
        .execute(&mut *c)
        .await?;
    sqlx::query("update holdpoint.ledger_head set size = $1, checkpoint = $2")
        .bind(next.cast_signed())
        .bind(note)
        .execute(c)
        .await?;
    Ok(())
}
