//! Selectors of SSM, calendars and dry runs.

use std::time::Duration;

use holdpoint_cloud::calendar::{Calendar, calendar};
use holdpoint_cloud::look::{Machines, Outcome, Target, dry_run, machines};

use crate::world::{World, view, world};

async fn resolve(world: &World, targets: &[(&str, &[&str])]) -> Machines {
    let asker = world.asker();
    let target = |(key, values): &(&str, &[&str])| Target {
        key: (*key).to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let targets: Vec<Target> = targets.iter().map(target).collect();
    machines(&view(&asker, Duration::from_secs(30)), &targets).await
}

#[tokio::test]
async fn a_tag_is_resolved_to_machines() {
    let Some(world) = world("a_tag_is_resolved_to_machines") else { return };
    let found = resolve(world, &[("tag:Role", &["web"])]).await;
    let ids: Vec<&str> = found.listed.iter().map(|machine| machine.id.as_str()).collect();
    assert_eq!(ids, [world.id("machine")]);
    assert_eq!((found.listed[0].name.as_str(), found.listed[0].state.as_str()), ("web-1", "running"));
    // This server knows no inventory of SSM, so the list is not whole, and says so.
    assert!(!found.whole && !found.gaps.is_empty());
    let both = resolve(world, &[("tag:Role", &["web"]), ("tag:Environment", &["staging"])]).await;
    assert!(both.listed.is_empty(), "all parts of a selector must fit");
    let by_id = resolve(world, &[("InstanceIds", &[world.id("machine"), world.id("from_image")])]).await;
    assert_eq!(by_id.listed.len(), 2);
}

#[tokio::test]
async fn an_empty_selector_never_means_all() {
    let Some(world) = world("an_empty_selector_never_means_all") else { return };
    for targets in [&[][..], &[("tag:Role", &[][..])], &[("tag:Role", &[""])], &[("", &["x"])]] {
        let found = resolve(world, targets).await;
        assert!(found.listed.is_empty() && !found.whole && !found.every, "{targets:?}");
    }
    let every = resolve(world, &[("InstanceIds", &["*"])]).await;
    assert!(every.every && every.listed.len() > 2);
    let odd = resolve(world, &[("aws:NoOneKnows", &["x"])]).await;
    assert!(odd.listed.is_empty() && !odd.whole);
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let Some(world) = world("a_dry_run_changes_nothing") else { return };
    let asker = world.asker();
    let view = view(&asker, Duration::from_secs(30));
    let given = |id: &str| {
        vec![("InstanceId.1".to_owned(), id.to_owned()), ("DryRun".to_owned(), "false".to_owned())]
    };
    let outcome = dry_run(&view, "StopInstances", &given(world.id("from_image"))).await;
    assert_eq!(outcome, Outcome::WouldSucceed);
    let seen = world.look("aws_instance", world.id("from_image")).await;
    assert_eq!(seen.before["state"], "running");
    let odd = dry_run(&view, "DescribeAccountAttributes", &[]).await;
    assert!(matches!(odd, Outcome::Unknown(_)));
}

#[tokio::test]
async fn a_calendar_that_does_not_answer_freezes() {
    let Some(world) = world("a_calendar_that_does_not_answer_freezes") else { return };
    let asker = world.asker();
    let view = view(&asker, Duration::from_secs(30));
    let found = calendar(&view, &["no-such-calendar".to_owned()]).await;
    assert!(matches!(found, Calendar::Unknown(_)) && found.frozen(), "{found:?}");
    assert!(!calendar(&view, &[]).await.frozen());
}
