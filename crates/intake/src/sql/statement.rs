//! One statement to what it does.

use holdpoint_core::{Class, EffectKind, HazardKind};
use sqlparser::ast::{ObjectType, Statement};

use super::split::Piece;
use super::{columns, create, functions, rights, rows, unreadable};
use crate::act::{Act, Hidden};

pub(super) fn acts(piece: &Piece, hidden: &mut Hidden) -> Vec<Act> {
    functions::hide(&piece.tokens, hidden);
    let mut acts = match piece.tree.as_deref() {
        Some(tree) => of(tree, piece),
        None => vec![unreadable(piece.line)],
    };
    let calls = functions::calls(&piece.tokens);
    if !calls.is_empty()
        && !matches!(
            piece.tree.as_deref(),
            None | Some(Statement::CreateTable(_) | Statement::CreateIndex(_))
        )
    {
        acts.push(functions::act(&calls, piece.line));
    }
    if piece.hint {
        let says = format!("the comment on line {} is one that MySQL executes", piece.line);
        acts.push(other(piece, EffectKind::Execute).hazard(HazardKind::Unknown, says));
    }
    for act in &mut acts {
        act.text.clone_from(&piece.text);
    }
    acts
}

/// On a table.
pub(super) fn table(effect: EffectKind, name: &str) -> Act {
    Act::new(effect, "sql_table", format!("sql table/{}", plain(name))).class(Class::Data)
}

/// A name without its quotes.
pub(super) fn plain(name: &str) -> String {
    name.replace(['"', '`'], "")
}

fn other(piece: &Piece, effect: EffectKind) -> Act {
    Act::new(effect, "sql_statement", format!("sql line {}", piece.line)).class(Class::Other)
}

fn of(tree: &Statement, piece: &Piece) -> Vec<Act> {
    match tree {
        Statement::Query(query) => rows::query(query, piece.line),
        Statement::Explain { analyze: false, statement, .. } => {
            // Postgres takes `EXPLAIN (ANALYZE)` too, which runs what it explains.
            let options = piece.text.split_once(')').map_or("", |(head, _)| head).to_ascii_uppercase();
            if options.contains("ANALYZE") {
                of(statement, piece)
            } else {
                vec![other(piece, EffectKind::Read)]
            }
        }
        Statement::Explain { statement, .. } => of(statement, piece),
        Statement::Insert(insert) => rows::insert(insert),
        Statement::Update(update) => rows::update(update),
        Statement::Delete(delete) => rows::delete(delete),
        Statement::Merge(merge) => rows::merge(merge),
        Statement::Truncate(truncate) => truncate
            .table_names
            .iter()
            .map(|target| truncated(&target.name.to_string(), truncate.cascade.is_some()))
            .collect(),
        Statement::Drop { object_type, names, cascade, .. } => {
            names.iter().map(|name| dropped(object_type, &name.to_string(), *cascade)).collect()
        }
        Statement::AlterTable(alter) => columns::acts(alter),
        Statement::Copy { .. } => vec![rows::copy(tree, piece.line)],
        Statement::Grant(_)
        | Statement::GrantRole(_)
        | Statement::Revoke(_)
        | Statement::RevokeRole(_)
        | Statement::Deny(_)
        | Statement::CreateRole(_)
        | Statement::AlterRole { .. }
        | Statement::CreateUser(_)
        | Statement::AlterUser(_)
        | Statement::AlterDefaultPrivileges(_)
        | Statement::CreatePolicy(_)
        | Statement::AlterPolicy(_)
        | Statement::DropPolicy(_) => vec![rights::act(tree, piece)],
        _ if create::looks(tree) => vec![other(piece, EffectKind::Read)],
        _ => create::act(tree, piece).map_or_else(|| vec![unknown(piece)], |act| vec![act]),
    }
}

fn unknown(piece: &Piece) -> Act {
    let word = piece.text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    let says = format!("what `{word}` on line {} runs is not shown", piece.line);
    Act::new(EffectKind::Execute, "sql_statement", format!("sql line {}", piece.line))
        .hazard(HazardKind::Unknown, says)
}

fn truncated(name: &str, cascade: bool) -> Act {
    let act = table(EffectKind::Update, name)
        .hazard(HazardKind::DataLoss, format!("`TRUNCATE` empties `{}`", plain(name)))
        .manner(holdpoint_core::Manner::SelectsAll, "`TRUNCATE` takes every row");
    if cascade { cascades(act) } else { act }
}

fn cascades(act: Act) -> Act {
    act.hazard(HazardKind::Cascade, "`CASCADE` takes everything along that refers to it")
}

fn dropped(kind: &ObjectType, name: &str, cascade: bool) -> Act {
    let name = plain(name);
    let word = kind.to_string().to_ascii_lowercase().replace(' ', "_");
    let class = match kind {
        ObjectType::Table | ObjectType::Schema | ObjectType::Database | ObjectType::Stage => Class::Data,
        ObjectType::Role | ObjectType::User | ObjectType::Group => Class::Identity,
        _ => Class::Other,
    };
    let mut act =
        Act::new(EffectKind::Delete, &format!("sql_{word}"), format!("sql {word}/{name}")).class(class);
    let upper = word.to_ascii_uppercase().replace('_', " ");
    match class {
        Class::Data => act.adds_hazard(
            HazardKind::DataLoss,
            format!("`DROP {upper}` destroys `{name}` with what it holds"),
        ),
        Class::Identity => act.adds_hazard(HazardKind::Lockout, format!("`{name}` can no longer log in")),
        _ => {}
    }
    if cascade { cascades(act) } else { act }
}
