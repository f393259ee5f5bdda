//! What is known to depend on something, at any distance and across workspaces.

use std::collections::{BTreeMap, BTreeSet};

use holdpoint_core::Node;

use super::row::{NodeRow, node_columns};
use super::{Target, addresses, counts, identifiers, looking_up};
use crate::{Conn, Error};

/// A workspace and an address; the workspace is empty for the one that was asked about.
pub type NodeKey = (String, String);

/// How far the search goes.
const DEPTH: usize = 20;

/// How many edges there may be for each node.
const EDGES_EACH: usize = 4;

/// What is known to depend on the targets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// The targets' own rows, where they are known, and whatever depends on them. Those of the workspace that was asked
    /// about have an empty one, as the change's own nodes do.
    pub nodes: Vec<Node>,
    /// The first depends on the second.
    pub edges: Vec<(NodeKey, NodeKey)>,
    /// Whether that is all; false when the search stopped at its limits.
    pub complete: bool,
}

#[derive(Debug, sqlx::FromRow)]
struct Hit {
    workspace: String,
    address: String,
    on_workspace: String,
    on_address: String,
}

/// Everything that is known to depend on these targets, directly or through others: by edges within a workspace, and by
/// identifiers that values of other resources mention, in any workspace. Something in another workspace that has one of a
/// target's identifiers is the same thing under another name, and falls with it. At most `limit` nodes, four times as many
/// edges, and twenty hops.
///
/// # Errors
/// If the database fails, does not answer in time, or a row does not read.
pub async fn dependents(
    c: &mut Conn,
    workspace: Option<&str>,
    targets: &[Target<'_>],
    limit: u32,
) -> Result<Reach, Error> {
    let mut part = looking_up(c).await?;
    let own = workspace.unwrap_or_default();
    let mut search = Search::new(own, limit);
    let mut frontier: Vec<NodeKey> =
        addresses(targets).into_iter().map(|address| (own.to_owned(), address)).collect();
    search.seen.extend(frontier.iter().cloned());
    for row in rows(&mut part, &frontier, search.most_nodes.saturating_add(1)).await? {
        search.node(row)?;
    }
    // What the change knows of its targets serves the first hop only.
    let mut told = identifiers(targets);
    for _ in 0..DEPTH {
        if frontier.is_empty() || !search.complete {
            break;
        }
        let hits = hop(&mut part, own, &frontier, &told, search.room()).await?;
        told = (Vec::new(), Vec::new());
        frontier = search.take(hits);
        for row in rows(&mut part, &frontier, frontier.len()).await? {
            search.node(row)?;
        }
    }
    search.complete &= frontier.is_empty();
    Ok(search.reach())
}

/// The rows of these that count.
async fn rows(c: &mut Conn, keys: &[NodeKey], most: usize) -> Result<Vec<NodeRow>, Error> {
    let (workspaces, addresses) = columns(keys);
    Ok(sqlx::query_as(concat!(
        "select ",
        node_columns!(),
        " from unnest($1::text[], $2::text[]) as k(workspace, address)
          join holdpoint.inventory_resources r on r.workspace = k.workspace and r.address = k.address
          where ",
        counts!(),
        " limit $3"
    ))
    .bind(workspaces)
    .bind(addresses)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(c)
    .await?)
}

fn columns(keys: &[NodeKey]) -> (Vec<&str>, Vec<&str>) {
    keys.iter().map(|(workspace, address)| (workspace.as_str(), address.as_str())).unzip()
}

async fn hop(
    c: &mut Conn,
    own: &str,
    frontier: &[NodeKey],
    told: &(Vec<String>, Vec<String>),
    room: usize,
) -> Result<Vec<Hit>, Error> {
    let (workspaces, addresses) = columns(frontier);
    Ok(sqlx::query_as(concat!(
        "with at as materialized (select * from unnest($1::text[], $2::text[]) as f(workspace, address)),
         called as materialized (
           select $5::text as workspace, t.address, t.identifier from unnest($3::text[], $4::text[]) as t(address, identifier)
           union
           select r.workspace, r.address, unnest(r.identifiers) from at join holdpoint.inventory_resources r
             on r.workspace = at.workspace and r.address = at.address),
         hit as (
           select e.workspace, e.dependent as address, at.workspace as on_workspace, at.address as on_address
             from at join holdpoint.inventory_edges e on e.workspace = at.workspace and e.dependency = at.address
             where e.counts_until is null or e.counts_until > statement_timestamp()
           union all
           select m.workspace, m.address, called.workspace, called.address
             from called join holdpoint.inventory_mentions m on m.identifier = called.identifier
             where m.counts_until is null or m.counts_until > statement_timestamp()
           union all
           select r.workspace, r.address, called.workspace, called.address
             from called join holdpoint.inventory_resources r on r.identifiers @> array[called.identifier]
             where r.identifiers <> '{}' and (r.present or r.counts_until is not null))
         select hit.workspace, hit.address, hit.on_workspace, hit.on_address
         from hit join holdpoint.inventory_resources r on r.workspace = hit.workspace and r.address = hit.address
          where (hit.workspace, hit.address) <> (hit.on_workspace, hit.on_address) and ",
        counts!(),
        " limit $6"
    ))
    .bind(workspaces)
    .bind(addresses)
    .bind(&told.0)
    .bind(&told.1)
    .bind(own)
    .bind(i64::try_from(room).unwrap_or(i64::MAX))
    .fetch_all(c)
    .await?)
}

struct Search<'a> {
    own: &'a str,
    most_nodes: usize,
    most_edges: usize,
    nodes: BTreeMap<NodeKey, Node>,
    edges: BTreeSet<(NodeKey, NodeKey)>,
    /// By the names that the tables have.
    seen: BTreeSet<NodeKey>,
    complete: bool,
}

