//! EFS: where a file system is mounted.

use holdpoint_core::Link;
use serde_json::json;

use super::Subject;
use super::seen::{Dependent, Seen};
use super::view::View;
use crate::ask::{rows, text};

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"FileSystemId": subject.id});
    let (main, mounts) = tokio::join!(
        view.ask("efs", "DescribeFileSystems", &of),
        view.ask("efs", "DescribeMountTargets", &of),
    );
    if let Some(row) = seen.main(main, "FileSystems") {
        seen.tagged(&row, "Tags");
        seen.was("state", text(&row, "LifeCycleState"));
        seen.was_number(&row, &[("bytes", "SizeInBytes/Value"), ("mounts", "NumberOfMountTargets")]);
        seen.was_truth(&row, &[("encrypted", "Encrypted")]);
        seen.was("replication", text(&row, "FileSystemProtection/ReplicationOverwriteProtection"));
    }
    for row in rows(&seen.aside(mounts).unwrap_or_default(), "MountTargets") {
        let mount =
            Dependent::new("aws_efs_mount_target", &text(row, "MountTargetId"), "mounts it", Link::Mention);
        seen.depends(mount);
    }
    seen.gap("not looked at: its backups, and who has it mounted");
}
