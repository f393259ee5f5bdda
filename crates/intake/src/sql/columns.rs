//! `ALTER TABLE`.

use holdpoint_core::{EffectKind, HazardKind};
use sqlparser::ast::{AlterColumnOperation, AlterTable, AlterTableOperation as Operation, DataType};

use super::statement::{plain, table};
use crate::act::Act;

/// One effect: the table, with every hazard that its operations have.
pub(super) fn acts(alter: &AlterTable) -> Vec<Act> {
    let name = alter.name.to_string();
    let mut act = table(EffectKind::Update, &name);
    for operation in &alter.operations {
        if let Some((kind, says)) = hazard(operation, &plain(&name)) {
            act.adds_hazard(kind, says);
        }
    }
    vec![act]
}

fn hazard(operation: &Operation, table: &str) -> Option<(HazardKind, String)> {
    match operation {
        Operation::DropColumn { column_names, .. } => {
            let names: Vec<String> = column_names.iter().map(|name| name.value.clone()).collect();
            Some((
                HazardKind::DataLoss,
                format!("`DROP COLUMN` destroys `{}` of `{table}`", names.join("`, `")),
            ))
        }
        Operation::DropPartitions { .. } => {
            Some((HazardKind::DataLoss, format!("`DROP PARTITION` destroys a part of `{table}`")))
        }
        Operation::AlterColumn { column_name, op: AlterColumnOperation::SetDataType { data_type, .. } } => {
            retyped(data_type, &column_name.value, table)
        }
        Operation::ModifyColumn { col_name, data_type, .. } => retyped(data_type, &col_name.value, table),
        Operation::ChangeColumn { old_name, data_type, .. } => retyped(data_type, &old_name.value, table),
        Operation::DisableRowLevelSecurity => {
            Some((HazardKind::Exposure, format!("row-level security of `{table}` is switched off")))
        }
        Operation::NoForceRowLevelSecurity => Some((
            HazardKind::Exposure,
            format!("the owner of `{table}` is no longer bound by row-level security"),
        )),
        Operation::DisableTrigger { .. } | Operation::DisableRule { .. } => {
            Some((HazardKind::ProtectionOff, format!("a trigger or rule of `{table}` is switched off")))
        }
        Operation::OwnerTo { .. } => Some((HazardKind::Privilege, format!("`{table}` gets another owner"))),
        Operation::SwapWith { .. } | Operation::RenameTable { .. } => Some((
            HazardKind::Unknown,
            format!("`{table}` becomes another table, and who reads it is not shown"),
        )),
        Operation::SetUnlogged => Some((
            HazardKind::BackupLoss,
            format!("an unlogged `{table}` is empty after a crash, and is not replicated"),
        )),
        Operation::AddConstraint { .. }
        | Operation::AddColumn { .. }
        | Operation::AddPartitions { .. }
        | Operation::AttachPartition { .. }
        | Operation::AttachPartitionOf { .. }
        | Operation::DetachPartition { .. }
        | Operation::DetachPartitionOf { .. }
        | Operation::DropConstraint { .. }
        | Operation::DropPrimaryKey { .. }
        | Operation::DropForeignKey { .. }
        | Operation::DropIndex { .. }
        | Operation::EnableRowLevelSecurity
        | Operation::ForceRowLevelSecurity
        | Operation::EnableTrigger { .. }
        | Operation::EnableRule { .. }
        | Operation::EnableAlwaysTrigger { .. }
        | Operation::EnableAlwaysRule { .. }
        | Operation::ReplicaIdentity { .. }
        | Operation::RenameColumn { .. }
        | Operation::RenameConstraint { .. }
        | Operation::AlterColumn { .. }
        | Operation::SetLogged
        | Operation::Algorithm { .. }
        | Operation::Lock { .. }
        | Operation::AutoIncrement { .. } => None,
        _ => Some((HazardKind::Unknown, format!("a change of `{table}` is not one that is known"))),
    }
}

/// Types that hold whatever there was; any other may cut it.
fn retyped(to: &DataType, column: &str, table: &str) -> Option<(HazardKind, String)> {
    let roomy = matches!(
        to,
        DataType::Text | DataType::BigInt(_) | DataType::LongText | DataType::JSON | DataType::JSONB
    ) || to.to_string().to_ascii_uppercase().starts_with("TIMESTAMP");
    (!roomy).then(|| {
        (HazardKind::DataLoss, format!("`{column}` of `{table}` gets a type that may cut what it holds"))
    })
}
