use std::collections::BTreeMap;

use holdpoint_cloud::ssm::{DocumentError, Order, OrderError, RunbookError, StartError};
use serde_json::json;

use crate::fake_ssm::Fault;
use crate::fixture::{RUNBOOK, attempt, grant, id, order, ready, start, to_the_end};

const START: &str = "StartAutomationExecution";

#[tokio::test]
async fn exactly_what_was_ordered_runs_on_exactly_these_machines() {
    let (fake, runner) = ready(4).await;
    let order = order(&runner, 3, "1", "0").await;
    let execution = start(&runner, &order, 1).await;
    to_the_end(&runner, &order, &execution).await;
    let given = json!({ "commands": ["systemctl restart web", "", "echo 'ü {{.Names}}'"] });
    assert_eq!(fake.ran(), (1..=3).map(|number| (id(number), given.clone())).collect::<Vec<_>>());
    let sent = &fake.calls(START)[0];
    assert_eq!(sent["Targets"], json!([{ "Key": "ParameterValues", "Values": [id(1), id(2), id(3)] }]));
    assert_eq!((&sent["MaxConcurrency"], &sent["MaxErrors"]), (&json!("1"), &json!("0")));
    assert_eq!(sent["Parameters"]["DocumentVersion"], json!(["1"]));
}

#[tokio::test]
async fn the_same_attempt_again_is_the_same_execution() {
    let (fake, runner) = ready(1).await;
    let order = order(&runner, 1, "1", "0").await;
    let first = start(&runner, &order, 1).await;
    assert_eq!(start(&runner, &order, 1).await, first);
    assert_eq!(fake.executions(), 1);
    assert_ne!(start(&runner, &order, 2).await, first);
}

