//! The inventory: which resources there are, across workspaces, and what depends on what, as earlier changes taught it.
//!
//! What an agent hands in is used to make a verdict stricter, never milder. A document adds resources, edges and signs at once.
//! What a later document leaves out still counts for a day, unless a change of that workspace was reported as applied in
//! between. Whether a backup can be relied on rests on an applied change, or on the documents of two requesters.
//! The two exceptions, what a session made itself ([`own`]) and who removed a backup ([`backups_of`]), rest on changes
//! that were allowed or approved and then reported as applied, never on a document; and what was ever seen to exist before
//! is nobody's own.
//!
//! The reads have a time limit of their own, and one that is exceeded does not spoil the caller's transaction.

mod carried_out;
mod existing;
mod learn;
mod look;
mod missing;
mod reach;
mod recall;
mod row;
mod taken;

use sqlx::Connection as _;

pub use carried_out::carried_out;
pub use existing::existing;
pub use learn::{Learnt, learn};
pub use look::{Filter, Row, Shown, WorkspaceRow, list, show, workspaces};
pub use reach::{NodeKey, Reach, dependents};
pub use recall::{backups_of, own};

use crate::{Conn, Error};

/// A resource that something is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its address in the change's own workspace.
    pub address: &'a str,
    /// Ids, ARNs and names under which the change knows it.
    pub identifiers: &'a [String],
}

/// What is there, or was left out so lately that it still counts; `r` is a resource, and the index needs the first line.
macro_rules! counts {
    () => {
        "(r.present or r.counts_until is not null) and (r.present or r.counts_until > statement_timestamp())"
    };
}
use counts;

type Part<'c> = sqlx::Transaction<'c, sqlx::Postgres>;

/// A part of the caller's transaction, or a transaction of its own, with the time limit of a read. Dropping it undoes the
/// limit.
async fn reading(c: &mut Conn) -> Result<Part<'_>, Error> {
    let mut part = c.begin().await?;
    sqlx::query("set local statement_timeout = '2s'").execute(&mut *part).await?;
    Ok(part)
}

/// The same for a look-up that starts from a few rows: by the indexes, even while the statistics know nothing yet of what
/// was just learnt.
async fn looking_up(c: &mut Conn) -> Result<Part<'_>, Error> {
    let mut part = reading(c).await?;
    sqlx::raw_sql(
        "set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off",
    )
    .execute(&mut *part)
    .await?;
    Ok(part)
}

/// Pairs of a target's address and each of its identifiers, as two columns.
fn identifiers(targets: &[Target<'_>]) -> (Vec<String>, Vec<String>) {
    let mut pairs = std::collections::BTreeSet::new();
    for target in targets {
        let Some(address) = crate::text::key(target.address) else { continue };
        for identifier in target.identifiers {
            if let Some(identifier) = crate::text::key(identifier) {
                pairs.insert((address.to_string(), identifier.into_owned()));
            }
        }
    }
    pairs.into_iter().unzip()
}

/// The targets' addresses, each once.
fn addresses(targets: &[Target<'_>]) -> Vec<String> {
    let all: std::collections::BTreeSet<String> =
        targets.iter().filter_map(|t| crate::text::key(t.address)).map(|a| a.into_owned()).collect();
    all.into_iter().collect()
}
