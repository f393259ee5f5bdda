//! Calls that belong together are put before people as one.

use std::collections::BTreeSet;
use std::fs;

use holdpoint_tests::{Aws, Ended, change_in};

#[test]
fn deleting_below_a_prefix_is_one_change_with_a_count() {
    let Some(aws) = Aws::new("deleting_below_a_prefix_is_one_change") else { return };
    let bucket = aws.name("logs");
    let dir = aws.site.dir().join("files");
    fs::create_dir_all(&dir).unwrap();
    for number in 0..200 {
        fs::write(dir.join(format!("{number:03}.log")), b"x").unwrap();
    }
    aws.prepare(&format!("s3 mb s3://{bucket}"));
    aws.prepare(&format!(
        "s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled"
    ));
    aws.prepare(&format!("s3 cp --recursive --quiet files s3://{bucket}/old/"));
    aws.prepare(
        &format!("s3 cp --recursive --quiet files/000.log s3://{bucket}/new/000.log")
            .replace("--recursive ", ""),
    );
    let listed = |prefix: &str| {
        let line = format!(
            "s3api list-objects-v2 --bucket {bucket} --prefix {prefix} --query length(Contents||`[]`)"
        );
        aws.prepare(&line).out.trim().to_owned()
    };
    assert_eq!(listed("old/"), "200");

    let remove = format!("s3 rm --recursive s3://{bucket}/old/");
    let held = aws.run(&remove);
    assert_eq!(held.code, Some(1), "{held:?}");
    assert_eq!(listed("old/"), "200", "nothing was deleted");
    let changes = aws.changes();
    assert_eq!(changes.len(), 1, "one change, however many objects: {changes:?}");
    let change = aws.release(&held.err);
    let shown = change.to_string();
    assert!(shown.contains("200") && shown.contains("old/"), "people see how many, and where: {shown}");

    // What was released is not what lies elsewhere.
    let outside = aws.run(&format!("s3 rm s3://{bucket}/new/000.log"));
    if outside.code == Some(0) {
        let ids: BTreeSet<_> = aws.changes().iter().map(|change| change["id"].to_string()).collect();
        assert_eq!(ids.len(), 2, "it passed by itself, not by what was released");
    } else {
        assert_ne!(change_in(&outside.err), change_in(&held.err), "{outside:?}");
        assert_eq!(listed("new/"), "1");
    }

    let _ = aws.run(&remove).expect(0);
    assert_eq!(listed("old/"), "0", "all of them are deleted by the same command");
    assert_eq!(aws.cast.ada.state(change["id"].as_str().unwrap()), "applied");
}

#[test]
fn calls_of_one_process_held_together_are_one_change() {
    // Looked up, an instance that is gone already is nothing to ask about.
    let settings = "aws.look_ups = false\n";
    let Some(aws) = Aws::with("calls_of_one_process_held_together", settings) else { return };
    let images =
        aws.prepare("ec2 describe-images --owners amazon --query Images[0].ImageId --output text").out;
    let line = format!(
        "ec2 run-instances --count 6 --image-id {} --query Instances[].InstanceId --output text",
        images.trim()
    );
    let made = aws.prepare(&line).out;
    let instances: Vec<&str> = made.split_whitespace().collect();
    let terminate = || {
        let said = Ended::from(aws.python("together.py", &instances).output().unwrap()).expect(0).json();
        said.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let held = terminate();
    let ids: BTreeSet<_> = held.iter().map(|one| change_in(one)).collect();
    assert_eq!(ids.len(), 1, "all were told of the same change: {held:?}");
    let change = aws.release(&held[0]);
    for instance in &instances {
        assert!(change.to_string().contains(instance), "{instance} is shown: {change}");
    }
    assert_eq!(terminate(), vec!["done"; 6]);
    assert_eq!(aws.cast.ada.state(change["id"].as_str().unwrap()), "applied");
    let third = terminate();
    assert!(third.iter().all(|one| one != "done"), "{third:?}");
}
