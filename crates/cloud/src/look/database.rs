//! RDS: instances and Aurora clusters, their replicas, and the backups that are left.

use std::time::Duration;

use holdpoint_core::Link;
use serde_json::{Value, json};

use super::Subject;
use super::seen::{Dependent, Saved, Seen};
use super::traffic::{Metric, metric};
use super::view::View;
use crate::ask::{Rows, Unanswered, number, rows, text, texts, truth};

const HOUR: Duration = Duration::from_secs(3600);
const SHOWN: &[(&str, &str)] =
    &[("engine", "Engine"), ("version", "EngineVersion"), ("class", "DBInstanceClass")];

pub(super) async fn instance(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = subject.id.as_str();
    let connections = Metric {
        namespace: "AWS/RDS",
        name: "DatabaseConnections",
        statistic: "Maximum",
        dimensions: &[("DBInstanceIdentifier", id)],
        over: HOUR,
    };
    let of = json!({ "DBInstanceIdentifier": id });
    let (main, snapshots, automated, live) = tokio::join!(
        view.ask("rds", "DescribeDBInstances", &of),
        view.list("rds", "DescribeDBSnapshots", &of, "DBSnapshots/DBSnapshot"),
        view.list(
            "rds",
            "DescribeDBInstanceAutomatedBackups",
            &of,
            "DBInstanceAutomatedBackups/DBInstanceAutomatedBackup"
        ),
        metric(view, connections),
    );
    if let Some(row) = seen.main(main, "DBInstances/DBInstance") {
        common(seen, &row, "DBInstanceStatus");
        seen.was_truth(&row, &[("public", "PubliclyAccessible"), ("several_zones", "MultiAZ")]);
        replicas(
            seen,
            &row,
            "ReadReplicaDBInstanceIdentifiers/ReadReplicaDBInstanceIdentifier",
            "aws_db_instance",
        );
        replicas(
            seen,
            &row,
            "ReadReplicaDBClusterIdentifiers/ReadReplicaDBClusterIdentifier",
            "aws_rds_cluster",
        );
        let cluster = text(&row, "DBClusterIdentifier");
        if !cluster.is_empty() {
            seen.depends(Dependent::new("aws_rds_cluster", &cluster, "has it as a member", Link::Owner));
        }
    }
    note_snapshots(seen, snapshots, "DBSnapshotIdentifier", subject);
    note_automated(seen, automated, "DBInstanceAutomatedBackupsArn", &subject.region);
    seen.traffic("connections_last_hour", live);
}

pub(super) async fn cluster(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = subject.id.as_str();
    let connections = Metric {
        namespace: "AWS/RDS",
        name: "DatabaseConnections",
        statistic: "Maximum",
        dimensions: &[("DBClusterIdentifier", id)],
        over: HOUR,
    };
    let of = json!({ "DBClusterIdentifier": id });
    let (main, snapshots, live) = tokio::join!(
        view.ask("rds", "DescribeDBClusters", &of),
        view.list("rds", "DescribeDBClusterSnapshots", &of, "DBClusterSnapshots/DBClusterSnapshot"),
        metric(view, connections),
    );
    if let Some(row) = seen.main(main, "DBClusters/DBCluster") {
        common(seen, &row, "Status");
        for member in rows(&row, "DBClusterMembers/DBClusterMember") {
            let writes = truth(member, "IsClusterWriter").unwrap_or(false);
            let how = if writes { "writes to it" } else { "reads from it" };
            let id = text(member, "DBInstanceIdentifier");
            seen.depends(Dependent::new("aws_rds_cluster_instance", &id, how, Link::Owner));
        }
        replicas(seen, &row, "ReadReplicaIdentifiers/ReadReplicaIdentifier", "aws_rds_cluster");
    }
    note_snapshots(seen, snapshots, "DBClusterSnapshotIdentifier", subject);
    seen.traffic("connections_last_hour", live);
}

/// How the API calls a snapshot of a kind, and its source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    list: &'static str,
    rows: &'static str,
    id: &'static str,
    source: &'static str,
    sources: &'static str,
    described: &'static str,
}

pub(super) const OF_INSTANCE: Kind = Kind {
    list: "DescribeDBSnapshots",
    rows: "DBSnapshots/DBSnapshot",
    id: "DBSnapshotIdentifier",
    source: "DBInstanceIdentifier",
    sources: "DescribeDBInstances",
    described: "DBInstances/DBInstance",
};

