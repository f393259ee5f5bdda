//! Taking in what a document shows.

use std::collections::{BTreeMap, HashMap, HashSet};

use holdpoint_core::{ChangeId, EffectKind, Graph, Node};
use sha2::{Digest as _, Sha256};
use sqlx::Connection as _;

use crate::{Conn, Error, text};

/// How many identifiers or names of one resource are kept.
const MOST: usize = 64;

/// Separates the parts of a list on its way; [`text::clean`] leaves none in a text.
const SEPARATOR: &str = "\u{1f}";

/// What a document shows of a workspace.
#[derive(Debug)]
pub struct Learnt<'a> {
    /// The requester's own name for what the document is about.
    pub workspace: &'a str,
    /// The change that was made from the document.
    pub change: ChangeId,
    /// Who handed it in, by id.
    pub requester: &'a str,
    /// The requester's session.
    pub session: Option<&'a str>,
    /// The document's own graph. Nodes of other workspaces are passed over.
    pub graph: &'a Graph,
    /// What the change does, by address.
    pub effects: &'a [(String, EffectKind)],
}

/// Takes in what a document shows. One that shows what the last one of that workspace and requester did costs one row. Leave
/// it out for a document whose state is not believed, such as one whose continuity is broken.
///
/// If it fails, the caller's transaction is as it was before.
///
/// # Errors
/// `Refused` for a workspace without a name or with one of more than 800 bytes.
pub async fn learn(tx: &mut Conn, learnt: &Learnt<'_>) -> Result<(), Error> {
    if text::key(learnt.workspace).as_deref() != Some(learnt.workspace) {
        return Err(Error::Refused("a workspace needs a name of at most 800 bytes".to_owned()));
    }
    let shown = Shown::of(learnt);
    let digest = shown.digest(learnt.requester);
    let mut part = tx.begin().await?;
    let (same, believed): (bool, bool) = sqlx::query_as(
        "insert into holdpoint.inventory_workspaces as w (name, change_id) values ($1, $2)
         on conflict (name) do update set change_id = excluded.change_id, seen_at = clock_timestamp()
         returning w.digest is not distinct from $3, w.carried_out",
    )
    .bind(learnt.workspace)
    .bind(learnt.change.to_string())
    .bind(digest.as_slice())
    .fetch_one(&mut *part)
    .await?;
    if !same {
        shown.resources(&mut part, learnt, believed).await?;
        shown.left_out(&mut part, learnt.workspace, believed).await?;
        shown.edges(&mut part, learnt.workspace, believed).await?;
        shown.mentions(&mut part, learnt.workspace, believed).await?;
        sqlx::query(
            "update holdpoint.inventory_workspaces set digest = $2, resources = $3, carried_out = false where name = $1",
        )
        .bind(learnt.workspace)
        .bind(digest.as_slice())
        .bind(shown.present())
        .execute(&mut *part)
        .await?;
    }
    part.commit().await?;
    Ok(())
}

