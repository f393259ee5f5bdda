//! Without its database the gateway lets nothing pass; without AWS it says so, and records it.

use holdpoint_tests::{Aws, Cli, Ended, Postgres, REAL_KEY, Site, Upstream, until};

fn once(aws: &Aws, line: &str) -> Ended {
    let mut process = Cli::v1().start(aws, aws.variables());
    process.args(line.split(' ')).env("AWS_MAX_ATTEMPTS", "1").output().unwrap().into()
}

const PUT: &str = "dynamodb put-item --table-name orders --item {\"id\":{\"S\":\"1\"}}";

#[test]
fn without_its_database_nothing_passes() {
    let test = "without_its_database_nothing_passes";
    if Aws::site(test).is_none() {
        return;
    }
    let Some(postgres) = Postgres::own(test) else { return };
    let upstream = Upstream::start();
    let aws = Aws::before(Site::on(&postgres, test), &upstream.url(), "", REAL_KEY);
    let _ = once(&aws, PUT).expect(0);
    let before = upstream.seen("").len();
    postgres.stop();
    let refused = once(&aws, PUT);
    assert!(refused.code != Some(0) && refused.err.contains("cannot reach its database"), "{refused:?}");
    // Reads pass a little longer by the key that is known; then it may have been revoked, and they end, too.
    until("reads are refused", || once(&aws, "dynamodb list-tables").code != Some(0));
    assert_eq!(upstream.seen("PutItem").len(), 1, "no write went out");
    assert!(before >= 1);
    postgres.start_again();
    until("it passes again", || once(&aws, PUT).code == Some(0));
}

#[test]
fn without_aws_the_client_is_told_and_the_end_is_on_record() {
    let Some(site) = Aws::site("without_aws_the_client_is_told") else { return };
    // A port that was free a moment ago.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let aws = Aws::before(site, &format!("http://{gone}"), "", REAL_KEY);
    let read = once(&aws, "dynamodb list-tables");
    assert!(read.code != Some(0) && read.err.contains("NOT executed"), "{read:?}");
    let write = once(&aws, PUT);
    assert!(write.code != Some(0) && write.err.contains("NOT executed"), "{write:?}");
    assert!(!write.err.contains(REAL_KEY.0), "{write:?}");
    let changes = aws.changes();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["state"], "failed", "{changes:?}");
}
