//! EC2 says beforehand whether a call is possible. No person is asked about one that is not.

use std::time::Duration;

use holdpoint_cloud::ask::{Asker, Times};
use holdpoint_cloud::credentials::Bearer;
use holdpoint_cloud::look::{Outcome, View, dry_run};
use http::StatusCode;

use super::answer::Refusal;
use super::arrive::{Arrived, Content};
use super::forward;
use super::presigned::decoded;
use crate::{AppState, clock};

/// How long the question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What makes the call impossible, by AWS's own code. `None` when it is possible, or nobody can say.
pub(super) async fn impossible(app: &AppState, arrived: &Arrived) -> Option<Refusal> {
    let gateway = app.aws.as_deref()?;
    let Content::Whole(body) = &arrived.content else { return None };
    if arrived.call.service != "ec2" || !app.config.aws.look_ups {
        return None;
    }
    let parameters = decoded(std::str::from_utf8(body).ok()?);
    let real = gateway.real(&app.config.aws.region).await.ok()?.clone();
    // By the agent's own role: what it may do is part of the question.
    let bearer = Bearer { agent: arrived.key.agent.name.clone(), change: None };
    let asker = Asker::new(gateway.sender.clone(), real, forward::bound(app, arrived), bearer);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let times = Times { now: clock::now(), deadline, cached: false };
    let view = View { asker: &asker, region: &arrived.call.region, times };
    match dry_run(&view, &arrived.call.operation, &parameters).await {
        Outcome::Missing(code) => Some(Refusal {
            status: StatusCode::BAD_REQUEST,
            says: format!(
                "AWS says that something this call names does not exist ({code}); nobody was asked about it"
            ),
            code: code.into(),
        }),
        Outcome::NotPermitted => Some(Refusal {
            status: StatusCode::FORBIDDEN,
            code: "UnauthorizedOperation".into(),
            says: "AWS does not permit this call to your agent's role; nobody was asked about it".to_owned(),
        }),
        Outcome::WouldSucceed | Outcome::Unknown(_) => None,
    }
}
