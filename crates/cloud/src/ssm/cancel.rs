use aws_sdk_ssm::types::StopType;

use super::{ExecutionId, Runner, Trouble};

const STOP: &str = "StopAutomationExecution";

impl Runner {
    /// Stops an execution: no further machine is begun, and what runs is cancelled. One that ended is left as it is.
    ///
    /// # Errors
    /// If AWS gives no answer, or knows no such execution.
    pub async fn cancel(&self, execution: &ExecutionId) -> Result<(), Trouble> {
        let question = self.client.stop_automation_execution().automation_execution_id(execution.as_str());
        match question.r#type(StopType::Cancel).send().await.map_err(|error| Trouble::of(STOP, &error)) {
            Err(trouble) if trouble.is("InvalidAutomationStatusUpdateException") => Ok(()),
            Err(trouble) => Err(trouble),
            Ok(_) => Ok(()),
        }
    }
}
