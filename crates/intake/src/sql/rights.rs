//! Who may do what.

use holdpoint_core::{Class, EffectKind, HazardKind};
use sqlparser::ast::Statement;

use super::split::Piece;
use crate::act::Act;

/// Judged by its words: every dialect spells roles and their options in a way of its own.
pub(super) fn act(tree: &Statement, piece: &Piece) -> Act {
    let words: Vec<String> =
        piece.tokens.iter().map(|token| token.to_string().to_ascii_uppercase()).collect();
    let has = |word: &str| words.iter().any(|is| is == word);
    let effect = match tree {
        Statement::CreateRole(_) | Statement::CreateUser(_) | Statement::CreatePolicy(_) => {
            EffectKind::Create
        }
        Statement::DropPolicy(_) => EffectKind::Delete,
        _ => EffectKind::Update,
    };
    let act = Act::new(effect, "sql_grant", format!("sql rights line {}", piece.line)).class(Class::Identity);
    let mighty = ["SUPERUSER", "CREATEROLE", "BYPASSRLS", "REPLICATION"].into_iter().find(|word| has(word));
    match tree {
        Statement::Revoke(_) | Statement::RevokeRole(_) | Statement::Deny(_) => {
            act.hazard(HazardKind::Lockout, "rights are taken away, and who needs them is not shown")
        }
        Statement::CreateRole(_) | Statement::CreateUser(_) => match mighty {
            Some(word) => act.hazard(HazardKind::Privilege, format!("the new role has `{word}`")),
            None => act,
        },
        Statement::AlterRole { .. } | Statement::AlterUser(_) => match mighty {
            Some(word) => act.hazard(HazardKind::Privilege, format!("the role gets `{word}`")),
            None if has("NOLOGIN") || has("PASSWORD") || has("IDENTIFIED") => {
                act.hazard(HazardKind::Lockout, "who logs in with this role may no longer be able to")
            }
            None => act.hazard(HazardKind::Privilege, "the role's options change"),
        },
        Statement::DropPolicy(_) | Statement::AlterPolicy(_) => {
            act.hazard(HazardKind::Exposure, "a policy that keeps rows apart is changed or dropped")
        }
        Statement::CreatePolicy(_) => act,
        _ => act.hazard(HazardKind::Privilege, "rights are given"),
    }
}