pub(super) const OF_CLUSTER: Kind = Kind {
    list: "DescribeDBClusterSnapshots",
    rows: "DBClusterSnapshots/DBClusterSnapshot",
    id: "DBClusterSnapshotIdentifier",
    source: "DBClusterIdentifier",
    sources: "DescribeDBClusters",
    described: "DBClusters/DBCluster",
};

/// A snapshot: what it is of, whether that still exists, and which others are left when it goes.
pub(super) async fn snapshot(view: &View<'_>, subject: &Subject, seen: &mut Seen, kind: Kind) {
    let main = view.ask("rds", kind.list, json!({ kind.id: subject.id })).await;
    let Some(row) = seen.main(main, kind.rows) else { return };
    seen.tagged(&row, "TagList/Tag");
    seen.was_text(&row, &[("made", "SnapshotType"), ("state", "Status"), ("at", "SnapshotCreateTime")]);
    seen.was_number(&row, &[("gigabytes", "AllocatedStorage")]);
    let source = text(&row, kind.source);
    seen.was("of", source.clone());
    let of = json!({ kind.source: source });
    let (others, described) =
        tokio::join!(view.list("rds", kind.list, &of, kind.rows), view.ask("rds", kind.sources, &of));
    note_snapshots(seen, others, kind.id, subject);
    seen.points.retain(|point| point.id != subject.id);
    if let Some(described) = seen.aside(described) {
        seen.was("source_exists", !rows(&described, kind.described).is_empty());
    }
}

fn common(seen: &mut Seen, row: &Value, status: &str) {
    seen.tagged(row, "TagList/Tag");
    seen.was_text(row, SHOWN);
    seen.was("state", text(row, status));
    seen.was_truth(row, &[("deletion_protection", "DeletionProtection"), ("encrypted", "StorageEncrypted")]);
    seen.was_number(row, &[("backup_days", "BackupRetentionPeriod"), ("gigabytes", "AllocatedStorage")]);
    seen.was("restorable_until", text(row, "LatestRestorableTime"));
    // Automated backups go with their source, unless the deletion itself says that they stay.
    if let Some(days) = number(row, "BackupRetentionPeriod").filter(|days| *days > 0) {
        let what = format!("automated backups for {days} days");
        seen.points.push(Saved::new("automated", &what, false, &text(row, "LatestRestorableTime")));
    }
}

fn replicas(seen: &mut Seen, row: &Value, path: &str, kind: &str) {
    for id in texts(row, path) {
        seen.depends(Dependent::new(kind, &id, "replicates from it", Link::Mention));
    }
}

/// Manual snapshots stay when their source goes, automated ones go with it.
fn note_snapshots(seen: &mut Seen, found: Result<Rows, Unanswered>, id: &str, subject: &Subject) {
    for row in seen.listed(found, "snapshots") {
        let name = text(&row, id);
        let made = text(&row, "SnapshotType");
        let available = text(&row, "Status") == "available";
        let stays = available && matches!(made.as_str(), "manual" | "awsbackup" | "shared");
        let state = if available { "" } else { ", not available" };
        let what = format!("{made} snapshot `{name}`{state}");
        let saved = Saved::new(&name, &what, stays, &text(&row, "SnapshotCreateTime"));
        let arn = [text(&row, "DBSnapshotArn"), text(&row, "DBClusterSnapshotArn")].concat();
        let owner = arn.split(':').nth(4).unwrap_or_default().to_owned();
        seen.points.push(saved.owned(&owner, subject.account.as_deref()));
    }
}

/// Retained backups, and those that are replicated to another region.
fn note_automated(seen: &mut Seen, found: Result<Rows, Unanswered>, id: &str, region: &str) {
    for row in seen.listed(found, "automated backups") {
        let arn = text(&row, id);
        let kept = text(&row, "Status") == "retained";
        let elsewhere = arn.split(':').nth(3).is_some_and(|of| !of.is_empty() && of != region);
        let what = format!("automated backups `{arn}` ({})", text(&row, "Status"));
        seen.points.push(Saved::new(&arn, &what, kept || elsewhere, &text(&row, "RestoreWindow/LatestTime")));
    }
}