/// A document's graph with every text fit for its column.
struct Shown<'a> {
    nodes: Vec<(String, &'a Node, Option<EffectKind>)>,
    edges: Vec<(usize, usize, &'static str)>,
    mentions: Vec<(usize, String)>,
}

impl<'a> Shown<'a> {
    fn of(learnt: &Learnt<'a>) -> Self {
        let effects: HashMap<&str, EffectKind> =
            learnt.effects.iter().map(|(address, effect)| (address.as_str(), *effect)).collect();
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut nodes: Vec<(String, &Node, Option<EffectKind>)> = Vec::new();
        let mut taken: HashSet<String> = HashSet::new();
        for (number, node) in (0_u32..).zip(learnt.graph.nodes()) {
            let own = node.workspace.is_empty() || node.workspace == learnt.workspace;
            let Some(address) = text::key(&node.address).filter(|_| own) else { continue };
            if taken.insert(address.to_string()) {
                places.insert(number, nodes.len());
                nodes.push((address.into_owned(), node, effects.get(node.address.as_str()).copied()));
            }
        }
        let mut edges: BTreeMap<(usize, usize), holdpoint_core::Link> = BTreeMap::new();
        for edge in learnt.graph.edges() {
            if let (Some(from), Some(to)) = (places.get(&edge.from), places.get(&edge.to)) {
                let how = edges.entry((*from, *to)).or_insert(edge.how);
                *how = edge.how.min(*how);
            }
        }
        let mut mentions: Vec<(usize, String)> = Vec::new();
        for (number, identifier) in &learnt.graph.mentions {
            if let (Some(place), Some(identifier)) = (places.get(number), text::key(identifier)) {
                mentions.push((*place, identifier.into_owned()));
            }
        }
        mentions.sort_unstable();
        mentions.dedup();
        let edges = edges.into_iter().map(|((from, to), how)| (from, to, how.as_str())).collect();
        Self { nodes, edges, mentions }
    }

    fn present(&self) -> i64 {
        i64::try_from(self.nodes.iter().filter(|(_, node, _)| node.exists).count()).unwrap_or(i64::MAX)
    }

    /// Over everything that is stored; each text is preceded by its length.
    fn digest(&self, requester: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut put = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        put(requester);
        for (address, node, effect) in &self.nodes {
            put(address);
            put(&node.kind);
            put(node.class.as_str());
            put(&list(&node.identifiers));
            put(&list(&node.names));
            put(node.account.as_deref().unwrap_or_default());
            put(node.region.as_deref().unwrap_or_default());
            let (sign, says) =
                node.sign.as_ref().map_or(("", ""), |(sign, says)| (sign.as_str(), says.as_str()));
            put(sign);
            put(says);
            put(if node.exists { "1" } else { "0" });
            put(effect.map_or("", EffectKind::as_str));
        }
        for (from, to, how) in &self.edges {
            put(&format!("{from} {to} {how}"));
        }
        for (place, identifier) in &self.mentions {
            put(&place.to_string());
            put(identifier);
        }
        hash.finalize().into()
    }

    fn addresses(&self) -> Vec<&str> {
        self.nodes.iter().map(|(address, ..)| address.as_str()).collect()
    }

    fn at(&self, place: usize) -> &str {
        self.nodes.get(place).map_or("", |(address, ..)| address.as_str())
    }

    /// What was there and is left out now, or shown as not yet there, counts on for a day unless it is believed. What is new
    /// to a row that is not believed is added to it; nothing is taken away.
    async fn resources(&self, c: &mut Conn, learnt: &Learnt<'_>, believed: bool) -> Result<(), Error> {
        let nodes = || self.nodes.iter().map(|(_, node, _)| *node);
        let sign = |node: &Node| node.sign.clone();
        sqlx::query(RESOURCES)
            .bind(learnt.workspace)
            .bind(learnt.change.to_string())
            .bind(learnt.requester)
            .bind(believed)
            .bind(self.addresses())
            .bind(nodes().map(|n| text::cut(&n.kind, 300)).collect::<Vec<_>>())
            .bind(nodes().map(|n| n.class.as_str()).collect::<Vec<_>>())
            .bind(nodes().map(|n| list(&n.identifiers)).collect::<Vec<_>>())
            .bind(nodes().map(|n| list(&n.names)).collect::<Vec<_>>())
            .bind(nodes().map(|n| n.account.as_deref().map(|a| text::cut(a, 300))).collect::<Vec<_>>())
            .bind(nodes().map(|n| n.region.as_deref().map(|r| text::cut(r, 300))).collect::<Vec<_>>())
            .bind(nodes().map(|n| sign(n).map(|(sign, _)| sign.as_str())).collect::<Vec<_>>())
            .bind(nodes().map(|n| sign(n).map(|(_, says)| text::cut(&says, 1_000))).collect::<Vec<_>>())
            .bind(nodes().map(|n| n.exists).collect::<Vec<_>>())
            .bind(self.nodes.iter().map(|(_, _, e)| e.map(EffectKind::as_str)).collect::<Vec<_>>())
            .execute(c)
            .await?;
        Ok(())
    }

    async fn left_out(&self, c: &mut Conn, workspace: &str, believed: bool) -> Result<(), Error> {
        sqlx::query(
            "with told as materialized (select unnest($2::text[]) as address)
             update holdpoint.inventory_resources r set present = false, confirmed = false, pending_effect = null,
               gone_at = case when r.present then clock_timestamp() else r.gone_at end,
               gone_by = case when r.present then null else r.gone_by end,
               gone_session = case when r.present then null else r.gone_session end,
               counts_until = case when $3 then null when r.present then clock_timestamp() + interval '1 day'
                 else r.counts_until end
             where r.workspace = $1 and (r.present or r.pending_effect is not null or ($3 and r.counts_until is not null))
               and not exists (select 1 from told where told.address = r.address)",
        )
        .bind(workspace)
        .bind(self.addresses())
        .bind(believed)
        .execute(&mut *c)
        .await?;
        // What was planned once, and never came to be, is forgotten.
        sqlx::query(
            "delete from holdpoint.inventory_resources r
             where r.workspace = $1 and not r.present and r.gone_at is null and r.pending_effect is null",
        )
        .bind(workspace)
        .execute(c)
        .await?;
        Ok(())
    }

    async fn edges(&self, c: &mut Conn, workspace: &str, believed: bool) -> Result<(), Error> {
        sqlx::query(EDGES)
            .bind(workspace)
            .bind(self.edges.iter().map(|(from, _, _)| self.at(*from)).collect::<Vec<_>>())
            .bind(self.edges.iter().map(|(_, to, _)| self.at(*to)).collect::<Vec<_>>())
            .bind(self.edges.iter().map(|(_, _, how)| *how).collect::<Vec<_>>())
            .execute(&mut *c)
            .await?;
        sqlx::query(
            "with told as materialized (select * from unnest($2::text[], $3::text[]) as t(dependent, dependency))
             update holdpoint.inventory_edges e
             set counts_until = clock_timestamp() + case when $4 then interval '0' else interval '1 day' end
             where e.workspace = $1 and (e.counts_until is null or ($4 and e.counts_until > clock_timestamp()))
               and not exists (select 1 from told t where t.dependent = e.dependent and t.dependency = e.dependency)",
        )
        .bind(workspace)
        .bind(self.edges.iter().map(|(from, _, _)| self.at(*from)).collect::<Vec<_>>())
        .bind(self.edges.iter().map(|(_, to, _)| self.at(*to)).collect::<Vec<_>>())
        .bind(believed)
        .execute(&mut *c)
        .await?;
        // Kept a day longer, for what a removed backup was of.
        sqlx::query(
            "delete from holdpoint.inventory_edges
             where workspace = $1 and counts_until < clock_timestamp() - interval '1 day'",
        )
        .bind(workspace)
        .execute(c)
        .await?;
        Ok(())
    }

    async fn mentions(&self, c: &mut Conn, workspace: &str, believed: bool) -> Result<(), Error> {
        let addresses: Vec<&str> = self.mentions.iter().map(|(place, _)| self.at(*place)).collect();
        let identifiers: Vec<&str> =
            self.mentions.iter().map(|(_, identifier)| identifier.as_str()).collect();
        sqlx::query(
            "insert into holdpoint.inventory_mentions as m (workspace, address, identifier)
             select $1, t.address, t.identifier from unnest($2::text[], $3::text[]) as t(address, identifier)
             on conflict (workspace, address, identifier) do update set counts_until = null
             where m.counts_until is not null",
        )
        .bind(workspace)
        .bind(&addresses)
        .bind(&identifiers)
        .execute(&mut *c)
        .await?;
        sqlx::query(
            "with told as materialized (select * from unnest($2::text[], $3::text[]) as t(address, identifier))
             update holdpoint.inventory_mentions m
             set counts_until = clock_timestamp() + case when $4 then interval '0' else interval '1 day' end
             where m.workspace = $1 and (m.counts_until is null or ($4 and m.counts_until > clock_timestamp()))
               and not exists (select 1 from told t where t.address = m.address and t.identifier = m.identifier)",
        )
        .bind(workspace)
        .bind(&addresses)
        .bind(&identifiers)
        .bind(believed)
        .execute(&mut *c)
        .await?;
        sqlx::query(
            "delete from holdpoint.inventory_mentions
             where workspace = $1 and counts_until < clock_timestamp() - interval '1 day'",
        )
        .bind(workspace)
        .execute(c)
        .await?;
        Ok(())
    }
}

fn list(texts: &[String]) -> String {
    let mut kept: Vec<_> = texts.iter().filter_map(|one| text::key(one)).take(MOST).collect();
    kept.sort_unstable();
    kept.dedup();
    kept.join(SEPARATOR)
}

const RESOURCES: &str = "
with told as (
  select t.address, t.type, t.class, string_to_array(t.identifiers, chr(31)) as identifiers,
    string_to_array(t.names, chr(31)) as names, t.account, t.region, t.sign, t.says, t.present, t.effect
  from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
    $13::text[], $14::boolean[], $15::text[])
    as t(address, type, class, identifiers, names, account, region, sign, says, present, effect)
)
insert into holdpoint.inventory_resources as r (workspace, address, type, class, identifiers, names, account, region,
  sign_environment, sign_says, present, told_by, pending_effect, change_id)
