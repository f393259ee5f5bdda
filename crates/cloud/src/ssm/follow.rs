use std::collections::BTreeMap;

use aws_sdk_ssm::types::{
    AutomationExecutionFilterKey, AutomationExecutionMetadata, AutomationExecutionStatus, StepExecution,
};

use super::{ExecutionId, Part, Progress, Rate, Runner, Stage, Trouble};

const GET: &str = "GetAutomationExecution";
const STEPS: &str = "DescribeAutomationStepExecutions";
/// The most that is kept of what one machine said.
const OUTPUT: usize = 2_000;

impl Runner {
    /// One look at how far an execution is: on these machines, in this order. `before` is what the last look said;
    /// what had ended then is not asked for again. Where too many machines failed and AWS begins another one all the
    /// same, the execution is stopped.
    ///
    /// The caller waits between two looks.
    ///
    /// # Errors
    /// If AWS gives no answer; the execution goes on.
    pub async fn follow(
        &self,
        execution: &ExecutionId,
        instances: &[String],
        error_limit: Rate,
        before: Option<&Progress>,
    ) -> Result<Progress, Trouble> {
        let (status, message) = self.whole(execution).await?;
        let parts = if instances.is_empty() {
            self.steps(execution.as_str()).await?.iter().map(step_part).collect()
        } else {
            self.machines(execution, instances, before).await?
        };
        let mut progress = Progress::new(&status, message.as_deref(), parts, error_limit);
        if before.is_some_and(|before| progress.goes_on_over(error_limit, before)) {
            self.cancel(execution).await?;
            progress.run = super::Run::Stopping;
        }
        Ok(progress)
    }

    async fn whole(
        &self,
        execution: &ExecutionId,
    ) -> Result<(AutomationExecutionStatus, Option<String>), Trouble> {
        let question = self.client.get_automation_execution().automation_execution_id(execution.as_str());
        let answer = question.send().await.map_err(|error| Trouble::of(GET, &error))?;
        let found = answer.automation_execution.ok_or_else(|| Trouble::incomplete(GET, "execution"))?;
        let status = found.automation_execution_status.ok_or_else(|| Trouble::incomplete(GET, "status"))?;
        Ok((status, found.failure_message))
    }

    /// One execution of its own for each machine, below the one that was started.
    async fn machines(
        &self,
        execution: &ExecutionId,
        instances: &[String],
        before: Option<&Progress>,
    ) -> Result<Vec<Part>, Trouble> {
        let listed = self.list(AutomationExecutionFilterKey::ParentExecutionId, execution.as_str()).await?;
        let children: BTreeMap<&str, &AutomationExecutionMetadata> =
            listed.iter().filter_map(|child| Some((machine_of(child)?, child))).collect();
        let mut parts = Vec::with_capacity(instances.len());
        for instance in instances {
            let known = before.and_then(|before| before.parts.iter().find(|part| part.of == *instance));
            if let Some(ended) = known.filter(|part| part.stage.ended()) {
                parts.push(ended.clone());
                continue;
            }
            parts.push(match children.get(instance.as_str()) {
                Some(child) => self.machine(instance, child).await?,
                None => Part { of: instance.clone(), stage: Stage::Pending, output: String::new() },
            });
        }
        Ok(parts)
    }

    /// What is said of one machine; what it wrote itself is asked for once it has ended.
    async fn machine(&self, instance: &str, child: &AutomationExecutionMetadata) -> Result<Part, Trouble> {
        let stage = child.automation_execution_status().map_or(Stage::Running, Stage::of);
        let mut output = child.failure_message().unwrap_or_default().to_owned();
        if let Some(id) = child.automation_execution_id().filter(|_| stage.ended()) {
            let steps = self.steps(id).await?;
            let said: Vec<String> = steps.iter().filter_map(said).collect();
            if !said.is_empty() {
                output = said.join("\n");
            }
        }
        Ok(Part { of: instance.to_owned(), stage, output: super::output::short(&output, OUTPUT) })
    }

    /// All pages of an execution's steps.
    async fn steps(&self, id: &str) -> Result<Vec<StepExecution>, Trouble> {
        let mut found = Vec::new();
        let mut next = None;
        for _ in 0..20 {
            let question = self.client.describe_automation_step_executions().automation_execution_id(id);
            let answer = question.max_results(50).set_next_token(next).send().await;
            let answer = answer.map_err(|error| Trouble::of(STEPS, &error))?;
            found.extend(answer.step_executions.unwrap_or_default());
            next = answer.next_token;
            if next.as_deref().is_none_or(str::is_empty) {
                return Ok(found);
            }
        }
        Err(Trouble::endless(STEPS))
    }
}

/// The machine of an execution that is part of another one.
fn machine_of(child: &AutomationExecutionMetadata) -> Option<&str> {
    let resolved = || match child.resolved_targets()?.parameter_values() {
        [one] => Some(one.as_str()),
        _ => None,
    };
    let selected = || match child.targets() {
        [target] => match target.values() {
            [one] => Some(one.as_str()),
            _ => None,
        },
        _ => None,
    };
    child.target().filter(|target| !target.is_empty()).or_else(resolved).or_else(selected)
}

fn step_part(step: &StepExecution) -> Part {
    Part {
        of: super::output::short(step.step_name().unwrap_or("step"), 128),
        stage: step.step_status().map_or(Stage::Running, Stage::of),
        output: super::output::short(&said(step).unwrap_or_default(), OUTPUT),
    }
}

/// What a step wrote, and why it failed.
fn said(step: &StepExecution) -> Option<String> {
    let written = step.outputs().and_then(|outputs| outputs.get("Output"));
    let written = written.into_iter().flatten().map(String::as_str);
    let said: Vec<&str> =
        step.failure_message().into_iter().chain(written).filter(|text| !text.is_empty()).collect();
    (!said.is_empty()).then(|| said.join("\n"))
}
