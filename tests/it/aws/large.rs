//! Objects of any size pass as a stream: up, down, in parts, and with checksums behind them.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use holdpoint_tests::{Aws, Cli, Ended};
use sha2::{Digest as _, Sha256};

/// The most memory that the daemon ever had, in megabytes.
fn peak(aws: &Aws) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", aws.daemon.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1_024
}

fn file(path: &Path, megabytes: u32) -> [u8; 32] {
    let mut file = File::create(path).unwrap();
    let mut hash = Sha256::new();
    for number in 0..megabytes {
        let block: Vec<u8> = (0..1_u32 << 20).map(|at| (at.wrapping_mul(31) ^ number) as u8).collect();
        hash.update(&block);
        file.write_all(&block).unwrap();
    }
    hash.finalize().into()
}

fn hash(path: &Path) -> [u8; 32] {
    let mut hash = Sha256::new();
    std::io::copy(&mut File::open(path).unwrap(), &mut hash).unwrap();
    hash.finalize().into()
}

#[test]
fn large_objects_stream_both_ways() {
    let Some(aws) = Aws::new("large_objects_stream_both_ways") else { return };
    let megabytes = holdpoint_tests::large_megabytes();
    let (bucket, dir) = (aws.name("large"), aws.site.dir());
    aws.prepare(&format!("s3 mb s3://{bucket}"));
    let original = file(&dir.join("large.bin"), megabytes);
    let proxied = aws.proxied();
    let endpoint = aws.variables().clone();
    let run = |cli: &Cli, variables, line: &str| {
        let ended: Ended = cli.start(&aws, variables).args(line.split(' ')).output().unwrap().into();
        assert_eq!(ended.code, Some(0), "{}: {line}: {ended:?}", cli.name);
    };
    // In parts, by the endpoint, its hash signed.
    run(&Cli::v1(), &endpoint, &format!("s3 cp --quiet large.bin s3://{bucket}/parts.bin"));
    // In one piece, through the proxy, with a checksum behind the body.
    let last = Cli::all().pop().unwrap();
    run(&last, &proxied, &format!("s3api put-object --bucket {bucket} --key whole.bin --body large.bin"));
    for key in ["parts.bin", "whole.bin"] {
        run(&Cli::v1(), &endpoint, &format!("s3 cp --quiet s3://{bucket}/{key} got-{key}"));
        assert_eq!(hash(&dir.join(format!("got-{key}"))), original, "{key}");
        fs::remove_file(dir.join(format!("got-{key}"))).unwrap();
    }
    fs::create_dir_all(dir.join("tree/deep")).unwrap();
    for number in 0..12 {
        let _ = file(&dir.join(format!("tree/deep/{number} ü.bin")), 1);
    }
    run(&Cli::v1(), &endpoint, &format!("s3 sync --quiet tree s3://{bucket}/tree"));
    run(&last, &proxied, &format!("s3 sync --quiet s3://{bucket}/tree back"));
    let same = holdpoint_tests::command("diff")
        .args(["-r", "tree", "back"])
        .current_dir(dir)
        .stdout(Stdio::null())
        .status();
    assert!(same.unwrap().success(), "what was synchronised back is what it was");
    let most = peak(&aws);
    println!("{megabytes} MB objects; the daemon's peak was {most} MB");
    assert!(most < 150, "the daemon needed {most} MB");
    // moto keeps everything in memory.
    aws.prepare(&format!("s3 rb --force s3://{bucket}"));
}
