//! What moto does not know, by answers as AWS documents them.

use std::time::Duration;

use holdpoint_cloud::calendar::{Calendar, calendar};
use holdpoint_cloud::look::{Outcome, Target, dry_run, look, machines};
use holdpoint_cloud::trail::recent;
use time::macros::datetime;

use crate::fake::{answer, ok, server};
use crate::world::{ids, subject, view};

const LONG: Duration = Duration::from_secs(30);

fn asks(request: &str, operation: &str) -> bool {
    request.contains(&format!("Action={operation}&")) || request.contains(&format!(".{operation}\r\n"))
}

/// A refusal for all that a script does not answer.
fn denied() -> Option<String> {
    answer("403 Forbidden", "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
}

#[tokio::test]
async fn importers_of_a_stack_are_its_dependents() {
    let (asker, _) = server(|request| {
        if asks(request, "DescribeStacks") {
            return ok("<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>base</StackName>\
                <StackStatus>CREATE_COMPLETE</StackStatus><Outputs><member><OutputKey>A</OutputKey><ExportName>a</ExportName>\
                </member><member><OutputKey>B</OutputKey><ExportName>b</ExportName></member></Outputs></member></Stacks>\
                </DescribeStacksResult></DescribeStacksResponse>");
        }
        if asks(request, "ListImports") && request.contains("ExportName=a") {
            return ok("<ListImportsResponse><ListImportsResult><Imports><member>shop</member><member>mail</member></Imports>\
                </ListImportsResult></ListImportsResponse>");
        }
        if asks(request, "ListImports") {
            return answer("400 Bad Request", "<ErrorResponse><Error><Code>ValidationError</Code>\
                <Message>Export 'b' is not imported by any stack.</Message></Error></ErrorResponse>");
        }
        denied()
    })
    .await;
    let seen = look(&view(&asker, LONG), &[subject("aws_cloudformation_stack", "base")]).await.remove(0);
    assert_eq!(ids(&seen, "aws_cloudformation_stack"), ["shop", "mail"]);
    assert_eq!(seen.gaps, ["not known: AccessDenied on cloudformation:ListStackResources"]);
}

#[tokio::test]
async fn machines_that_work_as_a_role_depend_on_it() {
    let (asker, heard) = server(|request| {
        if asks(request, "ListInstanceProfilesForRole") {
            return ok("<R><ListInstanceProfilesForRoleResult><InstanceProfiles><member><InstanceProfileName>p\
                </InstanceProfileName><Arn>arn:aws:iam::1:instance-profile/p</Arn></member></InstanceProfiles>\
                </ListInstanceProfilesForRoleResult></R>");
        }
        if asks(request, "DescribeInstances") {
            return ok("<R><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>\
                </item></reservationSet></R>");
        }
        denied()
    })
    .await;
    let seen = look(&view(&asker, LONG), &[subject("aws_iam_role", "app")]).await.remove(0);
    assert_eq!(ids(&seen, "aws_instance"), ["i-1"]);
    let heard = heard.lock().unwrap();
    assert!(heard.iter().any(|request| request.contains("iam-instance-profile.arn")));
}

#[tokio::test]
async fn backups_in_another_region_outlive_their_source() {
    let (asker, _) = server(|request| {
        if asks(request, "DescribeDBInstanceAutomatedBackups") {
            let backup = |region: &str, status: &str| {
                format!(
                    "<DBInstanceAutomatedBackup><Status>{status}</Status><DBInstanceAutomatedBackupsArn>\
                     arn:aws:rds:{region}:1:auto-backup:{region}-{status}</DBInstanceAutomatedBackupsArn>\
                     <RestoreWindow><LatestTime>2026-11-28T11:00:00Z</LatestTime></RestoreWindow></DBInstanceAutomatedBackup>"
                )
            };
            let all = [backup("eu-central-1", "active"), backup("eu-west-1", "replicating"), backup("eu-central-1", "retained")];
            let body = format!("<R><DBInstanceAutomatedBackups>{}</DBInstanceAutomatedBackups></R>", all.concat());
            return ok(&body);
        }
        if asks(request, "GetMetricStatistics") {
            return ok("<R><GetMetricStatisticsResult><Datapoints><member><Maximum>41.0</Maximum></member></Datapoints>\
                </GetMetricStatisticsResult></R>");
        }
        denied()
    })
    .await;
    let seen = look(&view(&asker, LONG), &[subject("aws_db_instance", "orders")]).await.remove(0);
    let mut outlives: Vec<bool> = seen.points.iter().map(|point| point.point.outlives).collect();
    outlives.sort_unstable();
    assert_eq!(outlives, [false, true, true]);
    assert_eq!(seen.before["connections_last_hour"], 41.0);
    assert_eq!(seen.exists, None, "a refused description leaves open whether it exists");
}

#[tokio::test]
async fn managed_machines_join_those_found_by_tags() {
    let (asker, heard) = server(|request| {
        if asks(request, "DescribeInstanceInformation") && !request.contains("NextToken") {
            return ok(r#"{"InstanceInformationList":[{"InstanceId":"i-1","PingStatus":"Online","PlatformType":"Linux",
                "ComputerName":"web"}],"NextToken":"more"}"#);
        }
        if asks(request, "DescribeInstanceInformation") {
            return ok(r#"{"InstanceInformationList":[{"InstanceId":"mi-2","PingStatus":"ConnectionLost","Name":"cellar"}]}"#);
        }
        if asks(request, "DescribeInstances") {
            return ok("<R><reservationSet><item><instancesSet><item><instanceId>i-3</instanceId></item></instancesSet>\
                </item></reservationSet></R>");
        }
        denied()
    })
    .await;
    let target = Target { key: "tag:Role".to_owned(), values: vec!["web".to_owned()] };
    let found = machines(&view(&asker, LONG), &[target]).await;
    let ids: Vec<&str> = found.listed.iter().map(|machine| machine.id.as_str()).collect();
    assert_eq!((ids, found.online(), found.whole), (vec!["i-1", "i-3", "mi-2"], 1, true), "{:?}", found.gaps);
    assert!(heard.lock().unwrap().iter().any(|request| request.contains("instance-state-name")));
}

