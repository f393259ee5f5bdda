//! What holds data.

use crate::world::{ids, of, world};

#[tokio::test]
async fn an_instance_shows_what_goes_with_it() {
    let Some(world) = world("an_instance_shows_what_goes_with_it") else { return };
    let seen = world.look("aws_instance", world.id("machine")).await;
    assert_eq!(seen.exists, Some(true));
    assert_eq!((seen.name.as_deref(), &*seen.tags["Environment"]), (Some("web-1"), "prod"));
    assert_eq!(seen.before["termination_protection"], true, "{:?}", seen.before);
    assert_eq!(seen.before["state"], "running");
    assert_eq!(ids(&seen, "aws_ebs_volume"), [world.id("root")]);
    assert_eq!(seen.before["volumes_lost"][0], world.id("root"));
    assert_eq!(ids(&seen, "aws_eip"), [world.id("address")]);
    assert_eq!(ids(&seen, "aws_lb_target_group"), [world.id("targets")]);
    let saved = seen.points.iter().find(|point| point.id == world.id("saved")).unwrap();
    assert!(saved.point.outlives && saved.point.at.is_some());
    assert_eq!(seen.gaps, Vec::<String>::new());
}

#[tokio::test]
async fn disks_snapshots_and_images_show_who_uses_them() {
    let Some(world) = world("disks_snapshots_and_images_show_who_uses_them") else { return };
    let disk = world.look("aws_ebs_volume", world.id("root")).await;
    assert_eq!(ids(&disk, "aws_instance"), [world.id("machine")]);
    assert!(disk.points.iter().any(|point| point.id == world.id("saved")));
    let saved = world.look("aws_ebs_snapshot", world.id("saved")).await;
    assert_eq!((saved.exists, &saved.before["source_exists"]), (Some(true), &true.into()));
    assert!(saved.points.iter().all(|point| point.id != world.id("saved")));
    let image = world.look("aws_ami", world.id("image")).await;
    assert_eq!(ids(&image, "aws_instance"), [world.id("from_image")]);
    let gone = world.look("aws_ebs_volume", "vol-00000000000000000").await;
    assert_eq!((gone.exists, gone.gaps.len()), (Some(false), 0), "{:?}", gone.gaps);
}

#[tokio::test]
async fn a_database_shows_replicas_protection_and_backups() {
    let Some(world) = world("a_database_shows_replicas_protection_and_backups") else { return };
    let seen = world.look("aws_db_instance", "orders").await;
    assert_eq!(ids(&seen, "aws_db_instance"), ["orders-read"]);
    assert_eq!((&seen.before["deletion_protection"], &seen.before["backup_days"]), (&true.into(), &7.into()));
    assert_eq!(seen.tags["Environment"], "prod");
    let manual = seen.points.iter().find(|point| point.id == "before-upgrade").unwrap();
    assert_eq!((manual.point.outlives, manual.same_account), (true, Some(true)));
    let automated = seen.points.iter().find(|point| point.id == "automated").unwrap();
    assert!(!automated.point.outlives, "automated backups go with their source");
    assert!(seen.gaps.iter().any(|gap| gap.contains("connections_last_hour")), "{:?}", seen.gaps);
    let gone = world.look("aws_db_instance", "no-such-database").await;
    assert_eq!(gone.exists, Some(false));
}

#[tokio::test]
async fn a_cluster_shows_members_and_snapshots() {
    let Some(world) = world("a_cluster_shows_members_and_snapshots") else { return };
    let seen = world.look("aws_rds_cluster", "ledger").await;
    assert_eq!(ids(&seen, "aws_rds_cluster_instance"), ["ledger-1"]);
    assert_eq!(seen.before["deletion_protection"], true);
    assert!(seen.points.iter().any(|point| point.id == "ledger-safe" && point.point.outlives));
    let member = world.look("aws_rds_cluster_instance", "ledger-1").await;
    assert_eq!(ids(&member, "aws_rds_cluster"), ["ledger"]);
}

