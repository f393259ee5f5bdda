//! Writing down what a document shows.

use holdpoint_core::{EffectKind, Node};

use super::learn::{Learnt, Shown, list};
use crate::{Conn, Error, text};

/// What is new to a row that is not believed is added to it, and nothing is taken away. What was there and is shown as not
/// yet there counts on for a day unless that is believed.
pub(super) async fn put(
    c: &mut Conn,
    learnt: &Learnt<'_>,
    shown: &Shown<'_>,
    believed: bool,
) -> Result<(), Error> {
    let nodes = || shown.nodes.iter().map(|(_, node, _)| *node);
    let sign = |node: &Node| node.sign.clone();
    sqlx::query(RESOURCES)
        .bind(learnt.workspace)
        .bind(learnt.change.to_string())
        .bind(learnt.requester)
        .bind(believed)
        .bind(shown.addresses())
        .bind(nodes().map(|n| text::cut(&n.kind, 300)).collect::<Vec<_>>())
        .bind(nodes().map(|n| n.class.as_str()).collect::<Vec<_>>())
        .bind(nodes().map(|n| list(&n.identifiers)).collect::<Vec<_>>())
        .bind(nodes().map(|n| list(&n.names)).collect::<Vec<_>>())
        .bind(nodes().map(|n| n.account.as_deref().map(|a| text::cut(a, 300))).collect::<Vec<_>>())
        .bind(nodes().map(|n| n.region.as_deref().map(|r| text::cut(r, 300))).collect::<Vec<_>>())
        .bind(nodes().map(|n| sign(n).map(|(sign, _)| sign.as_str())).collect::<Vec<_>>())
        .bind(nodes().map(|n| sign(n).map(|(_, says)| text::cut(&says, 1_000))).collect::<Vec<_>>())
        .bind(nodes().map(|n| n.exists).collect::<Vec<_>>())
        .bind(shown.nodes.iter().map(|(_, _, e)| e.map(EffectKind::as_str)).collect::<Vec<_>>())
        .execute(&mut *c)
        .await?;
    sqlx::query(EDGES)
        .bind(learnt.workspace)
        .bind(shown.edges.iter().map(|(from, _, _)| shown.at(*from)).collect::<Vec<_>>())
        .bind(shown.edges.iter().map(|(_, to, _)| shown.at(*to)).collect::<Vec<_>>())
        .bind(shown.edges.iter().map(|(_, _, how)| *how).collect::<Vec<_>>())
        .execute(&mut *c)
        .await?;
    sqlx::query(MENTIONS)
        .bind(learnt.workspace)
        .bind(shown.mentions.iter().map(|(place, _)| shown.at(*place)).collect::<Vec<_>>())
        .bind(shown.mentions.iter().map(|(_, identifier)| identifier.as_str()).collect::<Vec<_>>())
        .execute(c)
        .await?;
    Ok(())
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
on conflict (workspace, dependency, dependent) do update set how = excluded.how, counts_until = null
where e.counts_until is not null or e.how <> excluded.how";

const MENTIONS: &str = "
insert into holdpoint.inventory_mentions as m (workspace, address, identifier)
select $1, t.address, t.identifier from unnest($2::text[], $3::text[]) as t(address, identifier)
on conflict (workspace, address, identifier) do update set counts_until = null where m.counts_until is not null";
