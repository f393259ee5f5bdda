use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use holdpoint_cloud::ssm::{Access, ExecutionId, Order, Progress, Rate, Runner};
use holdpoint_core::{
    AttemptId, ChangeId, ClaimRequest, Digest, Grant, GrantId, Source, State, Timestamp, claim,
};

use crate::fake_ssm::{FakeSsm, Script};

pub(crate) const RUNBOOK: &str = "Holdpoint-RunCommand";

pub(crate) fn access(fake: &FakeSsm) -> Access {
    Access {
        credentials: SharedCredentialsProvider::new(Credentials::new("id", "secret", None, None, "test")),
        region: "eu-central-1".to_owned(),
        endpoint: Some(fake.url().to_owned()),
    }
}

pub(crate) fn runner(fake: &FakeSsm) -> Runner {
    Runner::new(access(fake), RUNBOOK)
}

/// The machine with this number.
pub(crate) fn id(number: u32) -> String {
    format!("i-{number:017x}")
}

/// A runner with the runbook installed, and that many machines that succeed.
pub(crate) async fn ready(machines: u32) -> (FakeSsm, Runner) {
    let fake = FakeSsm::start();
    for number in 1..=machines {
        fake.machine(&id(number), &[("Env", "test")], Script::Succeeds("done"));
    }
    let runner = runner(&fake);
    runner.ensure_runbook().await.unwrap();
    (fake, runner)
}

/// A shell command for these machines.
pub(crate) async fn order(runner: &Runner, machines: u32, at_once: &str, errors: &str) -> Order {
    let commands = vec!["systemctl restart web".to_owned(), String::new(), "echo 'ü {{.Names}}'".to_owned()];
    let parameters = BTreeMap::from([("commands".to_owned(), commands)]);
    let document = runner.pin("AWS-RunShellScript", None).await.unwrap();
    let rate = |text: &str| Some(text.parse::<Rate>().unwrap());
    Order::new(document, parameters, (1..=machines).map(id).collect(), rate(at_once), rate(errors)).unwrap()
}

pub(crate) fn attempt(number: u128) -> AttemptId {
    AttemptId::new(Timestamp::UNIX_EPOCH, number)
}

/// The grant of an attempt. The same number again is the same attempt, as after a crash.
pub(crate) fn grant(number: u128) -> Grant {
    let now = Timestamp::UNIX_EPOCH;
    let until = now + std::time::Duration::from_secs(60);
    let digest = Digest::of(b"change");
    let source = Source::default();
    let request = ClaimRequest { attempt: attempt(number), digest, source: source.clone() };
    let change = ChangeId::new(now, number);
    let state = State::Approved { until };
    claim(GrantId::new(now, number), change, &state, (digest, &source), &request, now, until).unwrap().1
}

pub(crate) async fn start(runner: &Runner, order: &Order, number: u128) -> ExecutionId {
    runner.start(grant(number), runner.prepare(order).await.unwrap()).await.unwrap()
}

/// Looks until it has ended; the fake moves by one step for every look.
pub(crate) async fn to_the_end(runner: &Runner, order: &Order, execution: &ExecutionId) -> Progress {
    let mut seen = None;
    for _ in 0..60 {
        let now = look(runner, order, execution, seen.as_ref()).await;
        if now.run.ended() {
            return now;
        }
        seen = Some(now);
    }
    panic!("it does not end: {seen:?}")
}

pub(crate) async fn look(
    runner: &Runner,
    order: &Order,
    execution: &ExecutionId,
    before: Option<&Progress>,
) -> Progress {
    runner.follow(execution, order.instances(), order.error_limit(), before).await.unwrap()
}
