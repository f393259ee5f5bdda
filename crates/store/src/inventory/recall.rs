//! What earlier changes did: which backups there are or were, and what a session made itself.

use holdpoint_core::{Point, Seen, Timestamp};
use time::format_description::well_known::Rfc3339;

use super::{Target, addresses, identifiers, looking_up};
use crate::{Conn, Error, text};

/// More points than this are not listed.
const MOST: i64 = 500;

#[derive(Debug, sqlx::FromRow)]
struct Row {
    target: String,
    workspace: String,
    address: String,
    present: bool,
    confirmed: bool,
    born_by: Option<String>,
    at: Timestamp,
}

/// Backups that depend on one of these targets or mention it: those that are there, and those that this requester removed
/// within the last day, in whichever session it says. One that only this requester's own documents show is listed as seen in
/// a document, which proves nothing; a removed one does not outlive.
///
/// # Errors
/// If the database fails or does not answer in time.
pub async fn backups_of(
    c: &mut Conn,
    workspace: Option<&str>,
    targets: &[Target<'_>],
    agent: &str,
    session: Option<&str>,
) -> Result<Vec<(String, Point)>, Error> {
    let (at, called) = identifiers(targets);
    let mut part = looking_up(c).await?;
    let rows: Vec<(Row, Option<String>)> = sqlx::query_as::<_, Gone>(BACKUPS)
        .bind(workspace.unwrap_or_default())
        .bind(addresses(targets))
        .bind(at)
        .bind(called)
        .bind(agent)
        .bind(MOST)
        .fetch_all(&mut *part)
        .await?
        .into_iter()
        .map(|gone| (gone.row, gone.gone_session))
        .collect();
    let session = session.map(|session| text::cut(session, 300));
    Ok(rows.into_iter().map(|(row, gone)| point(row, gone.as_deref(), session.as_deref())).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct Gone {
    #[sqlx(flatten)]
    row: Row,
    gone_session: Option<String>,
}

fn point(row: Row, gone_session: Option<&str>, session: Option<&str>) -> (String, Point) {
    let what = format!("`{}` of workspace `{}`", row.address, row.workspace);
    let (what, seen) = if !row.present {
        let who = if gone_session == session { "this session" } else { "this requester" };
        (format!("{what}, which {who} removed"), Seen::Inventory)
    } else if row.confirmed {
        (what, Seen::Inventory)
    } else {
        (format!("{what}, which only this requester's own documents show"), Seen::Document)
    };
    let at = row.at.format(&Rfc3339).ok();
    (row.target, Point { what, seen, outlives: row.present, owner: row.born_by, at })
}

const BACKUPS: &str = "
with own as materialized (
  select r.address, unnest(r.identifiers) as identifier from holdpoint.inventory_resources r
  where r.workspace = $1 and r.address = any ($2::text[])),
called as (
  select address, identifier from unnest($3::text[], $4::text[]) as t(address, identifier) union select * from own),
hit as (
  select called.address as target, m.workspace, m.address
    from called join holdpoint.inventory_mentions m on m.identifier = called.identifier
  union
  select e.dependency, e.workspace, e.dependent from holdpoint.inventory_edges e
    where e.workspace = $1 and e.dependency = any ($2::text[]))
select hit.target, r.workspace, r.address, r.present, r.confirmed or r.told_by is distinct from $5 as confirmed,
  coalesce(a.name, p.name, r.born_by) as born_by, coalesce(r.gone_at, w.seen_at) as at, r.gone_session
from hit join holdpoint.inventory_resources r on r.workspace = hit.workspace and r.address = hit.address
join holdpoint.inventory_workspaces w on w.name = r.workspace
left join holdpoint.agents a on a.id = r.born_by left join holdpoint.people p on p.id = r.born_by
where r.class = 'backup' and (r.workspace, r.address) <> ($1, hit.target)
  and (r.present or (r.gone_by = $5 and r.gone_at > statement_timestamp() - interval '1 day'))
order by hit.target, r.workspace, r.address limit $6";

/// Which of these addresses this session created within the last day, by changes that were applied. What was there before,
/// as far as anything ever showed, is nobody's own.
///
/// # Errors
/// If the database fails or does not answer in time.
pub async fn own(
    c: &mut Conn,
    workspace: &str,
    agent: &str,
    session: Option<&str>,
    addresses: &[String],
) -> Result<Vec<String>, Error> {
    let mut part = looking_up(c).await?;
    Ok(sqlx::query_scalar(
        "select address from holdpoint.inventory_resources
         where workspace = $1 and address = any ($4::text[]) and present and born_by = $2
           and born_session is not distinct from $3 and born_at > statement_timestamp() - interval '1 day'
         order by address",
    )
    .bind(workspace)
    .bind(agent)
    .bind(session.map(|session| text::cut(session, 300)))
    .bind(addresses.iter().filter_map(|one| text::key(one)).map(|a| a.into_owned()).collect::<Vec<_>>())
    .fetch_all(&mut *part)
    .await?)
}
