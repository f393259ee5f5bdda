//! ElastiCache: members of a group, and its snapshots.

use holdpoint_core::Link;
use serde_json::json;

use super::Subject;
use super::seen::{Dependent, Saved, Seen};
use super::view::View;
use crate::ask::{Rows, Unanswered, text, texts};

pub(super) async fn cluster(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"CacheClusterId": subject.id});
    let (main, saved) = tokio::join!(
        view.ask("elasticache", "DescribeCacheClusters", &of),
        view.list("elasticache", "DescribeSnapshots", &of, "Snapshots/Snapshot"),
    );
    if let Some(row) = seen.main(main, "CacheClusters/CacheCluster") {
        seen.was_text(
            &row,
            &[("state", "CacheClusterStatus"), ("engine", "Engine"), ("class", "CacheNodeType")],
        );
        seen.was_number(&row, &[("nodes", "NumCacheNodes"), ("backup_days", "SnapshotRetentionLimit")]);
        let group = text(&row, "ReplicationGroupId");
        if !group.is_empty() {
            let how = "has it as a member";
            seen.depends(Dependent::new("aws_elasticache_replication_group", &group, how, Link::Owner));
        }
    }
    points(seen, saved);
}

pub(super) async fn group(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"ReplicationGroupId": subject.id});
    let (main, saved) = tokio::join!(
        view.ask("elasticache", "DescribeReplicationGroups", &of),
        view.list("elasticache", "DescribeSnapshots", &of, "Snapshots/Snapshot"),
    );
    if let Some(row) = seen.main(main, "ReplicationGroups/ReplicationGroup") {
        seen.was_text(
            &row,
            &[("state", "Status"), ("failover", "AutomaticFailover"), ("class", "CacheNodeType")],
        );
        seen.was_number(&row, &[("backup_days", "SnapshotRetentionLimit")]);
        for member in texts(&row, "MemberClusters/ClusterId") {
            seen.depends(Dependent::new(
                "aws_elasticache_cluster",
                &member,
                "is a member of it",
                Link::Owner,
            ));
        }
    }
    points(seen, saved);
}

/// Manual snapshots stay; automatic ones go with what they were made of.
fn points(seen: &mut Seen, found: Result<Rows, Unanswered>) {
    for row in seen.listed(found, "snapshots") {
        let name = text(&row, "SnapshotName");
        let stays = text(&row, "SnapshotSource") == "manual" && text(&row, "SnapshotStatus") == "available";
        let what = format!("{} snapshot `{name}`", text(&row, "SnapshotSource"));
        let at = text(&row, "NodeSnapshots/NodeSnapshot/SnapshotCreateTime");
        seen.points.push(Saved::new(&name, &what, stays, &at));
    }
}
