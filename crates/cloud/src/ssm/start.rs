use std::collections::HashMap;

use aws_sdk_ssm::types::{Tag, Target as AwsTarget};
use holdpoint_core::{AttemptId, ChangeId, Grant};

use super::token::{self, attempt_tag, client_token};
use super::{DocumentError, ExecutionId, FindError, Kind, Order, RunbookError, Runner, Trouble, runbook};

/// Why an order was not started, or cannot be said to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The document is not what was judged.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Holdpoint's own runbook cannot be used.
    #[error(transparent)]
    Runbook(#[from] RunbookError),
    /// Its parameters are longer than an execution can carry.
    #[error("the parameters are too long: at most 19,200 bytes as JSON can be sent to a machine")]
    TooLong,
    /// AWS will never accept it.
    #[error(transparent)]
    Refused(Trouble),
    /// It may have been started: the answer was lost. It must not be sent again, but looked for with [`Runner::find`].
    #[error("it is not known whether the execution was started: {0}")]
    Lost(Trouble),
}

impl StartError {
    /// Whether it is certain that nothing was started.
    #[must_use]
    pub fn nothing_started(&self) -> bool {
        !matches!(self, Self::Lost(_))
    }
}

/// An order that was looked at once more, ready to be sent.
#[derive(Debug)]
pub struct Prepared<'a> {
    order: &'a Order,
    document: String,
    version: String,
    target: Option<String>,
}

const START: &str = "StartAutomationExecution";

impl Runner {
    /// Looks at the document, and at the runbook where one is needed, before the right to run is claimed: what fails
    /// here costs nothing.
    ///
    /// # Errors
    /// If the document is not the one that was judged, or the runbook cannot be used.
    pub async fn prepare<'a>(&self, order: &'a Order) -> Result<Prepared<'a>, StartError> {
        self.same(order.document()).await?;
        match &order.document().kind {
            Kind::Command => {
                if runbook::parameters(order, "").is_none() {
                    return Err(StartError::TooLong);
                }
                let found = self.runbook().await?;
                let target = Some(runbook::TARGET.to_owned());
                Ok(Prepared { order, document: found.name, version: found.version, target })
            }
            Kind::Automation { target } => Ok(Prepared {
                order,
                document: order.document().name.clone(),
                version: order.document().version.clone(),
                target: target.clone(),
            }),
        }
    }

    /// Starts what the grant is for, once: the same attempt again names the same execution.
    ///
    /// # Errors
    /// [`StartError::Lost`] if it may have been started; everything else means that it was not.
    pub async fn start(&self, grant: Grant, prepared: Prepared<'_>) -> Result<ExecutionId, StartError> {
        let attempt = grant.attempt();
        let trouble = match self.send(grant.change(), attempt, &prepared).await? {
            Ok(execution) => return Ok(execution),
            Err(trouble) => trouble,
        };
        // Whatever was answered last, an earlier try of the same request may have been accepted.
        match self.find(attempt).await {
            Ok(Some(execution)) => Ok(execution),
            Ok(None) if trouble.is_refusal() => Err(StartError::Refused(trouble)),
            Ok(None) | Err(FindError::Several(_) | FindError::Trouble(_)) => Err(StartError::Lost(trouble)),
        }
    }

    async fn send(
        &self,
        change: ChangeId,
        attempt: AttemptId,
        prepared: &Prepared<'_>,
    ) -> Result<Result<ExecutionId, Trouble>, StartError> {
        let order = prepared.order;
        let parameters: HashMap<String, Vec<String>> = match order.document().kind {
            Kind::Command => {
                let comment = format!("Holdpoint {change} {attempt}");
                runbook::parameters(order, &comment).ok_or(StartError::TooLong)?.into_iter().collect()
            }
            Kind::Automation { .. } => order.parameters().clone().into_iter().collect(),
        };
        let mut question = self
            .client
            .start_automation_execution()
            .document_name(&prepared.document)
            .document_version(&prepared.version)
            .client_token(client_token(attempt))
            .set_parameters((!parameters.is_empty()).then_some(parameters))
            .set_tags(Some(tags(change, attempt).ok_or(StartError::TooLong)?));
        if let (Some(target), false) = (&prepared.target, order.instances().is_empty()) {
            let machines = AwsTarget::builder()
                .key("ParameterValues")
                .set_values(Some(order.instances().to_vec()))
                .build();
            question = question
                .target_parameter_name(target)
                .targets(machines)
                .max_concurrency(order.concurrency().to_string())
                .max_errors(order.error_limit().to_string());
        }
        Ok(match question.send().await {
            Ok(answer) => match answer.automation_execution_id {
                Some(id) if !id.is_empty() => Ok(ExecutionId::new(id)),
                _ => Err(Trouble::incomplete(START, "execution id")),
            },
            Err(error) => Err(Trouble::of(START, &error)),
        })
    }
}

fn tags(change: ChangeId, attempt: AttemptId) -> Option<Vec<Tag>> {
    let tag = |key: String| Tag::builder().key(key).value(token::change_of(change)).build().ok();
    Some(vec![tag(token::CHANGE.to_owned())?, tag(attempt_tag(attempt))?])
}
