//! The inventory as people look at it.

use holdpoint_core::{ChangeId, Class, EffectKind, Environment, Link, Timestamp};

use super::row::{NodeRow, node_columns};
use super::{NodeKey, reading};
use crate::{Conn, Error, text};

const TABLE: &str = "inventory_resources";

/// How many neighbours of a resource are shown on each side.
const NEIGHBOURS: i64 = 500;

/// Which resources to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this workspace's.
    pub workspace: Option<String>,
    /// Only of this class.
    pub class: Option<Class>,
    /// Only those whose address, type, identifiers or names contain this, whatever the case.
    pub search: Option<String>,
    /// Only those that are there, or only those that are not.
    pub present: Option<bool>,
}

/// A resource as the inventory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The workspace.
    pub workspace: String,
    /// The address in it.
    pub address: String,
    /// The type.
    pub kind: String,
    /// What it is for.
    pub class: Class,
    /// Ids, ARNs and endpoints.
    pub identifiers: Vec<String>,
    /// Names that may be used once only, each as `type:name`.
    pub names: Vec<String>,
    /// The account or project.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// What its own tags or name say about its environment, and the words that say so.
    pub sign: Option<(Environment, String)>,
    /// Whether it is there.
    pub present: bool,
    /// When a change that was applied created it, as far as one did.
    pub born_at: Option<Timestamp>,
    /// The name of who did.
    pub born_by: Option<String>,
    /// Since when it is gone.
    pub gone_at: Option<Timestamp>,
    /// The name of whose applied change removed it; absent when a document left it out.
    pub gone_by: Option<String>,
    /// When anything was first known of it.
    pub first_seen_at: Timestamp,
    /// When it was last seen to be there; the plan's time for what is not there yet.
    pub seen_at: Timestamp,
    /// The change that last taught something about it.
    pub change: ChangeId,
    /// What a change that is under way will do to it.
    pub pending: Option<(ChangeId, EffectKind)>,
}

/// A resource and its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The resource.
    pub row: Row,
    /// What depends on it directly, and how that is known; at most 500.
    pub dependents: Vec<(NodeKey, Link)>,
    /// What it depends on directly; at most 500.
    pub dependencies: Vec<(NodeKey, Link)>,
}

/// A workspace as the inventory knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceRow {
    /// Its name.
    pub name: String,
    /// The change that last taught something about it.
    pub change: ChangeId,
    /// When a document of it was last seen.
    pub seen_at: Timestamp,
    /// How many resources are there.
    pub resources: u64,
}

#[derive(Debug, sqlx::FromRow)]
struct Stored {
    #[sqlx(flatten)]
    node: NodeRow,
    present: bool,
    born_at: Option<Timestamp>,
    born_by: Option<String>,
    gone_at: Option<Timestamp>,
    gone_by: Option<String>,
    first_seen_at: Timestamp,
    seen_at: Timestamp,
    change_id: String,
    pending_change_id: Option<String>,
    pending_effect: Option<String>,
}

/// A selection of [`Stored`], for `concat!`. An effect is under way only while its change is.
macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "select ",
            node_columns!(),
            ", r.present, r.born_at, coalesce(ba.name, bp.name, r.born_by) as born_by, r.gone_at,
               coalesce(ga.name, gp.name, r.gone_by) as gone_by, r.first_seen_at,
               case when r.present then w.seen_at else r.seen_at end as seen_at, r.change_id,
               c.id as pending_change_id, case when c.id is not null then r.pending_effect end as pending_effect
             from holdpoint.inventory_resources r join holdpoint.inventory_workspaces w on w.name = r.workspace
             left join holdpoint.agents ba on ba.id = r.born_by left join holdpoint.people bp on bp.id = r.born_by
             left join holdpoint.agents ga on ga.id = r.gone_by left join holdpoint.people gp on gp.id = r.gone_by
             left join holdpoint.changes c on c.id = w.change_id and r.pending_effect is not null
               and c.state in ('submitted', 'held', 'allowed', 'approved', 'executing', 'unknown') ",
            $rest
        )
    };
}

impl Stored {
    fn read(self) -> Result<Row, Error> {
        let pending = match (self.pending_change_id, self.pending_effect) {
            (Some(change), Some(effect)) => Some((
                id(TABLE, &self.node.address, &change)?,
                text::word(TABLE, &self.node.address, &effect)?,
            )),
            _ => None,
        };
        let change = id(TABLE, &self.node.address, &self.change_id)?;
        let node = self.node.node()?;
        Ok(Row {
            workspace: node.workspace,
            address: node.address,
            kind: node.kind,
            class: node.class,
            identifiers: node.identifiers,
            names: node.names,
            account: node.account,
            region: node.region,
            sign: node.sign,
            present: self.present,
            born_at: self.born_at,
            born_by: self.born_by,
            gone_at: self.gone_at,
            gone_by: self.gone_by,
            first_seen_at: self.first_seen_at,
            seen_at: self.seen_at,
            change,
            pending,
        })
    }
}