select $1, t.address, t.type, t.class, t.identifiers, t.names, t.account, t.region, t.sign, t.says, t.present,
  case when t.present then $3 end, t.effect, $2 from told t
on conflict (workspace, address) do update set
  type = case when $4 or not r.present then excluded.type else r.type end,
  class = case when $4 or not r.present or r.type = excluded.type then excluded.class else r.class end,
  identifiers = case when ($4 and excluded.present) or r.identifiers <@ excluded.identifiers then excluded.identifiers
    else holdpoint.both(r.identifiers, excluded.identifiers) end,
  names = case when ($4 and excluded.present) or r.names <@ excluded.names then excluded.names
    else holdpoint.both(r.names, excluded.names) end,
  account = case when $4 then excluded.account else coalesce(excluded.account, r.account) end,
  region = case when $4 then excluded.region else coalesce(excluded.region, r.region) end,
  sign_environment = case when $4 or holdpoint.gravity(excluded.sign_environment) >= holdpoint.gravity(r.sign_environment)
    then excluded.sign_environment else r.sign_environment end,
  sign_says = case when $4 or holdpoint.gravity(excluded.sign_environment) >= holdpoint.gravity(r.sign_environment)
    then excluded.sign_says else r.sign_says end,
  present = excluded.present,
  told_by = case when r.present and excluded.present then r.told_by else excluded.told_by end,
  confirmed = r.present and excluded.present and (r.confirmed or r.told_by is distinct from $3),
  pending_effect = excluded.pending_effect,
  born_at = case when r.present and excluded.present then r.born_at end,
  born_by = case when r.present and excluded.present then r.born_by end,
  born_session = case when r.present and excluded.present then r.born_session end,
  gone_at = case when excluded.present then null when r.present then clock_timestamp() else r.gone_at end,
  gone_by = case when excluded.present or r.present then null else r.gone_by end,
  gone_session = case when excluded.present or r.present then null else r.gone_session end,
  counts_until = case when excluded.present or $4 then null
    when r.present then clock_timestamp() + interval '1 day' else r.counts_until end,
  seen_at = clock_timestamp(), change_id = excluded.change_id
where (r.type, r.class, r.identifiers, r.names, r.account, r.region, r.sign_environment, r.sign_says, r.present,
    r.pending_effect)
  is distinct from (excluded.type, excluded.class, excluded.identifiers, excluded.names, excluded.account, excluded.region,
    excluded.sign_environment, excluded.sign_says, excluded.present, excluded.pending_effect)
  or (r.present and not r.confirmed and r.told_by is distinct from $3) or ($4 and r.counts_until is not null)";

const EDGES: &str = "
insert into holdpoint.inventory_edges as e (workspace, dependent, dependency, how)
select $1, t.dependent, t.dependency, t.how from unnest($2::text[], $3::text[], $4::text[]) as t(dependent, dependency, how)
on conflict (workspace, dependent, dependency) do update set how = excluded.how, counts_until = null
where e.counts_until is not null or e.how <> excluded.how";