impl<'a> Search<'a> {
    fn new(own: &'a str, limit: u32) -> Self {
        let most_nodes = limit as usize;
        Self {
            own,
            most_nodes,
            most_edges: most_nodes.saturating_mul(EDGES_EACH),
            nodes: BTreeMap::new(),
            edges: BTreeSet::new(),
            seen: BTreeSet::new(),
            complete: true,
        }
    }

    /// How many hits are worth fetching: one more than fit says that there are more.
    fn room(&self) -> usize {
        self.most_edges.saturating_sub(self.edges.len()).saturating_add(1)
    }

    fn key(&self, workspace: String, address: String) -> NodeKey {
        if workspace == self.own { (String::new(), address) } else { (workspace, address) }
    }

    fn node(&mut self, row: NodeRow) -> Result<(), Error> {
        let mut node = row.node()?;
        let key = self.key(std::mem::take(&mut node.workspace), node.address.clone());
        if self.nodes.len() >= self.most_nodes && !self.nodes.contains_key(&key) {
            self.complete = false;
            return Ok(());
        }
        node.workspace.clone_from(&key.0);
        self.nodes.insert(key, node);
        Ok(())
    }

    /// Takes in a hop's hits, and answers what was not seen before, as far as there is room.
    fn take(&mut self, hits: Vec<Hit>) -> Vec<NodeKey> {
        let room = self.room();
        self.complete &= hits.len() < room;
        let mut fresh = Vec::new();
        for hit in hits.into_iter().take(room.saturating_sub(1)) {
            let raw = (hit.workspace, hit.address);
            if !self.seen.contains(&raw) {
                if self.nodes.len().saturating_add(fresh.len()) >= self.most_nodes {
                    self.complete = false;
                    continue;
                }
                self.seen.insert(raw.clone());
                fresh.push(raw.clone());
            }
            let from = self.key(raw.0, raw.1);
            let to = self.key(hit.on_workspace, hit.on_address);
            self.edges.insert((from, to));
        }
        fresh
    }

    /// Without edges of what was removed between two looks.
    fn reach(mut self) -> Reach {
        self.edges.retain(|(from, _)| self.nodes.contains_key(from));
        Reach {
            nodes: self.nodes.into_values().collect(),
            edges: self.edges.into_iter().collect(),
            complete: self.complete,
        }
    }
}
