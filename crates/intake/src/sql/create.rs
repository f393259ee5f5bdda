//! What makes things, and what only looks.

use holdpoint_core::{Class, EffectKind, HazardKind};
use sqlparser::ast::Statement;

use super::rows;
use super::split::Piece;
use super::statement::{plain, table};
use crate::act::Act;

/// Statements that change nothing that outlives the session.
pub(super) fn looks(tree: &Statement) -> bool {
    matches!(
        tree,
        Statement::ExplainTable { .. }
            | Statement::ShowFunctions { .. }
            | Statement::ShowVariable { .. }
            | Statement::ShowStatus { .. }
            | Statement::ShowVariables { .. }
            | Statement::ShowCreate { .. }
            | Statement::ShowColumns { .. }
            | Statement::ShowDatabases { .. }
            | Statement::ShowProcessList { .. }
            | Statement::ShowSchemas { .. }
            | Statement::ShowTables { .. }
            | Statement::ShowViews { .. }
            | Statement::ShowCollation { .. }
            | Statement::ShowCharset(_)
            | Statement::ShowCatalogs { .. }
            | Statement::ShowObjects(_)
            | Statement::Use(_)
            | Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. }
            | Statement::Savepoint { .. }
            | Statement::ReleaseSavepoint { .. }
            | Statement::Analyze(_)
            | Statement::Fetch { .. }
            | Statement::Close { .. }
            | Statement::Deallocate { .. }
            | Statement::Discard { .. }
            | Statement::LISTEN { .. }
            | Statement::UNLISTEN { .. }
    )
}

/// `None` for what is not known.
pub(super) fn act(tree: &Statement, piece: &Piece) -> Option<Act> {
    let upper = piece.text.to_ascii_uppercase();
    let at = format!("sql line {}", piece.line);
    let made = |kind: &str| Act::new(EffectKind::Create, kind, at.clone()).class(Class::Other);
    Some(match tree {
        Statement::CreateTable(create) => {
            let act = table(EffectKind::Create, &create.name.to_string());
            match create.or_replace {
                true => act.hazard(
                    HazardKind::DataLoss,
                    format!("`OR REPLACE` destroys `{}` if it exists", plain(&create.name.to_string())),
                ),
                false => act,
            }
        }
        Statement::CreateView(view) => {
            let mut acts = rows::query(&view.query, piece.line);
            acts.retain(|act| act.effect != EffectKind::Read);
            return acts.pop().or_else(|| Some(made("sql_view")));
        }
        Statement::CreateIndex(_) => made("sql_index"),
        Statement::CreateSequence { .. } => made("sql_sequence"),
        Statement::CreateType { .. } | Statement::CreateDomain(_) => made("sql_type"),
        Statement::CreateSchema { .. } => made("sql_schema"),
        Statement::CreateDatabase { .. } => made("sql_database"),
        Statement::CreateExtension(_) => made("sql_extension"),
        Statement::Comment { .. } | Statement::RefreshMaterializedView(_) => {
            Act::new(EffectKind::Update, "sql_statement", at).class(Class::Other)
        }
        Statement::Vacuum(_) | Statement::OptimizeTable { .. } => {
            Act::new(EffectKind::Update, "sql_statement", at).class(Class::Other)
        }
        Statement::AlterIndex { .. }
        | Statement::DropTrigger(_)
        | Statement::DropFunction(_)
        | Statement::DropProcedure { .. } => {
            Act::new(EffectKind::Update, "sql_statement", at).class(Class::Other)
        }
        Statement::Set(_) => set(&upper, at),
        Statement::Pragma { .. } if !piece.text.contains('=') => {
            Act::new(EffectKind::Read, "sql_statement", at).class(Class::Other)
        }
        Statement::Kill { .. } => Act::new(EffectKind::Execute, "sql_statement", at)
            .hazard(HazardKind::Capacity, "a session of somebody else is ended"),
        Statement::Lock(_) | Statement::LockTables { .. } => {
            Act::new(EffectKind::Update, "sql_statement", at)
                .hazard(HazardKind::Capacity, "whoever needs the table waits for as long as it is locked")
        }
        _ => return None,
    })
}

/// Settings of a session are everyday; those of the server, and those that switch checks off, are not.
fn set(upper: &str, at: String) -> Act {
    let act = Act::new(EffectKind::Update, "sql_setting", at).class(Class::Other);
    let checks = [
        "FOREIGN_KEY_CHECKS",
        "SESSION_REPLICATION_ROLE",
        "SQL_SAFE_UPDATES",
        "UNIQUE_CHECKS",
        "ROW_SECURITY",
    ];
    if let Some(check) = checks.into_iter().find(|check| upper.contains(check)) {
        return act.hazard(
            HazardKind::ProtectionOff,
            format!("`{}` is set, which checks what follows", check.to_ascii_lowercase()),
        );
    }
    if upper.starts_with("SET GLOBAL")
        || upper.starts_with("SET PERSIST")
        || upper.starts_with("SET @@GLOBAL")
    {
        return act.hazard(HazardKind::Unknown, "a setting of the whole server changes");
    }
    act
}
