//! Statements in SQL and PartiQL that a call carries.

use holdpoint_core::EffectKind;

use super::deed::Deed;
use super::subject::Subject;
use crate::act::Hidden;
use crate::table::scalar;
use crate::value::find;
use crate::{ReadError, sql};

/// Where each operation has its statements, and what names the database.
const CARRY: [(&str, &str, &str, &str); 9] = [
    ("rds-data", "ExecuteStatement", "sql", "resourceArn"),
    ("rds-data", "BatchExecuteStatement", "sql", "resourceArn"),
    ("rds-data", "ExecuteSql", "sqlStatements", "dbClusterOrInstanceArn"),
    ("redshift-data", "ExecuteStatement", "Sql", "ClusterIdentifier"),
    ("redshift-data", "BatchExecuteStatement", "Sqls", "ClusterIdentifier"),
    ("athena", "StartQueryExecution", "QueryString", "WorkGroup"),
    ("dynamodb", "ExecuteStatement", "Statement", ""),
    ("dynamodb", "BatchExecuteStatement", "Statements.Statement", ""),
    ("dynamodb", "ExecuteTransaction", "TransactStatements.Statement", ""),
];

/// Replaces the deed of such a call by what its statements do.
pub(super) fn judge(
    subject: &Subject<'_>,
    hidden: &mut Hidden,
    deeds: &mut Vec<Deed>,
) -> Result<(), ReadError> {
    let call = subject.call;
    let Some((_, _, path, database)) =
        CARRY.iter().find(|(service, operation, ..)| subject.is(service, &[*operation]))
    else {
        return Ok(());
    };
    let texts: Vec<String> = find(&subject.parameters, path)
        .into_iter()
        .flat_map(|(_, node)| {
            scalar(node)
                .into_iter()
                .chain(node.items().iter().filter_map(scalar))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let at = subject.text(database).map(super::names::tail).unwrap_or_default();
    let mut out = Vec::new();
    for text in texts {
        for mut act in sql::acts(&text, hidden)? {
            let place = if at.is_empty() { call.service.clone() } else { format!("{} {at}", call.service) };
            act.address = format!("{place} {}", act.address);
            if call.service == "dynamodb" && act.effect != EffectKind::Read {
                act.kind = "aws_dynamodb_table".to_owned();
                act.class = None;
                // Items go, not the table: PartiQL has no word for that.
                act.effect = EffectKind::Update;
            }
            out.push(Deed::new(act));
        }
    }
    if !out.is_empty() {
        *deeds = out;
    }
    Ok(())
}
