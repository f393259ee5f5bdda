//! Disks of EC2, and the snapshots that could bring them back.

use holdpoint_core::Link;
use serde_json::json;

use super::seen::{Dependent, Saved, Seen};
use super::view::View;
use super::{Subject, filters};
use crate::ask::{Rows, Unanswered, rows, text, truth};

pub(super) async fn volume(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let ids = [subject.id.clone()];
    let (main, saved) = tokio::join!(
        view.ask("ec2", "DescribeVolumes", json!({"VolumeId.1": subject.id})),
        points(view, &ids, subject.account.as_deref()),
    );
    if let Some(row) = seen.main(main, "volumeSet") {
        seen.tagged(&row, "tagSet");
        seen.was_text(&row, &[("state", "status"), ("type", "volumeType"), ("zone", "availabilityZone")]);
        seen.was_number(&row, &[("gigabytes", "size")]);
        seen.was_truth(&row, &[("encrypted", "encrypted")]);
        for attachment in rows(&row, "attachmentSet") {
            let machine = text(attachment, "instanceId");
            seen.depends(Dependent::new("aws_instance", &machine, "has it attached", Link::Mention));
        }
    }
    note_points(seen, saved);
}

/// The snapshots of some volumes; none is asked for if there is no volume.
pub(super) async fn points(
    view: &View<'_>,
    volumes: &[String],
    account: Option<&str>,
) -> (Result<Rows, Unanswered>, Option<String>) {
    let account = account.map(str::to_owned);
    if volumes.is_empty() {
        return (Ok(Rows::default()), account);
    }
    let asked = filters(&[("volume-id", volumes)]);
    (view.list("ec2", "DescribeSnapshots", asked, "snapshotSet").await, account)
}

/// Notes snapshots. One that is not complete brings nothing back.
pub(super) fn note_points(seen: &mut Seen, (found, account): (Result<Rows, Unanswered>, Option<String>)) {
    for row in seen.listed(found, "snapshots") {
        let id = text(&row, "snapshotId");
        let complete = text(&row, "status") == "completed";
        let copied = truth(&row, "encrypted").unwrap_or(false);
        let what = format!(
            "snapshot `{id}` of `{}`{}{}",
            text(&row, "volumeId"),
            if complete { "" } else { ", not complete" },
            if copied { ", encrypted" } else { "" },
        );
        let saved = Saved::new(&id, &what, complete, &text(&row, "startTime"));
        seen.points.push(saved.owned(&text(&row, "ownerId"), account.as_deref()));
    }
}
