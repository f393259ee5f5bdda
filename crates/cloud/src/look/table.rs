//! DynamoDB: how much a table holds, what reads its stream, what could bring it back.

use holdpoint_core::Link;
use serde_json::{Value, json};

use super::Subject;
use super::seen::{Dependent, Saved, Seen};
use super::view::View;
use crate::ask::{Unanswered, rows, text, texts};

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let name = subject.within.as_deref().unwrap_or(&subject.id);
    let of = json!({ "TableName": name });
    let (main, continuous, backups) = tokio::join!(
        view.ask("dynamodb", "DescribeTable", &of),
        view.ask("dynamodb", "DescribeContinuousBackups", &of),
        view.list("dynamodb", "ListBackups", &of, "BackupSummaries"),
    );
    point_in_time(seen, continuous, name);
    for row in seen.listed(backups, "backups") {
        let id = text(&row, "BackupName");
        let available = text(&row, "BackupStatus") == "AVAILABLE";
        let what = format!("backup `{id}`{}", if available { "" } else { ", not available" });
        let saved =
            Saved::new(&text(&row, "BackupArn"), &what, available, &seconds(&row, "BackupCreationDateTime"));
        let owner = text(&row, "BackupArn").split(':').nth(4).unwrap_or_default().to_owned();
        seen.points.push(saved.owned(&owner, subject.account.as_deref()));
    }
    let Some(row) = seen.main(main, "Table") else { return };
    seen.name = Some(crate::ask::plain(name));
    seen.was_text(&row, &[("state", "TableStatus"), ("class", "TableClassSummary/TableClass")]);
    seen.was_number(&row, &[("items", "ItemCount"), ("bytes", "TableSizeBytes")]);
    let protected = crate::ask::truth(&row, "DeletionProtectionEnabled").unwrap_or(false);
    seen.was("deletion_protection", protected);
    seen.was("replicas", texts(&row, "Replicas/RegionName"));
    let stream = text(&row, "LatestStreamArn");
    let (tags, readers) = tokio::join!(
        view.ask("dynamodb", "ListTagsOfResource", json!({"ResourceArn": text(&row, "TableArn")})),
        readers(view, &stream),
    );
    if let Some(tags) = seen.aside(tags) {
        seen.tagged(&tags, "Tags");
    }
    if let Some(readers) = seen.aside(readers) {
        for reader in rows(&readers, "EventSourceMappings") {
            let function = text(reader, "FunctionArn");
            seen.depends(Dependent::new("aws_lambda_function", &function, "reads its stream", Link::Mention));
        }
    }
}

/// With point-in-time recovery on, deleting the table leaves a backup of 35 days; items can be restored, too.
fn point_in_time(seen: &mut Seen, continuous: Result<Value, Unanswered>, name: &str) {
    let Some(continuous) = seen.aside(continuous) else { return };
    let path = "ContinuousBackupsDescription/PointInTimeRecoveryDescription";
    let on = text(&continuous, &format!("{path}/PointInTimeRecoveryStatus")) == "ENABLED";
    seen.was("point_in_time_recovery", on);
    if on {
        let at = seconds(&continuous, &format!("{path}/LatestRestorableDateTime"));
        let what = format!("point-in-time recovery of `{}`, kept for 35 days", crate::ask::plain(name));
        seen.points.push(Saved::new("point-in-time", &what, true, &at));
    }
}

async fn readers(view: &View<'_>, stream: &str) -> Result<Value, Unanswered> {
    if stream.is_empty() {
        return Ok(Value::Null);
    }
    view.ask("lambda", "ListEventSourceMappings", json!({ "EventSourceArn": stream })).await
}

/// JSON services write times as seconds since 1970; recovery points carry RFC 3339.
pub(super) fn seconds(value: &Value, path: &str) -> String {
    let seconds = rows(value, path).first().and_then(|value| value.as_f64());
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time out of range is no time, and fractions do not matter"
    )]
    let at = seconds.and_then(|seconds| time::OffsetDateTime::from_unix_timestamp(seconds as i64).ok());
    at.and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok()).unwrap_or_default()
}