#[tokio::test]
async fn an_attempt_with_other_parameters_is_found_and_not_sent() {
    let (fake, runner) = ready(2).await;
    let first = start(&runner, &order(&runner, 1, "1", "0").await, 1).await;
    assert_eq!(start(&runner, &order(&runner, 2, "1", "0").await, 1).await, first);
    assert_eq!(fake.executions(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_attempt_and_nothing_is_sent_twice() {
    let (fake, runner) = ready(1).await;
    let order = order(&runner, 1, "1", "0").await;
    // Others run as well; they fill pages.
    for other in 10..14 {
        start(&runner, &order, other).await;
    }
    for _ in 0..3 {
        fake.fault(START, Fault::DropAfter);
    }
    let execution = start(&runner, &order, 1).await;
    assert_eq!(fake.executions(), 5);
    assert_eq!(runner.find(attempt(1)).await, Ok(Some(execution)));
    assert_eq!(runner.find(attempt(2)).await, Ok(None));
}

#[tokio::test]
async fn a_filter_that_aws_ignores_passes_no_stranger_off_as_ours() {
    let (fake, runner) = ready(1).await;
    let order = order(&runner, 1, "1", "0").await;
    let first = start(&runner, &order, 1).await;
    fake.ignore_tags();
    assert_eq!(runner.find(attempt(2)).await, Ok(None));
    start(&runner, &order, 2).await;
    assert_eq!(runner.find(attempt(1)).await, Ok(Some(first)));
}

#[tokio::test]
async fn what_was_accepted_and_is_not_shown_yet_is_lost_and_never_refused() {
    let (fake, runner) = ready(1).await;
    let order = order(&runner, 1, "1", "0").await;
    let prepared = runner.prepare(&order).await.unwrap();
    for fault in [Fault::DropAfter, Fault::Throttle, Fault::Throttle] {
        fake.fault(START, fault);
    }
    fake.show_executions(false);
    let error = runner.start(grant(1), prepared).await.unwrap_err();
    assert!(matches!(error, StartError::Lost(_)) && !error.nothing_started(), "{error:?}");
    assert_eq!((fake.executions(), fake.calls(START).len()), (1, 3));
    // Later it is shown.
    fake.show_executions(true);
    assert!(runner.find(attempt(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn throttling_and_errors_are_asked_again_without_a_second_execution() {
    let (fake, runner) = ready(1).await;
    let order = order(&runner, 1, "1", "0").await;
    fake.fault(START, Fault::Throttle);
    fake.fault(START, Fault::Internal);
    start(&runner, &order, 1).await;
    assert_eq!((fake.executions(), fake.calls(START).len()), (1, 3));
    let tokens = fake.calls(START).iter().map(|sent| sent["ClientToken"].clone()).collect::<Vec<_>>();
    assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]), "{tokens:?}");
}

#[tokio::test]
async fn a_document_changed_since_it_was_judged_does_not_run() {
    let (fake, runner) = ready(1).await;
    let order = order(&runner, 1, "1", "0").await;
    fake.rewrite("AWS-RunShellScript", &json!({ "schemaVersion": "2.2", "mainSteps": [] }));
    let error = runner.prepare(&order).await.unwrap_err();
    assert_eq!(error, StartError::Document(DocumentError::Changed("AWS-RunShellScript".into())));
    assert!(error.nothing_started());
    assert_eq!(fake.executions(), 0);
}

#[tokio::test]
async fn nothing_runs_by_a_runbook_that_is_not_ours() {
    let (fake, runner) = ready(1).await;
    let order = order(&runner, 1, "1", "0").await;
    let other = json!({
        "schemaVersion": "0.3", "parameters": { "InstanceId": { "type": "String" } }, "mainSteps": [],
    });
    fake.publish(RUNBOOK, "Automation", &other);
    let error = runner.prepare(&order).await.unwrap_err();
    assert_eq!(error, StartError::Runbook(RunbookError::Differs(RUNBOOK.into())));
}

#[tokio::test]
async fn what_aws_refuses_was_not_started() {
    let (fake, runner) = ready(1).await;
    let document = runner.pin("AWS-RestartEC2Instance", None).await.unwrap();
    let parameters = BTreeMap::from([("NoSuchParameter".to_owned(), vec!["x".to_owned()])]);
    let order = Order::new(document, parameters, vec![id(1)], None, None).unwrap();
    let error = runner.start(grant(1), runner.prepare(&order).await.unwrap()).await.unwrap_err();
    assert!(
        matches!(&error, StartError::Refused(trouble) if trouble.code() == Some("InvalidAutomationExecutionParametersException")),
        "{error:?}"
    );
    assert_eq!(fake.executions(), 0);
}

#[tokio::test]
async fn a_long_script_passes_whole_and_a_longer_one_is_refused() {
    let (fake, runner) = ready(1).await;
    let document = runner.pin("AWS-RunShellScript", None).await.unwrap();
    let script = |lines: usize| {
        let commands = (0..lines).map(|line| format!("echo {line:095}")).collect::<Vec<_>>();
        let parameters = BTreeMap::from([("commands".to_owned(), commands)]);
        Order::new(document.clone(), parameters, vec![id(1)], None, None).unwrap()
    };
    let long = script(180);
    let execution = start(&runner, &long, 1).await;
    to_the_end(&runner, &long, &execution).await;
    assert_eq!(fake.ran()[0].1["commands"].as_array().unwrap().len(), 180);
    assert_eq!(runner.prepare(&script(200)).await.unwrap_err(), StartError::TooLong);
}

#[tokio::test]
async fn a_runbook_of_somebody_elses_runs_as_itself() {
    let (fake, runner) = ready(2).await;
    let document = runner.pin("AWS-RestartEC2Instance", None).await.unwrap();
    let both = Order::new(document.clone(), BTreeMap::new(), vec![id(1), id(2)], None, None).unwrap();
    let execution = start(&runner, &both, 1).await;
    to_the_end(&runner, &both, &execution).await;
    assert_eq!(fake.calls(START)[0]["DocumentName"], "AWS-RestartEC2Instance");
    assert_eq!(fake.ran().len(), 2);
    // Its machines may also stand in its parameters; then it is one execution with steps.
    let parameters = BTreeMap::from([("InstanceId".to_owned(), vec![id(1)])]);
    let alone = Order::new(document.clone(), parameters.clone(), vec![], None, None).unwrap();
    let execution = start(&runner, &alone, 2).await;
    let end = to_the_end(&runner, &alone, &execution).await;
    let steps: Vec<&str> = end.parts.iter().map(|part| part.of.as_str()).collect();
    assert_eq!(steps, ["stopInstances", "startInstances"]);
    let twice = Order::new(document, parameters, vec![id(2)], None, None);
    assert_eq!(twice, Err(OrderError::TargetParameterGiven("InstanceId".into())));
}
