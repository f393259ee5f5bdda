use holdpoint_cloud::ssm::{Progress, Run, Stage};

use crate::fake_ssm::{Fault, Script};
use crate::fixture::{id, look, order, ready, start, to_the_end};

fn stages(progress: &Progress) -> Vec<&'static str> {
    progress.parts.iter().map(|part| part.stage.as_str()).collect()
}

#[tokio::test]
async fn each_machine_is_shown_and_no_more_at_once_than_may() {
    let (fake, runner) = ready(5).await;
    fake.tell(&id(2), Script::Succeeds("\u{1b}[31mred\u{1b}[0m\r\nlast line"));
    let order = order(&runner, 5, "2", "0").await;
    let execution = start(&runner, &order, 1).await;
    let first = look(&runner, &order, &execution, None).await;
    assert_eq!(stages(&first), ["running", "running", "pending", "pending", "pending"]);
    let second = look(&runner, &order, &execution, Some(&first)).await;
    assert_eq!(stages(&second), ["success", "success", "running", "running", "pending"]);
    let end = to_the_end(&runner, &order, &execution).await;
    assert_eq!(end.run, Run::Success);
    assert_eq!(end.parts[1].output, "[31mred[0m\nlast line");
}

#[tokio::test]
async fn what_has_ended_is_not_asked_for_again() {
    let (fake, runner) = ready(3).await;
    let order = order(&runner, 3, "1", "0").await;
    let execution = start(&runner, &order, 1).await;
    to_the_end(&runner, &order, &execution).await;
    assert_eq!(fake.calls("DescribeAutomationStepExecutions").len(), 3);
}

#[tokio::test]
async fn the_error_limit_stops_it() {
    let (fake, runner) = ready(5).await;
    fake.tell(&id(1), Script::Fails("disk full"));
    fake.tell(&id(3), Script::TimesOut);
    let order = order(&runner, 5, "1", "1").await;
    let execution = start(&runner, &order, 1).await;
    let end = to_the_end(&runner, &order, &execution).await;
    assert_eq!(end.run, Run::Failed("stopped at the error limit of 1: 1 of 5 succeeded, 2 failed".into()));
    assert_eq!(stages(&end), ["failed", "success", "timed_out", "cancelled", "cancelled"]);
    assert_eq!(end.parts[0].output, "disk full");
    assert_eq!(fake.ran().len(), 3);
    assert!(fake.calls("StopAutomationExecution").is_empty());
}

#[tokio::test]
async fn where_aws_goes_on_over_the_limit_we_stop_it() {
    let (fake, runner) = ready(8).await;
    fake.forget_error_limits();
    fake.tell(&id(1), Script::Fails("no"));
    let order = order(&runner, 8, "1", "0").await;
    let execution = start(&runner, &order, 1).await;
    let end = to_the_end(&runner, &order, &execution).await;
    assert!(
        matches!(&end.run, Run::Failed(why) if why.starts_with("stopped at the error limit of 0")),
        "{end:?}"
    );
    assert_eq!(fake.calls("StopAutomationExecution").len(), 1);
    assert!(fake.ran().len() < 5, "{:?}", fake.ran());
}

#[tokio::test]
async fn failures_within_the_limit_let_the_others_run_and_are_no_success() {
    let (fake, runner) = ready(3).await;
    fake.tell(&id(1), Script::Fails("no"));
    let order = order(&runner, 3, "1", "50%").await;
    let execution = start(&runner, &order, 1).await;
    let end = to_the_end(&runner, &order, &execution).await;
    assert_eq!(end.run, Run::Failed("2 of 3 succeeded, 1 failed".into()));
}

#[tokio::test]
async fn cancelling_stops_what_runs_and_begins_nothing_more() {
    let (fake, runner) = ready(3).await;
    fake.tell(&id(2), Script::Hangs);
    let order = order(&runner, 3, "1", "0").await;
    let execution = start(&runner, &order, 1).await;
    let mut seen = look(&runner, &order, &execution, None).await;
    while seen.parts[1].stage != Stage::Running {
        seen = look(&runner, &order, &execution, Some(&seen)).await;
    }
    runner.cancel(&execution).await.unwrap();
    let end = to_the_end(&runner, &order, &execution).await;
    assert_eq!(end.run, Run::Cancelled("cancelled: 1 of 3 succeeded, 0 failed".into()));
    assert_eq!(stages(&end), ["success", "cancelled", "cancelled"]);
    // One that ended is left alone.
    assert_eq!(runner.cancel(&execution).await, Ok(()));
}

#[tokio::test]
async fn a_look_that_fails_ends_nothing() {
    let (fake, runner) = ready(1).await;
    let order = order(&runner, 1, "1", "0").await;
    let execution = start(&runner, &order, 1).await;
    for _ in 0..3 {
        fake.fault("GetAutomationExecution", Fault::Internal);
    }
    let failed = runner.follow(&execution, order.instances(), order.error_limit(), None).await;
    assert!(failed.is_err());
    assert_eq!(to_the_end(&runner, &order, &execution).await.run, Run::Success);
}
