//! Statements on rows.

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};
use sqlparser::ast::{
    CopyTarget, Delete, FromTable, Insert, Merge, Query, SetExpr, Statement, TableFactor, TableWithJoins,
    Update,
};

use super::condition::{Reach, reach};
use super::statement::{plain, table};
use crate::act::Act;

/// A query reads, unless a part of it writes: `WITH gone AS (DELETE …) SELECT …`, `SELECT … INTO`.
pub(super) fn query(query: &Query, line: usize) -> Vec<Act> {
    let mut acts = Vec::new();
    within(query, &mut acts, 0);
    if acts.is_empty() {
        acts.push(Act::new(EffectKind::Read, "sql_query", format!("sql line {line}")).class(Class::Other));
    }
    acts
}

fn within(query: &Query, acts: &mut Vec<Act>, depth: usize) {
    for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
        within(&cte.query, acts, depth + 1);
    }
    body(&query.body, acts, depth);
}

fn body(expr: &SetExpr, acts: &mut Vec<Act>, depth: usize) {
    match expr {
        SetExpr::Query(inner) => within(inner, acts, depth + 1),
        SetExpr::SetOperation { left, right, .. } => {
            body(left, acts, depth + 1);
            body(right, acts, depth + 1);
        }
        SetExpr::Select(select) => {
            if let Some(into) = &select.into {
                let name = into.targets.first().map(ToString::to_string).unwrap_or_default();
                acts.push(table(EffectKind::Create, &name));
            }
        }
        SetExpr::Insert(statement)
        | SetExpr::Update(statement)
        | SetExpr::Delete(statement)
        | SetExpr::Merge(statement) => match statement {
            Statement::Insert(is) => acts.extend(insert(is)),
            Statement::Update(is) => acts.extend(update(is)),
            Statement::Delete(is) => acts.extend(delete(is)),
            Statement::Merge(is) => acts.extend(merge(is)),
            _ => acts.push(unseen("part of the query")),
        },
        SetExpr::Values(_) | SetExpr::Table(_) => {}
    }
}

fn unseen(what: &str) -> Act {
    Act::new(EffectKind::Execute, "sql_statement", format!("sql {what}"))
        .hazard(HazardKind::Unknown, format!("{what} cannot be judged"))
}

pub(super) fn insert(insert: &Insert) -> Vec<Act> {
    let mut acts = Vec::new();
    if let Some(source) = &insert.source {
        within(source, &mut acts, 0);
    }
    let name = insert.table.to_string();
    let mut act = table(EffectKind::Update, &name);
    if insert.overwrite {
        act = act.hazard(HazardKind::DataLoss, format!("`OVERWRITE` replaces what `{}` holds", plain(&name)));
    }
    acts.push(act);
    acts
}

pub(super) fn update(update: &Update) -> Vec<Act> {
    let name = name(&update.table);
    let joined = update.from.is_some() || !update.table.joins.is_empty();
    let reach = if joined {
        joined_reach(update.selection.is_some())
    } else {
        reach(update.selection.as_ref(), &name)
    };
    let act = table(EffectKind::Update, &name);
    let name = plain(&name);
    vec![match reach {
        Reach::Keyed => act,
        Reach::Some => act.hazard(
            HazardKind::Unknown,
            format!("how many rows of `{name}` the condition reaches is not shown"),
        ),
        Reach::All => all(act, "UPDATE", &name),
    }]
}

fn joined_reach(conditioned: bool) -> Reach {
    if conditioned { Reach::Some } else { Reach::All }
}

fn all(act: Act, word: &str, name: &str) -> Act {
    act.hazard(HazardKind::DataLoss, format!("`{word}` reaches every row of `{name}`"))
        .manner(Manner::SelectsAll, format!("`{word}` has no condition that leaves a row of `{name}` out"))
}

pub(super) fn delete(delete: &Delete) -> Vec<Act> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let mut names: Vec<String> = delete.tables.iter().map(ToString::to_string).collect();
    let joined =
        delete.using.is_some() || names.len() > 1 || from.iter().any(|table| !table.joins.is_empty());
    if names.is_empty() {
        names = from.iter().map(name).collect();
    }
    let each = |name: &String| {
        let mut reached = match joined {
            true => joined_reach(delete.selection.is_some()),
            false => reach(delete.selection.as_ref(), name),
        };
        if reached == Reach::All && delete.limit.is_some() {
            reached = Reach::Some;
        }
        let (act, name) = (table(EffectKind::Update, name), plain(name));
        match reached {
            Reach::Keyed => act.hazard(
                HazardKind::Unknown,
                format!("the rows of `{name}` are named by their key, but what refers to them is not shown"),
            ),
            Reach::Some => act.hazard(
                HazardKind::DataLoss,
                format!("rows of `{name}` are deleted, and how many the condition reaches is not shown"),
            ),
            Reach::All => all(act, "DELETE", &name),
        }
    };
    names.iter().map(each).collect()
}

pub(super) fn merge(merge: &Merge) -> Vec<Act> {
    let name = factor(&merge.table);
    let says = format!("how many rows of `{}` `MERGE` reaches is not shown", plain(&name));
    vec![table(EffectKind::Update, &name).hazard(HazardKind::Unknown, says)]
}

pub(super) fn copy(tree: &Statement, line: usize) -> Act {
    let Statement::Copy { source, to, target, .. } = tree else { return unseen("`COPY`") };
    let name = match source {
        sqlparser::ast::CopySource::Table { table_name, .. } => table_name.to_string(),
        sqlparser::ast::CopySource::Query(_) => String::from("query"),
    };
    match target {
        CopyTarget::Program { .. } => {
            Act::new(EffectKind::Execute, "sql_statement", format!("sql line {line}"))
                .hazard(HazardKind::Unknown, "`COPY … PROGRAM` runs a command on the database's own machine")
        }
        CopyTarget::File { .. } if *to => {
            Act::new(EffectKind::Execute, "sql_statement", format!("sql line {line}"))
                .hazard(HazardKind::Unknown, "`COPY … TO` writes a file on the database's own machine")
        }
        _ if *to => Act::new(EffectKind::Read, "sql_query", format!("sql line {line}")).class(Class::Other),
        _ => table(EffectKind::Update, &name),
    }
}

fn name(table: &TableWithJoins) -> String {
    factor(&table.relation)
}

fn factor(factor: &TableFactor) -> String {
    match factor {
        TableFactor::Table { name, .. } => name.to_string(),
        _ => String::from("(derived)"),
    }
}
