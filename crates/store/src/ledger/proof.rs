//! Proofs that a leaf is in the tree, and that a tree grew out of an older one.

use std::cell::RefCell;

use holdpoint_core::Digest;
use holdpoint_core::ledger::Leaf;
use tlog_tiles::{Error as TreeError, Hash, HashReader};

use super::entries;
use super::sequence::{Nodes, of_tree};
use crate::{Conn, Error};

/// Proof that a leaf stands at its place in the tree of the latest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The leaf's place.
    pub index: u64,
    /// The leaf.
    pub leaf: Leaf,
    /// The size of the tree.
    pub size: u64,
    /// The audit path, from the leaf up.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint of that tree.
    pub checkpoint: String,
}

/// Proof that the tree of the latest checkpoint has an older one as its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// The older tree's size.
    pub from: u64,
    /// The tree's size.
    pub to: u64,
    /// RFC 6962's consistency proof.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint of the tree.
    pub checkpoint: String,
}

/// Notes which nodes a proof needs: the crate asks for all of them at once, and without waiting.
#[derive(Debug, Default)]
struct Wanted(RefCell<Vec<u64>>);

impl HashReader for Wanted {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, TreeError> {
        self.0.borrow_mut().extend_from_slice(indexes);
        Err(TreeError::IndexesNotInTree)
    }
}

async fn head(c: &mut Conn) -> Result<(u64, String), Error> {
    let (size, checkpoint): (i64, String) =
        sqlx::query_as("select size, checkpoint from holdpoint.ledger_head").fetch_one(c).await?;
    Ok((size.unsigned_abs(), checkpoint))
}

fn digests(hashes: Vec<Hash>) -> Vec<Digest> {
    hashes.into_iter().map(|hash| Digest::from_bytes(hash.0)).collect()
}

/// Proves that the leaf at `index` is in the tree of the latest checkpoint.
///
/// # Errors
/// `NotFound` if the tree is smaller.
pub async fn inclusion(c: &mut Conn, index: u64) -> Result<Inclusion, Error> {
    let (size, checkpoint) = head(c).await?;
    let missing = || Error::not_found(format!("ledger entry {index}; the ledger has {size}"));
    let at = i64::try_from(index).map_err(|_| missing())?;
    if index >= size {
        return Err(missing());
    }
    let wanted = Wanted::default();
    // It answers without reading for a tree of one leaf, and with our error otherwise.
    let _ = tlog_tiles::prove_record(size, index, &wanted);
    let places = wanted.0.into_inner();
    let nodes = Nodes::fetch(c, &places).await?;
    let hashes = digests(tlog_tiles::prove_record(size, index, &nodes).map_err(of_tree)?);
    let leaf = entries(c, at, 1).await?.pop().filter(|entry| entry.index == at).ok_or_else(missing)?.leaf;
    Ok(Inclusion { index, leaf, size, hashes, checkpoint })
}

/// Proves that the first `from` leaves of the tree of the latest checkpoint are those of the tree of that size.
///
/// # Errors
/// `NotFound` if the tree is smaller than `from`, or `from` is 0.
pub async fn consistency(c: &mut Conn, from: u64) -> Result<Consistency, Error> {
    let (to, checkpoint) = head(c).await?;
    if from == 0 || from > to {
        return Err(Error::not_found(format!("ledger of size {from}; sizes go from 1 to {to}")));
    }
    let wanted = Wanted::default();
    let _ = tlog_tiles::prove_tree(to, from, &wanted);
    let places = wanted.0.into_inner();
    let nodes = Nodes::fetch(c, &places).await?;
    let hashes = digests(tlog_tiles::prove_tree(to, from, &nodes).map_err(of_tree)?);
    Ok(Consistency { from, to, hashes, checkpoint })
}