#[tokio::test]
async fn a_resource_group_is_its_machines() {
    let (asker, heard) = server(|request| {
        if request.starts_with("POST /list-group-resources ") {
            return ok(r#"{"Resources":[{"Identifier":{"ResourceArn":"arn:aws:ec2:eu-central-1:1:instance/i-7",
                "ResourceType":"AWS::EC2::Instance"}},{"Identifier":{"ResourceArn":"arn:aws:s3:::b","ResourceType":"AWS::S3::Bucket"}}]}"#);
        }
        if asks(request, "DescribeInstanceInformation") && request.contains(r#""Values":["i-7"]"#) {
            return ok(r#"{"InstanceInformationList":[{"InstanceId":"i-7","PingStatus":"Online"}]}"#);
        }
        ok("<R/>")
    })
    .await;
    let target = Target { key: "resource-groups:Name".to_owned(), values: vec!["webs".to_owned()] };
    let found = machines(&view(&asker, LONG), &[target]).await;
    assert_eq!((found.listed.len(), found.online()), (1, 1), "{:?} {:?}", found, heard.lock().unwrap());
}

#[tokio::test]
async fn calendars_are_open_only_by_their_own_word() {
    for (state, frozen) in [("OPEN", false), ("CLOSED", true), ("AJAR", true), ("", true)] {
        let (asker, _) = server(move |_| {
            ok(&format!(r#"{{"State":"{state}","AtTime":"x","NextTransitionTime":"2026-11-29T00:00:00Z"}}"#))
        })
        .await;
        let found = calendar(&view(&asker, LONG), &["releases".to_owned()]).await;
        assert_eq!(found.frozen(), frozen, "{state}");
        if state == "OPEN" {
            assert_eq!(found, Calendar::Open(Some(datetime!(2026-11-29 00:00 UTC))));
        }
    }
}

#[tokio::test]
async fn a_dry_run_that_succeeds_is_not_believed() {
    let (asker, heard) = server(|_| ok("<TerminateInstancesResponse/>")).await;
    let given = [("InstanceId.1".to_owned(), "i-1".to_owned())];
    let outcome = dry_run(&view(&asker, LONG), "TerminateInstances", &given).await;
    assert!(matches!(outcome, Outcome::Unknown(_)));
    assert!(heard.lock().unwrap().iter().all(|request| request.contains("DryRun=true")));
}

#[tokio::test]
async fn recent_writes_come_from_inside_of_the_answer() {
    let (asker, heard) = server(|_| {
        ok(r#"{"Events":[{"EventId":"e","CloudTrailEvent":"{\"eventTime\":\"2026-11-28T10:00:00Z\",\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"StopInstances\",\"requestID\":\"r\"}"},{"EventId":"broken"}]}"#)
    })
    .await;
    let (from, to) = (datetime!(2026-11-28 09:00 UTC), datetime!(2026-11-28 12:00 UTC));
    let (batch, more) = recent(&view(&asker, LONG), from, to).await.unwrap();
    assert_eq!((batch.events.len(), batch.unread, more), (1, 1, false));
    assert_eq!((batch.events[0].service.as_str(), batch.events[0].name.as_str()), ("ec2", "StopInstances"));
    assert!(heard.lock().unwrap()[0].contains("ReadOnly"));
}

#[tokio::test]
async fn a_list_without_end_is_cut_and_said_to_be() {
    let (asker, heard) = server(|request| {
        if asks(request, "DescribeSnapshots") {
            return ok("<R><snapshotSet><item><snapshotId>snap-1</snapshotId></item></snapshotSet>\
                <nextToken>again</nextToken></R>");
        }
        denied()
    })
    .await;
    let seen = look(&view(&asker, LONG), &[subject("aws_ebs_volume", "vol-1")]).await.remove(0);
    assert!(seen.gaps.iter().any(|gap| gap.contains("more snapshots than")), "{:?}", seen.gaps);
    assert!(heard.lock().unwrap().len() < 10);
}
