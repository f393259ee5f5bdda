//! Snapshots and machine images: who was made from them, who would be.

use holdpoint_core::Link;
use serde_json::{Value, json};

use super::seen::{Dependent, Seen};
use super::view::View;
use super::{Subject, filters};
use crate::ask::{rows, text, texts};

pub(super) async fn snapshot(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = [subject.id.clone()];
    let (main, images, others) = tokio::join!(
        view.ask("ec2", "DescribeSnapshots", json!({"SnapshotId.1": subject.id})),
        view.list(
            "ec2",
            "DescribeImages",
            filters(&[("block-device-mapping.snapshot-id", &id)]),
            "imagesSet"
        ),
        view.list("ec2", "DescribeVolumes", filters(&[("snapshot-id", &id)]), "volumeSet"),
    );
    if let Some(row) = seen.main(main, "snapshotSet") {
        seen.tagged(&row, "tagSet");
        seen.was_text(
            &row,
            &[("of", "volumeId"), ("state", "status"), ("at", "startTime"), ("owner", "ownerId")],
        );
        seen.was_number(&row, &[("gigabytes", "volumeSize")]);
        seen.was("what", text(&row, "description"));
        siblings(view, &row, seen).await;
    }
    for row in seen.listed(images, "images") {
        let image = Dependent::new("aws_ami", &text(&row, "imageId"), "boots from it", Link::Mention);
        seen.depends(image.tagged(&row, "tagSet"));
    }
    let made = seen.listed(others, "volumes").len();
    seen.was("volumes_made_from_it", made);
}

/// Other snapshots of the same volume, and whether the volume itself still exists: what is left when this one goes.
async fn siblings(view: &View<'_>, row: &Value, seen: &mut Seen) {
    let volume = [text(row, "volumeId")];
    let (found, source) = tokio::join!(
        super::volume::points(view, &volume, None),
        view.list("ec2", "DescribeVolumes", filters(&[("volume-id", &volume)]), "volumeSet"),
    );
    let this = text(row, "snapshotId");
    super::volume::note_points(seen, found);
    seen.points.retain(|point| point.id != this);
    let stays = source.as_ref().ok().map(|rows| !rows.rows.is_empty());
    seen.listed(source, "volumes");
    seen.was("source_exists", stays);
}

pub(super) async fn image(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = [subject.id.clone()];
    let (main, machines) = tokio::join!(
        view.ask("ec2", "DescribeImages", json!({"ImageId.1": subject.id})),
        view.list("ec2", "DescribeInstances", filters(&[("image-id", &id)]), "reservationSet/instancesSet"),
    );
    if let Some(row) = seen.main(main, "imagesSet") {
        seen.tagged(&row, "tagSet");
        seen.was_text(&row, &[("state", "imageState"), ("owner", "imageOwnerId"), ("at", "creationDate")]);
        seen.was("snapshots", texts(&row, "blockDeviceMapping/ebs/snapshotId"));
        for shown in rows(&row, "name").into_iter().filter_map(Value::as_str) {
            seen.name = Some(crate::ask::plain(shown));
        }
    }
    for row in seen.listed(machines, "instances") {
        let machine =
            Dependent::new("aws_instance", &text(&row, "instanceId"), "was started from it", Link::Mention);
        seen.depends(machine.tagged(&row, "tagSet"));
    }
    seen.gap("not looked at: launch templates, Auto Scaling groups and other accounts that start from it");
}
