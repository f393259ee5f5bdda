//! What a document leaves out: gone, but it counts for a day unless the document is believed.

use super::learn::Shown;
use crate::{Conn, Error};

/// Marks what earlier documents of the workspace showed and this one does not.
pub(super) async fn sweep(
    c: &mut Conn,
    workspace: &str,
    shown: &Shown<'_>,
    believed: bool,
) -> Result<(), Error> {
    sqlx::query(RESOURCES).bind(workspace).bind(shown.addresses()).bind(believed).execute(&mut *c).await?;
    sqlx::query(EDGES)
        .bind(workspace)
        .bind(shown.edges.iter().map(|(from, _, _)| shown.at(*from)).collect::<Vec<_>>())
        .bind(shown.edges.iter().map(|(_, to, _)| shown.at(*to)).collect::<Vec<_>>())
        .bind(believed)
        .execute(&mut *c)
        .await?;
    sqlx::query(MENTIONS)
        .bind(workspace)
        .bind(shown.mentions.iter().map(|(place, _)| shown.at(*place)).collect::<Vec<_>>())
        .bind(shown.mentions.iter().map(|(_, identifier)| identifier.as_str()).collect::<Vec<_>>())
        .bind(believed)
        .execute(&mut *c)
        .await?;
    for forget in FORGOTTEN {
        sqlx::query(forget).bind(workspace).execute(&mut *c).await?;
    }
    Ok(())
}

const RESOURCES: &str = "
with missing as materialized (
  select address from holdpoint.inventory_resources
    where workspace = $1 and (present or pending_effect is not null or ($3 and counts_until is not null))
  except select unnest($2::text[]))
update holdpoint.inventory_resources r set present = false, confirmed = false, pending_effect = null,
  gone_at = case when r.present then clock_timestamp() else r.gone_at end,
  gone_by = case when r.present then null else r.gone_by end,
  gone_session = case when r.present then null else r.gone_session end,
  counts_until = case when $3 then null when r.present then clock_timestamp() + interval '1 day' else r.counts_until end
from missing m where r.workspace = $1 and r.address = m.address";

const EDGES: &str = "
with missing as materialized (
  select dependent, dependency from holdpoint.inventory_edges
    where workspace = $1 and (counts_until is null or ($4 and counts_until > clock_timestamp()))
  except select * from unnest($2::text[], $3::text[]))
update holdpoint.inventory_edges e
set counts_until = clock_timestamp() + case when $4 then interval '0' else interval '1 day' end
from missing m where e.workspace = $1 and e.dependent = m.dependent and e.dependency = m.dependency";

const MENTIONS: &str = "
with missing as materialized (
  select address, identifier from holdpoint.inventory_mentions
    where workspace = $1 and (counts_until is null or ($4 and counts_until > clock_timestamp()))
  except select * from unnest($2::text[], $3::text[]))
update holdpoint.inventory_mentions m
set counts_until = clock_timestamp() + case when $4 then interval '0' else interval '1 day' end
from missing g where m.workspace = $1 and m.address = g.address and m.identifier = g.identifier";

/// What was planned once and never came to be; and edges and mentions a day after they stopped to count, which is for as
/// long as it matters what a removed backup was of.
const FORGOTTEN: [&str; 3] = [
    "delete from holdpoint.inventory_resources
     where workspace = $1 and not present and gone_at is null and pending_effect is null",
    "delete from holdpoint.inventory_edges
     where workspace = $1 and counts_until < clock_timestamp() - interval '1 day'",
    "delete from holdpoint.inventory_mentions
     where workspace = $1 and counts_until < clock_timestamp() - interval '1 day'",
];
