use super::*;
use proptest::prelude::*;

fn parts(stages: &[Stage]) -> Vec<Part> {
    stages
        .iter()
        .enumerate()
        .map(|(at, stage)| Part { of: format!("i-{at}"), stage: *stage, output: String::new() })
        .collect()
}

fn progress(status: Status, stages: &[Stage], limit: u32) -> Progress {
    Progress::new(&status, None, parts(stages), Rate::Count(limit))
}

#[test]
fn success_needs_every_machine() {
    assert_eq!(progress(Status::Success, &[Stage::Success; 2], 0).run, Run::Success);
    let within = progress(Status::Success, &[Stage::Success, Stage::Failed], 1);
    assert_eq!(within.run, Run::Failed("1 of 2 succeeded, 1 failed".into()));
    let absent = progress(Status::Success, &[Stage::Success, Stage::Pending], 0);
    assert_eq!(absent.run, Run::Failed("1 of 2 succeeded, 0 failed".into()));
    assert_eq!(absent.parts.last().map(|part| part.stage), Some(Stage::Cancelled));
}

#[test]
fn the_error_limit_is_named() {
    let stopped = progress(Status::Failed, &[Stage::Failed, Stage::Success, Stage::Pending], 0);
    assert_eq!(
        stopped.run,
        Run::Failed("stopped at the error limit of 0: 1 of 3 succeeded, 1 failed".into())
    );
    // Stopped by ourselves: AWS calls that cancelled.
    let ours = progress(Status::Cancelled, &[Stage::Failed, Stage::TimedOut, Stage::Cancelled], 1);
    assert_eq!(ours.run, Run::Failed("stopped at the error limit of 1: 0 of 3 succeeded, 2 failed".into()));
    let cancelled = progress(Status::Cancelled, &[Stage::Success, Stage::Cancelled], 0);
    assert_eq!(cancelled.run, Run::Cancelled("cancelled: 1 of 2 succeeded, 0 failed".into()));
}

#[test]
fn what_still_runs_has_not_ended() {
    assert_eq!(progress(Status::Cancelled, &[Stage::Running], 0).run, Run::Stopping);
    assert_eq!(progress(Status::Cancelling, &[Stage::Success], 0).run, Run::Stopping);
    assert_eq!(progress(Status::from("SomethingNew"), &[Stage::Success], 0).run, Run::Running);
}

#[test]
fn going_on_over_the_limit_is_seen_once_another_machine_is_begun() {
    let before = progress(Status::Inprogress, &[Stage::Failed, Stage::Running, Stage::Pending], 0);
    let finishing = progress(Status::Inprogress, &[Stage::Failed, Stage::Success, Stage::Pending], 0);
    let begun = progress(Status::Inprogress, &[Stage::Failed, Stage::Success, Stage::Running], 0);
    assert!(!finishing.goes_on_over(Rate::Count(0), &before));
    assert!(begun.goes_on_over(Rate::Count(0), &before));
    assert!(!begun.goes_on_over(Rate::Count(1), &before));
}

fn any_stage() -> impl Strategy<Value = Stage> {
    prop_oneof![
        Just(Stage::Pending),
        Just(Stage::Running),
        Just(Stage::Success),
        Just(Stage::Failed),
        Just(Stage::TimedOut),
        Just(Stage::Cancelled)
    ]
}

fn any_status() -> impl Strategy<Value = Status> {
    let mut known: Vec<Status> = Status::values().iter().map(|word| Status::from(*word)).collect();
    known.push(Status::from("SomethingNew"));
    proptest::sample::select(known)
}

proptest! {
    #[test]
    fn success_is_never_said_lightly(
        status in any_status(),
        stages in proptest::collection::vec(any_stage(), 0..6),
        limit in 0_u32..4,
    ) {
        let progress = progress(status.clone(), &stages, limit);
        if progress.run == Run::Success {
            prop_assert!(stages.iter().all(|stage| *stage == Stage::Success));
            prop_assert!(matches!(status, Status::Success | Status::CompletedWithSuccess));
        }
        if progress.run.ended() {
            prop_assert!(progress.parts.iter().all(|part| part.stage.ended()));
        }
    }
}
