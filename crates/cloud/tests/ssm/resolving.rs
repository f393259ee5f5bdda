use holdpoint_cloud::ssm::{DocumentError, Kind, ResolveError, RunbookError, Target};
use serde_json::json;

use crate::fake_ssm::{FakeSsm, Script};
use crate::fixture::{RUNBOOK, id, ready, runner};

fn target(key: &str, values: &[&str]) -> Target {
    Target { key: key.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() }
}

#[tokio::test]
async fn a_selector_becomes_the_machines_that_it_means_over_all_pages() {
    let (fake, runner) = ready(7).await;
    fake.machine("i-00000000000000abc", &[("Env", "prod"), ("Role", "web")], Script::Succeeds(""));
    let machines = runner.resolve(&[target("tag:Env", &["test"])]).await.unwrap();
    assert_eq!(
        machines.iter().map(|machine| machine.instance.clone()).collect::<Vec<_>>(),
        (1..=7).map(id).collect::<Vec<_>>()
    );
    assert_eq!(machines[0].tags["Env"], "test");
    assert!(machines[0].online);
    // All conditions must hold.
    let both =
        runner.resolve(&[target("tag:Env", &["prod", "test"]), target("tag-key", &["Role"])]).await.unwrap();
    assert_eq!(both.len(), 1);
    let none = runner.resolve(&[target("InstanceIds", &[&id(1)]), target("tag:Env", &["prod"])]).await;
    assert_eq!(none, Err(ResolveError::Nothing));
}

#[tokio::test]
async fn nothing_and_everything_are_refused_before_aws_is_asked() {
    let (fake, runner) = ready(2).await;
    assert_eq!(runner.resolve(&[]).await, Err(ResolveError::Empty));
    let all = runner.resolve(&[target("InstanceIds", &["*"])]).await;
    assert_eq!(all, Err(ResolveError::Everything("*".into())));
    let group = runner.resolve(&[target("resource-groups:Name", &["all"])]).await;
    assert_eq!(group, Err(ResolveError::Unsupported("resource-groups:Name".into())));
    assert!(fake.calls("DescribeInstanceInformation").is_empty());
}

#[tokio::test]
async fn a_machine_that_is_not_managed_is_no_machine() {
    let (_fake, runner) = ready(1).await;
    let unknown = runner.resolve(&[target("InstanceIds", &[&id(1), &id(9)])]).await;
    assert_eq!(unknown, Err(ResolveError::Unknown(vec![id(9)])));
}

#[tokio::test]
async fn more_machines_than_one_execution_takes_are_refused() {
    let (_fake, runner) = ready(51).await;
    assert_eq!(runner.resolve(&[target("tag:Env", &["test"])]).await, Err(ResolveError::TooMany));
}

#[tokio::test]
async fn a_document_is_pinned_by_number_and_hash() {
    let (fake, runner) = ready(0).await;
    let content = |text: &str| json!({ "schemaVersion": "2.2", "mainSteps": [{ "name": text }] });
    fake.publish("Own", "Command", &content("first"));
    let first = runner.pin("Own", None).await.unwrap();
    assert_eq!((first.version.as_str(), &first.kind), ("1", &Kind::Command));
    fake.publish("Own", "Command", &content("second"));
    // A newer version is another document; the pinned one is still what it was.
    assert_eq!(runner.same(&first).await, Ok(()));
    assert_eq!(runner.pin("Own", None).await.unwrap().version, "2");
    assert_eq!(runner.pin("Own", Some("1")).await.unwrap(), first);
    assert_eq!(runner.pin("Own", Some("3")).await, Err(DocumentError::NotFound("Own".into())));
    fake.publish("Session", "Session", &json!({ "schemaVersion": "1.0" }));
    assert_eq!(runner.pin("Session", None).await, Err(DocumentError::Unsupported("Session".into())));
}

#[tokio::test]
async fn the_runbook_is_installed_once_and_never_changed() {
    let fake = FakeSsm::start();
    let runner = runner(&fake);
    assert_eq!(runner.runbook().await, Err(RunbookError::Absent(RUNBOOK.into())));
    let made = runner.ensure_runbook().await.unwrap();
    assert_eq!(runner.ensure_runbook().await.unwrap(), made);
    assert_eq!(fake.calls("CreateDocument").len(), 1);
    let mut other: serde_json::Value =
        serde_json::from_str(include_str!("../../../../deploy/ssm/Holdpoint-RunCommand.json")).unwrap();
    other["mainSteps"][1]["maxAttempts"] = 2.into();
    fake.rewrite(RUNBOOK, &other);
    assert_eq!(runner.ensure_runbook().await, Err(RunbookError::Differs(RUNBOOK.into())));
    assert_eq!(fake.calls("CreateDocument").len(), 1);
}
