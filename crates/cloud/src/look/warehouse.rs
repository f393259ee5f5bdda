//! Redshift: a cluster and its snapshots.

use serde_json::json;

use super::Subject;
use super::seen::{Saved, Seen};
use super::view::View;
use crate::ask::text;

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"ClusterIdentifier": subject.id});
    let (main, saved) = tokio::join!(
        view.ask("redshift", "DescribeClusters", &of),
        view.list("redshift", "DescribeClusterSnapshots", &of, "Snapshots/Snapshot"),
    );
    if let Some(row) = seen.main(main, "Clusters/Cluster") {
        seen.tagged(&row, "Tags/Tag");
        seen.was_text(&row, &[("state", "ClusterStatus"), ("class", "NodeType")]);
        seen.was_number(
            &row,
            &[("nodes", "NumberOfNodes"), ("backup_days", "AutomatedSnapshotRetentionPeriod")],
        );
        seen.was_truth(&row, &[("public", "PubliclyAccessible"), ("encrypted", "Encrypted")]);
    }
    for row in seen.listed(saved, "snapshots") {
        let name = text(&row, "SnapshotIdentifier");
        let made = text(&row, "SnapshotType");
        let stays = made == "manual" && text(&row, "Status") == "available";
        let saved =
            Saved::new(&name, &format!("{made} snapshot `{name}`"), stays, &text(&row, "SnapshotCreateTime"));
        seen.points.push(saved.owned(&text(&row, "OwnerAccount"), subject.account.as_deref()));
    }
    seen.gap("not looked at: who reads from it");
}
