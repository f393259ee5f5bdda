//! A disk that is full: said clearly, nothing recorded that was refused, and all goes on once there is room.

use std::fs;
use std::path::Path;

use holdpoint_tests::{Postgres, Site, command, large, open, until};

/// A small file system of its own, unmounted when dropped. None where none may be mounted.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(at: &'a Path, size: &str, test: &str) -> Option<Disk<'a>> {
        fs::create_dir_all(at).unwrap();
        let options = format!("size={size},mode=0755");
        let mounted = command("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Disk(at));
        }
        eprintln!("skipped: {test} (may not mount)");
        None
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut dd = command("dd");
        dd.args(["if=/dev/zero", "bs=64k", "status=none"]).arg(format!("of={}/filler", self.0.display()));
        assert!(!dd.status().unwrap().success(), "the disk did not become full");
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = command("umount").arg("-l").arg(self.0).status();
        let _ = fs::remove_dir(self.0);
    }
}

#[test]
fn a_full_disk_is_said_and_recovered_from() {
    let test = "a_full_disk_is_said_and_recovered_from";
    let at = std::env::temp_dir().join(format!("hp-disk-{}", std::process::id()));
    let Some(disk) = Disk::mount(&at, "320m", test) else { return };
    let Some(postgres) = Postgres::own_in(&at.join("db"), test) else { return };
    let site = Site::on(&postgres, test);
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let _ = cast.pipeline.submit(&open("before"));
    disk.fill();
    let (mut taken, mut refused) = (1, 0);
    for n in 0..200 {
        let answer =
            cast.pipeline.try_submit(&large(&format!("queue_{n}"), 400), Some(&format!("key-{n}"))).unwrap();
        match answer.status {
            201 => taken += 1,
            503 => {
                assert!(answer.header("retry-after").is_some());
                // A write-ahead log that cannot grow takes the server down for a moment.
                assert!(
                    matches!(answer.code().as_str(), "storage_full" | "database_unavailable"),
                    "{}",
                    answer.text
                );
                refused += usize::from(answer.code() == "storage_full");
            }
            _ => panic!("{answer:?}"),
        }
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "a full disk was never said; {taken} were taken");
    fs::remove_file(at.join("filler")).unwrap();
    until("it goes on", || {
        cast.pipeline.try_submit(&open("after"), Some("after")).is_some_and(|answer| answer.status < 300)
    });
    let all = cast.pipeline.get("/v1/changes?limit=200").unwrap().expect(200);
    assert_eq!(all["changes"].as_array().unwrap().len(), taken + 1, "what was refused left nothing");
    println!("{taken} were taken, then the disk was full");
    drop(daemon);
    drop(site);
    drop(postgres);
}