#[tokio::test]
async fn a_snapshot_shows_what_is_left_without_it() {
    let Some(world) = world("a_snapshot_shows_what_is_left_without_it") else { return };
    let seen = world.look("aws_db_snapshot", "before-upgrade").await;
    assert_eq!((seen.exists, &seen.before["source_exists"]), (Some(true), &true.into()));
    assert!(seen.points.iter().all(|point| point.id != "before-upgrade"));
    let cluster = world.look("aws_db_cluster_snapshot", "ledger-safe").await;
    assert_eq!((cluster.exists, &cluster.before["of"]), (Some(true), &"ledger".into()));
    assert_eq!(world.look("aws_db_snapshot", "nothing").await.exists, Some(false));
}

#[tokio::test]
async fn a_bucket_shows_what_is_in_it_and_what_guards_it() {
    let Some(world) = world("a_bucket_shows_what_is_in_it_and_what_guards_it") else { return };
    let kept = world.look("aws_s3_bucket", "kept").await;
    assert_eq!((&kept.before["objects"], &kept.before["more_objects"]), (&7.into(), &false.into()));
    assert_eq!((&kept.before["versioning"], &kept.before["bytes"]), (&"Enabled".into(), &70.into()));
    assert_eq!(kept.tags["Environment"], "prod");
    assert_eq!(ids(&kept, "aws_sqs_queue").len(), 1, "{:?}", kept.dependents);
    let empty = world.look("aws_s3_bucket", "empty").await;
    assert_eq!((&empty.before["objects"], &empty.before["holds_versions"]), (&0.into(), &false.into()));
    assert_eq!(empty.before["versioning"], "Off");
    assert_eq!(world.look("aws_s3_bucket", "no-such-bucket").await.exists, Some(false));
}

#[tokio::test]
async fn objects_come_back_only_from_versions() {
    let Some(world) = world("objects_come_back_only_from_versions") else { return };
    let kept = world.look_in("aws_s3_object", "logs/", Some("kept")).await;
    assert_eq!((&kept.before["objects"], kept.points.len()), (&7.into(), 1));
    assert!(kept.points[0].point.outlives);
    let plain = world.look_in("aws_s3_object", "a", Some("plain")).await;
    assert_eq!((plain.exists, plain.points.len()), (Some(true), 0));
    let lost = world.look("aws_s3_object", "a").await;
    assert_eq!((lost.exists, lost.gaps.len()), (None, 1));
    let asker = world.asker();
    let view = crate::world::view(&asker, std::time::Duration::from_secs(30));
    let counted = holdpoint_cloud::look::count(&view, "kept", "logs/ü", 3).await.unwrap();
    assert_eq!((counted.objects, counted.more), (3, true), "a bound is a bound, and said");
    let all = holdpoint_cloud::look::count(&view, "kept", "", 5000).await.unwrap();
    assert_eq!((all.objects, all.more), (7, false));
}

#[tokio::test]
async fn a_table_shows_items_readers_and_backups() {
    let Some(world) = world("a_table_shows_items_readers_and_backups") else { return };
    let seen = world.look("aws_dynamodb_table", "users").await;
    assert_eq!((&seen.before["items"], &seen.before["deletion_protection"]), (&3.into(), &true.into()));
    assert_eq!(seen.before["point_in_time_recovery"], true);
    assert_eq!(seen.points.len(), 2, "{:?}", seen.points);
    assert!(seen.points.iter().all(|point| point.point.outlives));
    assert!(of(&seen, "aws_lambda_function")[0].id.ends_with(":function:reader"));
    assert_eq!(seen.tags["Environment"], "prod");
    assert_eq!(world.look("aws_dynamodb_table", "nothing").await.exists, Some(false));
}

#[tokio::test]
async fn stores_of_other_kinds_are_described() {
    let Some(world) = world("stores_of_other_kinds_are_described") else { return };
    let files = world.look("aws_efs_file_system", world.id("files")).await;
    assert_eq!((files.exists, of(&files, "aws_efs_mount_target").len()), (Some(true), 1), "{:?}", files.gaps);
    let warehouse = world.look("aws_redshift_cluster", "dwh").await;
    assert_eq!(warehouse.exists, Some(true), "{:?}", warehouse.gaps);
    let stays = |point: &&holdpoint_cloud::look::Saved| point.point.outlives;
    assert_eq!(warehouse.points.iter().find(stays).unwrap().id, "dwh-safe", "{:?}", warehouse.points);
    let cache = world.look("aws_elasticache_cluster", "hot").await;
    assert_eq!((cache.exists, &cache.before["engine"]), (Some(true), &"redis".into()), "{:?}", cache.gaps);
}