fn id(table: &'static str, row: &str, id: &str) -> Result<ChangeId, Error> {
    id.parse().map_err(|_| Error::inconsistent(table, row, format!("`{id}` is not a change")))
}

/// Resources by workspace and address, after that one.
///
/// # Errors
/// If the database fails, does not answer in time, or a row does not read.
pub async fn list(
    c: &mut Conn,
    filter: &Filter,
    after: Option<(String, String)>,
    limit: u32,
) -> Result<Vec<Row>, Error> {
    let mut part = reading(c).await?;
    let (after_workspace, after_address) = after.unzip();
    let rows: Vec<Stored> = sqlx::query_as(rows!(
        "where ($1::text is null or r.workspace = $1) and ($2::text is null or r.class = $2)
           and ($3::text is null or position(lower($3) in lower(concat_ws(' ', r.address, r.type,
             array_to_string(r.identifiers, ' '), array_to_string(r.names, ' ')))) > 0)
           and ($4::boolean is null or r.present = $4)
           and ($5::text is null or (r.workspace, r.address) > ($5, $6))
         order by r.workspace, r.address limit $7"
    ))
    .bind(filter.workspace.as_deref().map(text::clean))
    .bind(filter.class.map(Class::as_str))
    .bind(filter.search.as_deref().filter(|search| !search.is_empty()).map(text::clean))
    .bind(filter.present)
    .bind(after_workspace.as_deref().map(text::clean))
    .bind(after_address.as_deref().map(text::clean))
    .bind(i64::from(limit))
    .fetch_all(&mut *part)
    .await?;
    rows.into_iter().map(Stored::read).collect()
}

/// Every workspace, by name.
///
/// # Errors
/// If the database fails, does not answer in time, or a row does not read.
pub async fn workspaces(c: &mut Conn) -> Result<Vec<WorkspaceRow>, Error> {
    let mut part = reading(c).await?;
    let rows: Vec<(String, String, Timestamp, i64)> = sqlx::query_as(
        "select name, change_id, seen_at, resources from holdpoint.inventory_workspaces order by name",
    )
    .fetch_all(&mut *part)
    .await?;
    rows.into_iter()
        .map(|(name, change, seen_at, resources)| {
            let change = id("inventory_workspaces", &name, &change)?;
            Ok(WorkspaceRow { name, change, seen_at, resources: resources.unsigned_abs() })
        })
        .collect()
}

/// One resource with its direct neighbours, those that mention its identifiers among them.
///
/// # Errors
/// If the database fails, does not answer in time, or a row does not read.
pub async fn show(c: &mut Conn, workspace: &str, address: &str) -> Result<Option<Shown>, Error> {
    let (workspace, address) = (text::clean(workspace), text::clean(address));
    let mut part = reading(c).await?;
    let row: Option<Stored> = sqlx::query_as(rows!("where r.workspace = $1 and r.address = $2"))
        .bind(workspace.as_ref())
        .bind(address.as_ref())
        .fetch_optional(&mut *part)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let row = row.read()?;
    let dependents = neighbours(&mut part, DEPENDENTS, &row).await?;
    let dependencies = neighbours(&mut part, DEPENDENCIES, &row).await?;
    Ok(Some(Shown { row, dependents, dependencies }))
}

async fn neighbours(c: &mut Conn, sql: &'static str, of: &Row) -> Result<Vec<(NodeKey, Link)>, Error> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(sql)
        .bind(&of.workspace)
        .bind(&of.address)
        .bind(&of.identifiers)
        .bind(NEIGHBOURS)
        .fetch_all(c)
        .await?;
    rows.into_iter()
        .map(|(workspace, address, how)| {
            let how = text::word("inventory_edges", &address, &how)?;
            Ok(((workspace, address), how))
        })
        .collect()
}

const DEPENDENTS: &str = "
select e.workspace, e.dependent, e.how from holdpoint.inventory_edges e
where e.workspace = $1 and e.dependency = $2 and (e.counts_until is null or e.counts_until > statement_timestamp())
union
select m.workspace, m.address, 'mention' from holdpoint.inventory_mentions m
where m.identifier = any ($3::text[]) and (m.workspace, m.address) <> ($1, $2)
  and (m.counts_until is null or m.counts_until > statement_timestamp())
  and not exists (select 1 from holdpoint.inventory_edges e
    where e.workspace = $1 and e.dependency = $2 and m.workspace = $1 and e.dependent = m.address)
order by 1, 2 limit $4";

const DEPENDENCIES: &str = "
select e.workspace, e.dependency, e.how from holdpoint.inventory_edges e
where e.workspace = $1 and e.dependent = $2 and (e.counts_until is null or e.counts_until > statement_timestamp())
union
select r.workspace, r.address, 'mention' from holdpoint.inventory_mentions m
join holdpoint.inventory_resources r on r.identifiers @> array[m.identifier] and r.identifiers <> '{}'
  and (r.present or r.counts_until is not null)
where m.workspace = $1 and m.address = $2 and (r.workspace, r.address) <> ($1, $2) and $3::text[] is not null
  and (m.counts_until is null or m.counts_until > statement_timestamp())
order by 1, 2 limit $4";
