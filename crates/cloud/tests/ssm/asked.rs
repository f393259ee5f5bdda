//! The small Systems Manager answers what other parts of the product ask as AWS's own client expects it.

use aws_sdk_ssm::config::{BehaviorVersion, Region};

use crate::fake_ssm::{FakeSsm, Script};
use crate::fixture::{access, id};

fn client(fake: &FakeSsm) -> aws_sdk_ssm::Client {
    let config = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(access(fake).credentials)
        .region(Region::new("eu-central-1"))
        .endpoint_url(fake.url());
    aws_sdk_ssm::Client::from_conf(config.build())
}

#[tokio::test]
async fn calendars_are_open_only_if_all_are() {
    let fake = FakeSsm::start();
    fake.calendar("week", true, "2026-01-03T00:00:00Z");
    fake.calendar("season", false, "2026-01-02T00:00:00Z");
    let state = |names: &'static [&'static str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        client(&fake).get_calendar_state().set_calendar_names(Some(names)).send()
    };
    assert_eq!(state(&["week"]).await.unwrap().state.unwrap().as_str(), "OPEN");
    let both = state(&["week", "season"]).await.unwrap();
    assert_eq!(both.state.unwrap().as_str(), "CLOSED");
    assert_eq!(both.next_transition_time.as_deref(), Some("2026-01-02T00:00:00Z"));
    assert!(state(&["none"]).await.is_err());
}

#[tokio::test]
async fn parameters_are_read_one_by_one_and_together() {
    let fake = FakeSsm::start();
    fake.parameter("/holdpoint/a", "1");
    let client = client(&fake);
    let one = client.get_parameter().name("/holdpoint/a").send().await.unwrap();
    assert_eq!(one.parameter.unwrap().value.as_deref(), Some("1"));
    assert!(client.get_parameter().name("/holdpoint/b").send().await.is_err());
    let both = client.get_parameters().names("/holdpoint/a").names("/holdpoint/b").send().await.unwrap();
    assert_eq!((both.parameters().len(), both.invalid_parameters()), (1, &["/holdpoint/b".to_owned()][..]));
}

#[tokio::test]
async fn a_command_that_goes_round_the_product_is_seen() {
    let fake = FakeSsm::start();
    fake.machine(&id(1), &[], Script::Succeeds(""));
    let sent =
        client(&fake).send_command().document_name("AWS-RunShellScript").instance_ids(id(1)).send().await;
    assert!(sent.unwrap().command.unwrap().command_id.is_some());
    assert_eq!(fake.ran().len(), 1);
}
