use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use holdpoint_store::cluster::{Cluster, ClusterError, Options};

use crate::support::{Place, command, options, root};

async fn refused(place: &Place, options: &Options) -> ClusterError {
    Cluster::ensure(&place.base, options).await.map(|_| ()).unwrap_err()
}

fn program(path: &Path, prints: &str) {
    fs::write(path, format!("#!/bin/sh\necho '{prints}'\n")).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn programs_that_are_missing_or_too_old_are_named() {
    let Some(place) = Place::new("programs_that_are_missing_or_too_old_are_named") else { return };
    let bin = place.root.join("bin");
    fs::create_dir(&bin).unwrap();
    let named = Options { pg_bin: Some(bin.clone()), path: None };
    let error = refused(&place, &named).await;
    assert!(matches!(error, ClusterError::NamedMissing { program: "postgres", .. }), "{error}");
    program(&bin.join("postgres"), "postgres (PostgreSQL) 13.4 (Debian 13.4-1)");
    let error = refused(&place, &named).await;
    assert!(matches!(error, ClusterError::NamedMissing { program: "initdb", .. }), "{error}");
    program(&bin.join("initdb"), "initdb (PostgreSQL) 13.4");
    let error = refused(&place, &named).await;
    assert!(matches!(error, ClusterError::TooOld { .. }), "{error}");
    let said = error.to_string();
    assert!(
        said.contains("13.4") && said.contains("version 14 or newer") && said.contains("apt install"),
        "{said}"
    );
    assert!(!place.data().exists());
}

#[tokio::test]
async fn data_of_another_version_is_left_alone() {
    let Some(place) = Place::stopped("data_of_another_version_is_left_alone").await else { return };
    fs::write(place.data().join("PG_VERSION"), "99\n").unwrap();
    let error = refused(&place, &options()).await;
    assert!(matches!(&error, ClusterError::OtherVersion { made_by, .. } if made_by == "99"), "{error}");
    assert!(error.to_string().contains("apt install postgresql-99"), "{error}");
    assert!(place.data().join("base").is_dir());
}

#[tokio::test]
async fn directories_that_are_not_ours_are_left_alone() {
    let Some(place) = Place::new("directories_that_are_not_ours_are_left_alone") else { return };
    fs::create_dir_all(place.data()).unwrap();
    fs::write(place.data().join("PG_VERSION"), "15\n").unwrap();
    let error = refused(&place, &options()).await;
    assert!(error.to_string().contains("not a database of Holdpoint's"), "{error}");
    assert!(place.data().join("PG_VERSION").is_file());

    fs::remove_dir_all(place.data()).unwrap();
    fs::write(place.data(), "a file").unwrap();
    assert!(refused(&place, &options()).await.to_string().contains("is not a directory"));

    fs::set_permissions(&place.base, Permissions::from_mode(0o777)).unwrap();
    assert!(refused(&place, &options()).await.to_string().contains("may be written by other users"));
}

#[tokio::test]
async fn a_closed_parent_is_named() {
    let Some(mut place) = Place::new("a_closed_parent_is_named") else { return };
    if !root() {
        return eprintln!("skipped: a_closed_parent_is_named (not root)");
    }
    let closed = place.root.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    place.base = closed.join("inner/db");
    let error = refused(&place, &options()).await;
    assert!(matches!(&error, ClusterError::Unreachable { parent, .. } if *parent == closed), "{error}");
    assert!(error.to_string().contains("/var/lib/holdpoint"), "{error}");
}

/// A small file system of its own; None where none may be mounted.
struct Mount<'a>(&'a Path);

impl Mount<'_> {
    fn new<'a>(at: &'a Path, how: &str, test: &str) -> Option<Mount<'a>> {
        fs::create_dir_all(at).unwrap();
        let mounted = command("mount").args(["-t", "tmpfs", "-o", how, "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Mount(at));
        }
        eprintln!("skipped: {test} (may not mount)");
        None
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = command("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_read_only_file_system_is_said() {
    let Some(mut place) = Place::new("a_read_only_file_system_is_said") else { return };
    place.base = place.root.join("ro/db");
    let at = place.root.join("ro");
    let Some(_mount) = Mount::new(&at, "ro,size=64k", "a_read_only_file_system_is_said") else { return };
    let error = refused(&place, &options()).await;
    assert!(matches!(error, ClusterError::ReadOnly { .. }), "{error}");
    assert!(error.to_string().contains("mounted read-only"));
}

#[tokio::test]
async fn a_cluster_on_a_disk_that_became_read_only_is_said() {
    let test = "a_cluster_on_a_disk_that_became_read_only_is_said";
    let Some(mut place) = Place::new(test) else { return };
    place.base = place.root.join("disk/db");
    let at = place.root.join("disk");
    let Some(_mount) = Mount::new(&at, "size=200m,mode=0755", test) else { return };
    place.ensure().await.unwrap().stop().await.unwrap();
    assert!(command("mount").args(["-o", "remount,ro"]).arg(&at).status().unwrap().success());
    let error = refused(&place, &options()).await;
    assert!(matches!(error, ClusterError::ReadOnly { .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_data_survives() {
    let test = "a_full_disk_is_said_and_the_data_survives";
    let Some(mut place) = Place::new(test) else { return };
    place.base = place.root.join("disk/db");
    let at = place.root.join("disk");
    let Some(_mount) = Mount::new(&at, "size=12m,mode=0755", test) else { return };
    let error = refused(&place, &options()).await;
    assert!(matches!(error, ClusterError::StorageFull { .. }), "{error}");
    assert!(command("mount").args(["-o", "remount,size=200m"]).arg(&at).status().unwrap().success());
    place.ensure().await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_start_that_fails_quotes_the_log() {
    let Some(place) = Place::stopped("a_start_that_fails_quotes_the_log").await else { return };
    fs::write(place.data().join("postgresql.auto.conf"), "no_such_setting = 1\n").unwrap();
    let error = refused(&place, &options()).await;
    assert!(matches!(error, ClusterError::Start { .. }), "{error}");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}
