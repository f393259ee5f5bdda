//! Taking in what a document shows.

use std::collections::{BTreeMap, HashMap};

use holdpoint_core::{ChangeId, EffectKind, Graph, Node};
use sha2::{Digest as _, Sha256};
use sqlx::Connection as _;

use super::{missing, taken};
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
    /// The requester's session. What rests on it is read from the change's record, not from here.
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
    let (same, believed, first): (bool, bool, bool) = sqlx::query_as(
        "insert into holdpoint.inventory_workspaces as w (name, change_id) values ($1, $2)
         on conflict (name) do update set change_id = excluded.change_id, seen_at = clock_timestamp()
         returning w.digest is not distinct from $3, w.carried_out, w.digest is null and not w.carried_out",
    )
    .bind(learnt.workspace)
    .bind(learnt.change.to_string())
    .bind(digest.as_slice())
    .fetch_one(&mut *part)
    .await?;
    if !same {
        taken::put(&mut part, learnt, &shown, believed).await?;
        if !first {
            missing::sweep(&mut part, learnt.workspace, &shown, believed).await?;
        }
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

/// A document's graph with every text fit for its column, in the order of the tables' keys.
pub(super) struct Shown<'a> {
    pub(super) nodes: Vec<(String, &'a Node, Option<EffectKind>)>,
    pub(super) edges: Vec<(usize, usize, &'static str)>,
    pub(super) mentions: Vec<(usize, String)>,
}

impl<'a> Shown<'a> {
    fn of(learnt: &Learnt<'a>) -> Self {
        let effects: HashMap<&str, EffectKind> =
            learnt.effects.iter().map(|(address, effect)| (address.as_str(), *effect)).collect();
        let mut named: BTreeMap<String, (u32, &Node)> = BTreeMap::new();
        for (number, node) in (0_u32..).zip(learnt.graph.nodes()) {
            let own = node.workspace.is_empty() || node.workspace == learnt.workspace;
            if let Some(address) = text::key(&node.address).filter(|_| own) {
                named.entry(address.into_owned()).or_insert((number, node));
            }
        }
        let places: HashMap<u32, usize> =
            named.values().enumerate().map(|(place, (number, _))| (*number, place)).collect();
        let nodes = named
            .into_iter()
            .map(|(address, (_, node))| (address, node, effects.get(node.address.as_str()).copied()))
            .collect();
        let mut edges: BTreeMap<(usize, usize), holdpoint_core::Link> = BTreeMap::new();
        for edge in learnt.graph.edges() {
            if let (Some(from), Some(to)) = (places.get(&edge.from), places.get(&edge.to)) {
                let how = edges.entry((*to, *from)).or_insert(edge.how);
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
        let edges = edges.into_iter().map(|((to, from), how)| (from, to, how.as_str())).collect();
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

    pub(super) fn addresses(&self) -> Vec<&str> {
        self.nodes.iter().map(|(address, ..)| address.as_str()).collect()
    }

    pub(super) fn at(&self, place: usize) -> &str {
        self.nodes.get(place).map_or("", |(address, ..)| address.as_str())
    }
}

/// As the text that `string_to_array` takes apart again.
pub(super) fn list(texts: &[String]) -> String {
    let mut kept: Vec<_> = texts.iter().filter_map(|one| text::key(one)).take(MOST).collect();
    kept.sort_unstable();
    kept.dedup();
    kept.join(SEPARATOR)
}
