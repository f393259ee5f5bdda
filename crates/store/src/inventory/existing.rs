//! What is there already that a change would create.

use std::collections::BTreeSet;

use holdpoint_core::{Existing, Timestamp};

use super::{counts, looking_up};
use crate::{Conn, Error, text};

/// More collisions than this are not listed.
const MOST: i64 = 500;

/// What already carries a name or address that is to be created. Within the workspace that is an address or any of the names;
/// in other workspaces only a name of a type that is in `everywhere`: one whose names are unique in the whole world,
/// because another workspace may lie in another account.
///
/// # Errors
/// If the database fails or does not answer in time.
pub async fn existing(
    c: &mut Conn,
    workspace: Option<&str>,
    creates: &[(String, Vec<String>)],
    everywhere: &[&str],
) -> Result<Vec<Existing>, Error> {
    let addresses: Vec<_> = creates.iter().filter_map(|(address, _)| text::key(address)).collect();
    let named: BTreeSet<(String, String)> = creates
        .iter()
        .flat_map(|(address, names)| names.iter().map(move |name| (address, name)))
        .filter_map(|(address, name)| Some((text::key(address)?.into_owned(), text::key(name)?.into_owned())))
        .collect();
    let (at, names): (Vec<String>, Vec<String>) = named.into_iter().unzip();
    let mut part = looking_up(c).await?;
    let rows: Vec<(String, Option<String>, String, String, Timestamp)> = sqlx::query_as(concat!(
        "with hit as (
           select r.address as target, null::text as name, r.workspace, r.address, r.present, r.seen_at
             from holdpoint.inventory_resources r
             where r.workspace = $1 and r.address = any ($2::text[]) and ",
        counts!(),
        " union all
           select t.address, t.name, r.workspace, r.address, r.present, r.seen_at
             from unnest($3::text[], $4::text[]) as t(address, name)
             join holdpoint.inventory_resources r on r.names @> array[t.name]
             where r.names <> '{}' and (r.workspace <> $1 or r.address <> t.address)
               and (r.workspace = $1 or split_part(t.name, ':', 1) = any ($6::text[])) and ",
        counts!(),
        ")
         select hit.target, hit.name, hit.workspace, hit.address,
           case when hit.present then w.seen_at else hit.seen_at end
         from hit join holdpoint.inventory_workspaces w on w.name = hit.workspace
         order by 1, 2 nulls first, 3, 4 limit $5"
    ))
    .bind(workspace.unwrap_or_default())
    .bind(addresses.iter().map(AsRef::as_ref).collect::<Vec<&str>>())
    .bind(at)
    .bind(names)
    .bind(MOST)
    .bind(everywhere)
    .fetch_all(&mut *part)
    .await?;
    Ok(rows.into_iter().map(said).collect())
}

fn said(
    (target, name, workspace, address, seen): (String, Option<String>, String, String, Timestamp),
) -> Existing {
    let day = seen.date();
    let says = match name {
        None => format!("`{address}` is in workspace `{workspace}` already, as last seen on {day}"),
        Some(name) => {
            format!("`{name}` is taken by `{address}` of workspace `{workspace}`, as last seen on {day}")
        }
    };
    Existing { address: target, says }
}
